package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// auditFlags are the flags that say how a run is judged.
type auditFlags struct {
	settle  time.Duration
	maps    []string
	require string
	evidenceFlags
}

func (f *auditFlags) flags(c *cobra.Command) {
	c.Flags().DurationVar(&f.settle, "settle", audit.DefaultSettle, "how long after the last reply an order may stay pending and, where the service declares no lag, a read may be late")
	c.Flags().StringArrayVar(&f.maps, "answer", nil, "what an answer of your service means, to load and audit alike, as CODE=MEANING such as sold_out=no_stock or http_410=no_stock; may be given again")
	addRequireFlag(c, &f.require)
	f.evidenceFlags.flags(c)
}

// addRequireFlag adds --require to a command that judges by rules.
func addRequireFlag(c *cobra.Command, list *string) {
	c.Flags().StringVar(list, "require", audit.Requirement{}.String(), "the rules that have to be answered for exit code 0, such as K1,K4; all, or none: then only a violation counts")
}

// parseRequire reads the value of --require.
func parseRequire(list string) (audit.Requirement, error) {
	q, err := audit.ParseRequirement(list)
	if err != nil {
		err = fmt.Errorf("--require: %w", err)
	}
	return q, err
}

// options returns the options of an audit, and all that is wrong with the flags.
func (f auditFlags) options() (audit.Options, error) {
	answers, wrong := purchase.ParseAnswers(f.maps)
	if wrong != nil {
		wrong = fmt.Errorf("--answer %w", wrong)
	}
	o := audit.Options{Settle: f.settle, Answers: answers}
	faults := []error{f.evidenceFlags.check(), wrong}
	if f.settle <= 0 {
		faults = append(faults, fmt.Errorf("--settle is %v, want more than 0", f.settle))
	}
	if _, err := parseRequire(f.require); err != nil {
		faults = append(faults, err)
	}
	return o, errors.Join(faults...)
}

// required marks in a report which rules have to be answered. options has checked the flag.
func (f auditFlags) required(report audit.Report) (audit.Report, error) {
	q, err := parseRequire(f.require)
	return report.Require(q), err
}

// auditExecution is one execution of the audit command, with its result.
type auditExecution struct {
	serviceFlags
	auditFlags
	files  verdictFlags
	json   bool
	run    runs.Run      // zero until it is found
	report *audit.Report // nil until it was judged
}

func auditCommand(out io.Writer) *cobra.Command {
	var a auditExecution
	c := &cobra.Command{
		Use:   "audit RUN",
		Short: "Judge a stored run by the rules",
		Long: `Judge a stored run by the rules: by the recorded answers, and by the state that the service shows now. A service that is out
of reach, or was reset since, leaves only the answers: what they show is judged all the same.

` + runNaming + `

The exit code is 1 when a rule is violated; else 2 when a rule that --require names, which are all by default, could not be
judged: the service's state cannot be read, or it does not offer the calls that show it; else 0. A rule that the run did not
exercise counts as answered. With 2, the last line has the --require that gives 0: a service that offers nothing but
purchases and a health check is judged by its answers with such a list. A line before it names the rules that --sole-client
would decide, if any. The exit code is 3 when a flag is wrong or there is no such run, and 130 when interrupted.`,
		Args: oneRun,
		RunE: func(c *cobra.Command, args []string) error {
			a.log = c.ErrOrStderr()
			return auditRun(c.Context(), out, a, args)
		},
	}
	a.serviceFlags.flags(c)
	a.serviceFlags.adapterFlag(c)
	a.auditFlags.flags(c)
	c.Flags().BoolVar(&a.json, "json", false, "print the audit as JSON")
	a.files.flags(c)
	c.Flag("api").Usage = "address of the service (default: SAGALAB_API, else the one that the run's load was sent to)"
	c.Flag("allow-host").Usage = "a host other than this machine that may be asked for its state, by name"
	return c
}

func auditRun(ctx context.Context, out io.Writer, a auditExecution, args []string) error {
	if _, err := a.options(); err != nil {
		return err
	}
	files, err := a.files.open()
	if err != nil {
		return err
	}
	err = a.judge(ctx, out, args[0])
	return errors.Join(err, files.write(a.verdict(ctx, args[0], err)))
}

