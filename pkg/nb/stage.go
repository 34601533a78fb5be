package nb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sagalab/pkg/frame"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Stage runs requests purchases shared by vus virtual users, shows the progress in place,
// records them under name and returns them. A purchase.Request as buyers makes each purchase a
// copy of it, under a key of its own; others, of package buyers, draw what each one buys.
//
//	heavy := lab.Stage("heavy", 1000, 200, order)
//	nb.Table(heavy.Frame())
//
// lab.Trial runs a stage with faults, lab.Load one of another kind of load, such as a rate.
// A variable ends with its cell: later cells read the stage with lab.Recorded("heavy"). When a
// stage is run again under its name, the newest execution counts in frames, tables and figures;
// an audit judges all of them. Interrupting it keeps what was recorded. Outside of a function, as
// in var heavy = lab.Stage(…), it refuses to start: each later cell would send the load again.
func (l Lab) Stage(name string, requests, vus int, buyers purchase.Buyers) RecordedStage {
	return l.Load(load.Stage{Name: name, Requests: requests, VUs: vus}, buyers)
}

// Load runs a stage of any kind of load and returns it like Stage does. Thresholds are such as
// "p99 < 500ms" or "error_ratio < 1% abort" (package threshold); how they were
// answered is shown as a table.
func (l Lab) Load(stage load.Stage, buyers purchase.Buyers, thresholds ...string) RecordedStage {
	exitOnError(refuseInitialiser(stage.Name))
	exitOnError(l.load(stage, buyers, thresholds))
	return l.ended(stage.Name)
}

// ended returns a stage that this cell ran. How it ended, printStageEnd has printed.
func (l Lab) ended(name string) RecordedStage {
	s, err := findStage(read(l, func(r runs.Run) ([]runs.Stage, error) { return r.OpenStages(name) }), name)
	exitOnError(err)
	printf("%s", onDiskText([]runs.Stage{s}))
	return RecordedStage{s}
}

func (l Lab) load(stage load.Stage, buyers purchase.Buyers, thresholds []string) error {
	judges, err := threshold.ParseAll(thresholds, []string{stage.Name})
	if err != nil {
		return err
	}
	return l.withCurrentRun(stage.Name, buyers, stage.Planned(), func(ctx context.Context, run runs.Run, to runner.Target) error {
		if stage.VUs > stage.Requests && !stage.PerUser && stage.Requests > 0 {
			printf("Stage %s: %d virtual users share %d purchases, so only %d of them send any\n", stage.Name, stage.VUs, stage.Requests, stage.Requests)
		}
		printExpectedCost(stage)
		view := newLiveView()
		_, err := runner.Load{Stage: stage, Buyers: buyers, Thresholds: judges}.Run(ctx, run, to, view.show)
		view.end()
		return printStageEnd(run, stage.Name, err)
	})
}

// printExpectedCost prints the time, disk and memory that a large stage will take, before it runs.
func printExpectedCost(stage load.Stage) {
	if n := stage.Planned(); n >= runs.LargeStage {
		printf("Stage %s of %d purchases will take %s\n", stage.Name, n, runs.Expect(n, 1))
		printf("A cell that shows it takes about %d MB, one that reads its rows into memory about %d MB\n", runs.Expect(n, 1).Cell/1e6, runs.Expect(n, 1).Rows/1e6)
	}
}

// printStageEnd prints how a stage ended, from what is on disk: as the command line does, a
// line for each step and each reason of failures, with an example, and the warnings. That a threshold
// stopped the stage is a result, not an error.
func printStageEnd(run runs.Run, stage string, err error) error {
	var aborted *threshold.AbortError
	if err != nil && !errors.Is(err, runner.ErrInterrupted) && !errors.As(err, &aborted) {
		return err
	}
	found, readErr := run.Overviews(stage)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	if len(found) == 0 {
		return err
	}
	o := found[0]
	sum := o.Summary
	if err != nil && aborted == nil {
		return fmt.Errorf("stage %s was interrupted: %d of %d purchases are recorded and kept (success=%d failure=%d, of which %d were cut off by the interrupt); run this cell again for a whole one",
			sum.Stage, sum.Requests, sum.Planned, sum.Success, sum.Failure, cutOff(o.Reasons))
	}
	if aborted != nil {
		printf("%s\n", sentence(aborted.Error()))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Stage %s %s: success=%d failure=%d%s\n", sum.Stage, stageEnding(sum.State, aborted != nil), sum.Success, sum.Failure, droppedText(sum.Dropped))
	if sum.Polls > 0 {
		fmt.Fprintf(&text, "  latency %s\n  %s\n", sum.Latencies(), sum.Accepted())
	}
	for _, line := range append(o.StepLines(), o.Failures()...) {
		fmt.Fprintf(&text, "  %s\n", line)
	}
	for _, w := range o.Warnings() {
		fmt.Fprintf(&text, "Note: %s\n", w)
	}
	printf("%s", text.String())
	if len(o.Info.Thresholds) > 0 {
		Table(frame.Thresholds(o))
	}
	return nil
}

// stageEnding returns how a stage ended, in a word.
func stageEnding(state string, stopped bool) string {
	switch {
	case stopped:
		return "stopped"
	case state == runs.Complete:
		return "completed"
	}
	return state
}

func droppedText(n int) string {
	if n > 0 {
		return fmt.Sprintf(" dropped=%d", n)
	}
	return ""
}

// sentence begins with a capital letter.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// cutOff counts the purchases that were under way when the stage was stopped.
func cutOff(reasons []runs.Reason) (n int) {
	for _, r := range reasons {
		if r.Name == string(retry.Interrupted) || r.Name == "not_sent" {
			n += r.Count
		}
	}
	return n
}
