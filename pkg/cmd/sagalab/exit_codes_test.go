package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/runs"
)

func TestCodeOf(t *testing.T) {
	bad, unclear := verdictError(exitBad, "a threshold failed"), verdictError(exitUnclear, "too few samples")
	other := errors.New("disk full")
	for _, tt := range []struct {
		name string
		err  error
		want exitCode
	}{
		{"nothing", nil, 0},
		{"good", verdictError(exitGood, "never said"), 0},
		{"nothing with a code", withExitCode(exitBad, nil), 0},
		{"bad", bad, 1},
		{"unclear", unclear, 2},
		{"bad over unclear", errors.Join(unclear, bad), 1},
		{"bad over unclear, whatever the order", errors.Join(bad, nil, unclear), 1},
		{"trouble over bad", errors.Join(bad, other), 3},
		{"trouble over bad, deeper", fmt.Errorf("load: %w", errors.Join(fmt.Errorf("x: %w", errors.Join(other, bad)), unclear)), 3},
		{"interrupted over trouble", errors.Join(other, verdictError(exitInterrupted, "interrupted")), 130},
		{"wrapped", fmt.Errorf("load: %w", bad), 1},
		{"wrapped twice", fmt.Errorf("%w and %w", unclear, bad), 1},
		{"no code", other, 3},
		{"an error of the system", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, 3},
		{"one that wraps nothing", &os.SyscallError{}, 3},
		{"a cell", errors.Join(&jupyter.CellError{Reason: "exit status 2"}, nil), 1},
		{"a cell, and records that cannot be read", errors.Join(&jupyter.CellError{}, other), 3},
		{"lost load", fmt.Errorf("stage: %w", &runner.LostError{Lost: 3}), 2},
		{"nothing to judge", fmt.Errorf("run x: %w", observe.ErrNothingRan), 2},
		{"unknown run", fmt.Errorf("run x: %w", runs.ErrNoRun), 3},
		{"its own context", context.DeadlineExceeded, 3},
	} {
		if got := codeOf(t.Context(), tt.err); got != tt.want {
			t.Errorf("%s: code %d, want %d", tt.name, got, tt.want)
		}
	}
}

// Whatever a command that was interrupted returns, its code says that it was; one that was through by then is judged.
func TestCodeOfInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		err  error
		want int
		says string
	}{
		{nil, 0, ""},
		{verdictError(exitBad, "a threshold failed"), 130, "sagalab: interrupted: a threshold failed\n"},
		{errors.New("signal: interrupt"), 130, "sagalab: interrupted: signal: interrupt\n"},
		{verdictError(exitInterrupted, "interrupted: all is kept"), 130, "sagalab: interrupted: all is kept\n"},
	} {
		var log bytes.Buffer
		if got := exit(ctx, &log, tt.err); got != tt.want || log.String() != tt.says {
			t.Errorf("%v: code %d, says %q; want %d, %q", tt.err, got, log.String(), tt.want, tt.says)
		}
	}
}

func TestHelpListsTheExitCodes(t *testing.T) {
	out, _, code, err := invoke(t, "--help")
	if code != 0 || err != nil {
		t.Errorf("--help ended with %d, %v", code, err)
	}
	for _, e := range exits {
		if want := fmt.Sprintf("  %-3d  %s: %s\n", e.code, e.verdict, e.means); !strings.Contains(out, want) {
			t.Errorf("--help does not say %q:\n%s", want, out)
		}
		if moreSevere(e.code, exitGood) != e.code || moreSevere(exitInterrupted, e.code) != exitInterrupted || e.code.String() != e.verdict {
			t.Errorf("code %d is not in the order of codes, or has another name: %s", e.code, e.code)
		}
	}
}

// stageJudged stores a run of a session with a stage whose thresholds were answered so.
func stageJudged(t *testing.T, store runs.Store, session string, verdicts ...string) {
	t.Helper()
	r, err := store.CreateIn(session, "notebook", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Begin(runs.Info{Stage: "heavy", Kind: runs.Load})
	if err != nil {
		t.Fatal(err)
	}
	w.UpdateInfo(func(i *runs.Info) {
		for _, v := range verdicts {
			i.Thresholds = append(i.Thresholds, runs.ThresholdResult{Threshold: "p99 < 1s", Verdict: v})
		}
	})
	if err := w.Finish(runs.Complete, ""); err != nil {
		t.Fatal(err)
	}
}

// auditJudged stores a run of a session with an audit.
func auditJudged(t *testing.T, store runs.Store, session string, report audit.Report) {
	t.Helper()
	stageJudged(t, store, session)
	list, err := store.OfSession(session)
	if err == nil {
		err = observe.SaveAudit(list[len(list)-1], report)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStrictVerdict(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	stageJudged(t, store, "good", "pass", "pass")
	stageJudged(t, store, "good")
	stageJudged(t, store, "bad", "pass", "fail", "unclear")
	stageJudged(t, store, "bad", "pass")
	stageJudged(t, store, "unclear", "unclear", "pass")
	for session, want := range map[string]exitCode{"good": 0, "bad": 1, "unclear": 2, "none": 0} {
		if err := strictVerdict(store, session, audit.Requirement{}); codeOf(t.Context(), err) != want {
			t.Errorf("session %s: %v, want code %d", session, err, want)
		}
	}
	auditJudged(t, store, "audited", audit.Report{Verdicts: []audit.Verdict{{Rule: "K1", Answer: audit.Holds}, {Rule: "C3", Answer: audit.Unknown, Beyond: true}}})
	auditJudged(t, store, "required", audit.Report{Verdicts: []audit.Verdict{{Rule: "K1", Answer: audit.Holds}, {Rule: "C3", Answer: audit.Unknown, NotRequired: true}}})
	for list, want := range map[string][2]exitCode{"all": {2, 0}, "K1": {0, 0}, "K1,C3": {2, 2}, "none": {0, 0}} {
		require, err := parseRequire(list)
		if err != nil {
			t.Fatal(err)
		}
		for i, session := range []string{"audited", "required"} {
			if err := strictVerdict(store, session, require); codeOf(t.Context(), err) != want[i] {
				t.Errorf("session %s, --require %s: %v, want code %d", session, list, err, want[i])
			}
		}
	}
}
