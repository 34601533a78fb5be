package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/report"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// firstNotebook is what run executes when no notebook is named.
const firstNotebook = "01-load-and-retry.ipynb"

func runCommand(out, log io.Writer) *cobra.Command {
	var s serviceFlags
	var dir string
	var noApt bool
	var judged runJudgement
	var policy string
	var traced traceparentFlag
	c := &cobra.Command{
		Use:   "run [NOTEBOOK…]",
		Short: "Execute notebooks and write each with a self-contained HTML page",
		Long: "Execute notebooks, " + firstNotebook + ` when none is named, and write each with a self-contained HTML page.

The exit code is 1 when a cell failed, which ends the command, and 0 when none did: a threshold that fails and a rule that is
violated are what a notebook may be about. With --strict it is 1 for them, too, and 2 for what could not be judged, of the
rules those that --require names; all notebooks are executed first. It is 3 when a flag is wrong or something could not be set up, and 130 when interrupted.`,
		RunE: func(c *cobra.Command, notebooks []string) error {
			if policy != "" {
				if _, err := namedPolicy(policy); err != nil {
					return err
				}
			}
			sent, err := traced.parse()
			if err != nil {
				return err
			}
			return run(c.Context(), out, log, s, dir, noApt, policy, sent, judged, notebooks)
		},
	}
	s.flags(c)
	c.Flags().StringVar(&dir, "out", "", "directory for the executed notebook and its page (default: .sagalab/out of the checkout that the notebook lies in, with its subfolder of notebooks, else sagalab/out of your data directory)")
	addPolicyFlag(c, &policy)
	c.Flag("policy").Usage = "retry purchases by this policy instead of the notebook's first cell: " + strings.Join(retry.PolicyNames(), ", ") + " (default: " + policyVariable + ")"
	traced.flag(c)
	judged.flags(c)
	noAptFlag(c, &noApt)
	return c
}

// runJudgement are the flags that say how the runs of notebooks are judged.
type runJudgement struct {
	strict  bool
	require string
}

func (j *runJudgement) flags(c *cobra.Command) {
	c.Flags().BoolVar(&j.strict, "strict", false, "fail also when a threshold failed, or a rule or a gate is violated, in any of the runs")
	addRequireFlag(c, &j.require)
}

func run(ctx context.Context, out, log io.Writer, s serviceFlags, dir string, noApt bool, policy string, traced bool, judged runJudgement, notebooks []string) error {
	require, err := parseRequire(judged.require)
	if err != nil {
		return err
	}
	l, err := checkoutLab()
	if err != nil {
		return err
	}
	if len(notebooks) == 0 {
		notebooks = []string{filepath.Join(l.Notebooks(), firstNotebook)}
	}
	for _, n := range notebooks {
		if _, err := os.Stat(n); err != nil {
			return fmt.Errorf("notebook %s: %w", n, err)
		}
	}
	endpoint, named, err := s.endpoint()
	if err != nil {
		return err
	}
	if _, err := s.connection(); err != nil {
		return err
	}
	store, err := runsStore()
	if err != nil {
		return err
	}
	if err := l.SetUp(ctx, jupyter.Setup{NoApt: noApt, Progress: log}); err != nil {
		return err
	}
	api, own := endpoint.String(), ""
	if !named {
		ctx, stop := context.WithCancel(ctx)
		service, err := startShop(ctx, log, "127.0.0.1:0", shop.Config{Lab: true})
		if err != nil {
			stop()
			return err
		}
		defer func() { stop(); service.wait() }()
		api = service.url()
		own = api // on a free port, for this execution alone
		fmt.Fprintf(log, "Reference service on %s\n", api)
	}
	env, err := s.env(api, store.Dir, own, own)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	bookshop, wait, err := startBookshop(ctx, "127.0.0.1:0")
	if err != nil {
		stop()
		return err
	}
	defer func() { stop(); wait() }()
	env = append(env, bookshopVariable+"="+bookshop)
	if policy != "" {
		env = append(env, policyVariable+"="+policy)
	}
	sent := "no"
	if traced {
		sent = "yes"
	}
	env = append(env, traceparentVariable+"="+sent)
	var verdicts error // with --strict
	for _, n := range notebooks {
		session := rand.Text()
		if err := execute(ctx, out, log, l, store, session, n, dir, env, require); err != nil {
			return errors.Join(err, verdicts)
		}
		if judged.strict {
			verdicts = errors.Join(verdicts, strictVerdict(store, session, require))
		}
	}
	return verdicts
}