// judge finds the run, prints its audit, and returns an error with the exit code unless all rules hold.
func (a *auditExecution) judge(ctx context.Context, out io.Writer, name string) error {
	store, err := runsStore()
	if err != nil {
		return err
	}
	if a.run, err = store.Find(name); err != nil {
		return err
	}
	if a.api == "" {
		a.api = a.run.API
	}
	endpoint, _, err := a.endpoint()
	if err != nil {
		return err
	}
	connection, err := a.connection()
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	var recorded *runs.AdapterInfo
	if a.adapterFile == "" {
		if recorded, err = recordedAdapter(a.run); err != nil {
			return err
		}
	}
	adapter, err := a.adapter(options.Answers, recorded)
	if err != nil {
		return err
	}
	reader, release, err := observe.NewClient(endpoint, adapter, connection)
	if err != nil {
		return err
	}
	defer release()
	report, err := auditOf(ctx, reader, a.run, a.auditFlags, false)
	if err != nil {
		return err
	}
	a.report = &report
	if !a.json {
		fmt.Fprint(out, report, a.hints(report))
	} else if err := printJSON(out, report); err != nil {
		return err
	}
	return ruleVerdict(report)
}

// recordedAdapter returns how the stages of a run addressed their service, nil for the contract. The error says that they
// did so in several ways, of which none reads the state of all.
func recordedAdapter(run runs.Run) (*runs.AdapterInfo, error) {
	stages, err := run.OpenStages()
	if err != nil || len(stages) == 0 {
		return nil, err
	}
	first := stages[0]
	for _, s := range stages[1:] {
		if one, other := orContract(first.Adapter), orContract(s.Adapter); one != other {
			return nil, fmt.Errorf("stage %s of the run addressed the service by %s, stage %s by %s, or by another version of it: give --adapter FILE with the one that reads the state",
				first.Stage, one.Name, s.Stage, other.Name)
		}
	}
	return first.Adapter, nil
}

// orContract returns how a service was addressed, with a name for the contract.
func orContract(a *runs.AdapterInfo) runs.AdapterInfo {
	if a == nil {
		return runs.AdapterInfo{Name: "the contract"}
	}
	return *a
}

// verdict returns the verdict for the files of --junit and --summary. name is the run as it was named, err what judge returned.
func (a *auditExecution) verdict(ctx context.Context, name string, err error) verdict {
	v := verdict{command: "audit", subject: "Run " + orElse(a.run.ID, name), run: a.run, audit: a.report}
	if a.report != nil {
		v.findings = ruleFindings(*a.report)
	}
	v.conclude(codeOf(ctx, err), err)
	return v
}

// auditOf judges a run by the rules. now says that its load has just ended.
func auditOf(ctx context.Context, c *purchase.Client, run runs.Run, f auditFlags, now bool) (audit.Report, error) {
	options, err := f.options()
	if err != nil {
		return audit.Report{}, err
	}
	e, err := f.collect(ctx, c, run, options.Settle, now)
	if err != nil {
		return audit.Report{}, fmt.Errorf("could not judge: %w", err)
	}
	unread := unreadable(e.After)
	report := audit.Judge(e, options)
	if unread != "" {
		report.Tier, report.Notes = audit.History, append([]string{unread}, report.Notes...)
	}
	return f.required(report)
}

// hints returns what gives another exit code than 2, "" unless the audit's is 2: the rules that --sole-client would decide,
// and on the last line the --require that gives 0.
func (f auditFlags) hints(report audit.Report) string {
	if report.ExitCode() != audit.ExitUnknown {
		return ""
	}
	sole := ""
	if list := report.DecidedAlone(); len(list) > 0 && !f.soleClient {
		rules, are := "rules", "are"
		if len(list) == 1 {
			rules, are = "rule", "is"
		}
		sole = fmt.Sprintf("%s %s %s decided when this run alone uses the service: --sole-client\n", rules, strings.Join(list, ", "), are)
	}
	return fmt.Sprintf("\n%sfor exit code 0: --require %s\n", sole, report.Answered())
}

// unreadable returns why no part of a state could be read, "" when some could. It then shortens the state's notes of that,
// which every rule repeats.
func unreadable(after *audit.State) string {
	calls := []audit.Call{audit.OrdersCall, audit.LedgerCall, audit.ProductsCall, audit.UsersCall}
	if after == nil || slices.ContainsFunc(calls, func(c audit.Call) bool { return after.Failed[c] == "" }) {
		return ""
	}
	why := after.Failed[audit.OrdersCall]
	after.Unread = nil
	for _, call := range calls {
		after.Failed[call] = "the state could not be read"
	}
	return fmt.Sprintf("the service's state could not be read (%s): the recorded answers alone are judged, and what needs the state stays unknown; audit again when the service answers, or name its address with --api", why)
}

// ruleVerdict returns an error with the exit code of an audit, nil when no rule is violated and all required ones are answered.
func ruleVerdict(report audit.Report) error {
	switch report.ExitCode() {
	case audit.ExitHolds:
		return nil
	case audit.ExitViolated:
		return verdictError(exitBad, "a rule is violated: "+namesOf(ruleFindings(report), failed))
	}
	return verdictError(exitUnclear, "not every rule could be judged: "+namesOf(ruleFindings(report), undecided))
}
