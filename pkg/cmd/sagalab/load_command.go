package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// loadFlags are the flags of the load command.
type loadFlags struct {
	serviceFlags
	stages     []string
	thresholds []string
	faults     string
	fixture    string
	reset      bool
	audit      bool
	buyers     buyersFlags
	retries    policyFlags
	policy     retry.Policy // that the flags say
	unnamed    error        // why they say none
	seed       uint64
	json       bool
	judge      auditFlags
	fleet      fleetFlags
	traced     traceparentFlag
	files      verdictFlags
}

func loadCommand(out, log io.Writer) *cobra.Command {
	var f loadFlags
	c := &cobra.Command{
		Use:   "load",
		Short: "Run stages from the shell and store the run; judge it by thresholds, and with --audit by the rules",
		Long: "Run stages of load against a service and store the run. Stages are such as\n" + load.StageSyntax + `.

Only thresholds and, with --audit, the rules are judged: without them the exit code is 0 however the load went, unless a part
of it is lost. It is 1 when a threshold fails or a rule is violated; 2 when a threshold, or a rule that --require names, could
not be judged, or load was lost with a worker of a fleet; when only rules are the reason, the last line has the --require that
gives 0. It is 3 when a flag is wrong or the service is out of reach; 130 when load was interrupted. The files of --junit
and --summary, and the document of --json, are written in each of these cases, unless a flag is wrong.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			f.policy, f.unnamed = f.retries.policy(c)
			f.judge.log = log
			f.fleet.where = cmp.Or(f.fleet.where, os.Getenv("SAGALAB_FLEET")) // no default of the flag, which --help would print
			return loadStages(c.Context(), out, log, f)
		},
	}
	f.serviceFlags.flags(c)
	f.serviceFlags.adapterFlag(c)
	c.Flag("api").Usage = "address of the service, such as http://127.0.0.1:8000 (default: SAGALAB_API; load starts no service)"
	flags := c.Flags()
	flags.StringArrayVar(&f.stages, "stage", nil, "a stage as NAME:LOAD, such as heavy:1000x200 or open:500/s@30s; may be given again")
	flags.StringArrayVar(&f.thresholds, "threshold", nil, "what must hold, as "+threshold.Grammar+"; may be given again")
	flags.StringVar(&f.faults, "faults", "", "JSON file with a plan of faults, whose windows count from the start of each stage; faults of single requests hit attempts, not polls and logins; kinds: Audit in pkg/cmd/sagalab/README.md; not with --fleet")
	flags.StringVar(&f.fixture, "fixture", "", "users and products to set first, which drops all orders of the service: "+fixtureNames()+" ("+plentyLimit+"), or a JSON file with the body of PUT /lab/scenario;\na service without that call keeps its own data")
	flags.BoolVar(&f.reset, "reset", false, "drop all orders of the service first, by the adapter's reset; not with --fixture")
	flags.BoolVar(&f.audit, "audit", false, "judge the run by the rules afterwards, as the audit command does")
	f.buyers.flags(c)
	f.retries.flags(c)
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the schedule, the purchases, the idempotency keys and the faults; 0 draws one")
	flags.BoolVar(&f.json, "json", false, "print the run, its stages and its audit as one JSON document; all else goes to stderr")
	f.judge.flags(c)
	f.fleet.flags(c)
	f.traced.flag(c)
	f.files.flags(c)
	renameFlag(c, "scene", "fixture")
	return c
}

// loadPlan holds the parsed and validated flags of the load command.
type loadPlan struct {
	stages      []load.Stage
	thresholds  []threshold.Threshold
	faults      fault.Plan
	fixture     *purchase.Fixture // nil when none is to be set
	fixtureName string
	reset       bool // before the load, by the adapter
	buyers      stageBuyers
	traceparent bool // is sent with each request
}

// parse validates everything that can be validated before anything is sent, and reports all faults at once.
func (f loadFlags) parse() (plan loadPlan, err error) {
	faults := []error{f.unnamed}
	var names []string
	if len(f.stages) == 0 {
		faults = append(faults, errors.New("give at least one --stage, such as light:50x50"))
	}
	for _, text := range f.stages {
		s, err := load.ParseStage(text)
		plan.stages, names, faults = append(plan.stages, s), append(names, s.Name), append(faults, err)
		if err != nil { // without the name its thresholds would be reported, too
			names = append(names, text[:max(0, strings.LastIndex(text, ":"))])
		}
	}
	plan.thresholds, err = threshold.ParseAll(f.thresholds, names)
	faults = append(faults, err)
	if f.faults != "" {
		text, err := readInput(f.faults)
		if err == nil {
			plan.faults, err = fault.ParsePlan(text)
		}
		if err != nil {
			err = fmt.Errorf("--faults %s: %w", f.faults, err)
		}
		faults = append(faults, err)
	}
	plan.reset = f.reset
	plan.fixtureName, plan.fixture, err = fixtureOf(f.fixture)
	faults = append(faults, err)
	if slices.ContainsFunc(plan.faults.Windows, func(w fault.Window) bool { return w.Fault == fault.Kill }) {
		faults = append(faults, fmt.Errorf("--faults %s: a %s window needs a service that this program started: leave the window out, or use OwnService in a notebook", f.faults, fault.Kill))
	}
	if f.fleet.where != "" && len(plan.faults.Windows) > 0 {
		faults = append(faults, errors.New("--faults and --fleet exclude each other: faults are injected between one machine and the service"))
	}
	faults = append(faults, uniqueNames(plan.stages))
	plan.buyers, err = f.buyers.parse(plan.stages)
	faults = append(faults, err)
	if !f.audit && f.judge.require != (audit.Requirement{}).String() {
		faults = append(faults, errors.New("--require says which rules --audit has to answer: give --audit, too"))
	}
	if f.judge.given() && !f.audit {
		faults = append(faults, errors.New("--ask-again and --sole-client are about the audit: give --audit, too"))
	}
	_, meanings := f.judge.options()
	plan.traceparent, err = f.traced.parse()
	return plan, errors.Join(append(faults, f.policy.Validate(), meanings, err)...)
}

// uniqueNames refuses stages of the same name: of a run's stages with one name the last is shown.
func uniqueNames(stages []load.Stage) error {
	seen, twice := map[string]bool{}, []string(nil)
	for _, s := range stages {
		if name := s.Name; name != "" && seen[name] && !slices.Contains(twice, name) {
			twice = append(twice, name)
		}
		seen[s.Name] = true
	}
	if len(twice) == 0 {
		return nil
	}
	return fmt.Errorf("--stage: %s is the name of more than one stage; give each a name of its own", strings.Join(twice, ", "))
}