// execute runs one notebook and prints what its runs recorded, also when a cell failed. The
// session is unique to this execution: it distinguishes its runs from those of other processes
// that use the store. dir "" means jupyter.OutDir. require is for the page's verdict.
func execute(ctx context.Context, out, log io.Writer, l *jupyter.Installation, store runs.Store, session, notebook, dir string, env []string, require audit.Requirement) error {
	if dir == "" {
		var err error
		if dir, err = jupyter.OutDir(notebook); err != nil {
			return err
		}
	}
	env = append(slices.Clip(env), "SAGALAB_SESSION="+session)
	fmt.Fprintf(log, "Executing %s\n", filepath.Base(notebook))
	result, failed := l.Execute(ctx, jupyter.Execution{
		Notebook: notebook, OutDir: dir, Env: env,
		Progress: func(e jupyter.CellEvent) { cellLine(log, e) },
		Report:   func(failed error) (json.RawMessage, error) { return pageReport(store, session, failed, require) },
		Name:     func() string { return pageName(store, session, notebook) },
	})
	err := errors.Join(printRuns(out, store, session), store.EndSession(session))
	for _, file := range []struct{ what, path string }{{"notebook", result.Notebook}, {"page", result.Page}, {"latest", result.LatestPage}} {
		if file.path != "" {
			fmt.Fprintf(out, "%-8s  %s\n", file.what, relativePath(file.path))
		}
	}
	return errors.Join(failed, err)
}

// pageReport returns the report at the head of the page, over a session's runs.
func pageReport(store runs.Store, session string, failed error, require audit.Requirement) (json.RawMessage, error) {
	list, err := store.OfSession(session)
	if err != nil {
		return nil, err
	}
	r, err := report.New(list, failed, require)
	if err != nil {
		return nil, err
	}
	return json.Marshal(r)
}

// pageName names the files of a session after the notebook and its first run. It returns "" for a session without runs:
// package jupyter then chooses.
func pageName(store runs.Store, session, notebook string) string {
	list, err := store.OfSession(session)
	if err != nil || len(list) == 0 {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(notebook), filepath.Ext(notebook)) + "-" + list[0].ID
}

// cellLine prints the progress of a notebook, a line for each cell that has ended.
func cellLine(log io.Writer, e jupyter.CellEvent) {
	switch {
	case !e.Ended:
	case e.Failure != "":
		fmt.Fprintf(log, "  cell %2d/%d  %5.1f s  failed: %s  %s\n", e.Cell, e.Of, e.Took.Seconds(), e.Failure, e.Heading)
	default:
		fmt.Fprintf(log, "  cell %2d/%d  %5.1f s  %s\n", e.Cell, e.Of, e.Took.Seconds(), e.Heading)
	}
}

// printRuns prints a line for each case, each stage and each audit of the session's runs. Where
// they are of several services, it names that of each.
func printRuns(out io.Writer, store runs.Store, session string) error {
	list, err := store.OfSession(session)
	if err != nil {
		return err
	}
	several := slices.ContainsFunc(list, func(r runs.Run) bool { return r.API != list[0].API })
	for _, r := range list {
		title := "run " + r.ID
		if several {
			title += "  " + r.API
		}
		fmt.Fprintln(out, title)
		cases, err := r.Cases()
		if err != nil {
			return err
		}
		for _, c := range cases {
			for _, op := range c.Operations {
				fmt.Fprintf(out, "case   %-22s %d %-22s %-10s %9.1f ms\n", c.Stage, op.Status, printable.Line(orElse(op.Reason, "success")), counted(int(op.Attempts), "attempt"), op.LatencyMS)
			}
		}
		stages, err := r.Overviews()
		if err != nil {
			return err
		}
		for _, o := range stages {
			printStage(out, o)
		}
		if err := printAudits(out, r); err != nil {
			return err
		}
	}
	return nil
}

// printStage prints a stage in one line, then a line for each step of its purchases, of its most
// frequent reasons of failure and of its warnings.
func printStage(out io.Writer, s runs.Overview) {
	fmt.Fprintf(out, "stage  %s\n", s.Summary)
	var faults []string
	if counts := runs.FaultCounts(s.Info.FaultWindows); counts != "" {
		faults = []string{"faults: " + counts}
	}
	for _, line := range oneLine(slices.Concat(s.StepLines(), faults, s.Failures(), s.Warnings())) {
		fmt.Fprintf(out, "       %s\n", line)
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
