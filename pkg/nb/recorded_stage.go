package nb

import (
	"fmt"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/figure"
	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// RecordedStage is a stage that ran, with its purchases as data frames: heavy.Frame() and
// heavy.Attempts(). A cell's variables end with the cell, so that a later cell reads it again:
// heavy := lab.Recorded("heavy"). The figures of package figure take heavy.Stage.
type RecordedStage struct{ runs.Stage }

// Recorded returns a stage of the current run from the disk.
//
//	heavy := lab.Recorded("heavy")
//	nb.Table(heavy.Frame())
//
// It is the newest execution of that name. Of a stage that was interrupted or still runs it
// has what is recorded, and prints so. A name that no stage has ends the cell.
func (l Lab) Recorded(name string) RecordedStage {
	s, err := findStage(read(l, func(r runs.Run) ([]runs.Stage, error) { return r.OpenStages() }), name)
	exitOnError(err)
	printIncomplete(s)
	printf("%s", onDiskText([]runs.Stage{s}))
	return RecordedStage{s}
}

// printIncomplete prints how much is recorded of a stage that did not end.
func printIncomplete(s runs.Stage) {
	if s.State != runs.Complete {
		printf("Note: stage %s is %s: %d of %d purchases are recorded\n", s.Stage, stateWord(s.State), s.OperationCount(), s.Requests)
	}
}

// stateWord returns the state of a stage that is not complete, for a sentence.
func stateWord(state string) string {
	if state == runs.Running {
		return "still running"
	}
	return state
}

func findStage(stages []runs.Stage, name string) (runs.Stage, error) {
	var names []string
	for _, s := range stages {
		if s.Stage == name {
			return s, nil
		}
		names = append(names, s.Stage)
	}
	if len(names) == 0 {
		return runs.Stage{}, fmt.Errorf("stage %q has not run in this run, and no other has: run its cell first", name)
	}
	return runs.Stage{}, fmt.Errorf("stage %q has not run in this run, which has %s: run its cell first", name, strings.Join(names, ", "))
}

// Frame returns the stage's purchases as a gota data frame, one row for each.
//
//	nb.Table(heavy.Frame())
//	nb.Table(frame.Top(heavy.Frame(), "latency_ms", 10))
//	nb.Table(heavy.Frame("index", "latency_ms", "message"))
//
// The columns are index, outcome, status, reason, attempts, latency_ms, service_ms, wait_ms,
// start_s (since the stage's start) and others, the message cut to 60 letters and last; with
// columns named it has only those, and messages are whole. Of more than 100 000 purchases it
// is an even sample and prints so, unless columns are named. frame.Top, frame.Where,
// frame.GroupBy and frame.Quantiles work on it, and figure.Scatter draws it.
func (s RecordedStage) Frame(columns ...string) dataframe.DataFrame {
	df := Must(frame.StageOperations([]runs.Stage{s.Stage}, columns...))
	printSample(s.Stage.Stage, "purchases", "Frame", df.Nrow(), s.OperationCount())
	return df
}

// Attempts returns the stage's attempts as a gota data frame, one row for each HTTP request;
// polls and logins are among them, which kind tells apart.
//
//	nb.Table(heavy.Attempts())
//	nb.Table(frame.Join(heavy.Frame("index", "outcome"), heavy.Attempts()))
//
// The columns are index (of the purchase), number, status, class, reason, latency_ms, wait_ms,
// start_s and others. Columns and stages of more than 100 000 attempts are as in Frame.
func (s RecordedStage) Attempts(columns ...string) dataframe.DataFrame {
	df := Must(frame.StageAttempts([]runs.Stage{s.Stage}, columns...))
	printSample(s.Stage.Stage, "attempts", "Attempts", df.Nrow(), s.AttemptCount())
	return df
}

// StepTable shows the stage's steps: how many purchases began each, how they ended, and how long
// it took, end to end too (frame.BySteps).
//
//	heavy.StepTable()
//
// Of several stages, nb.Table(frame.BySteps(lab.Stages())) has them in one table.
func (s RecordedStage) StepTable() { Table(frame.BySteps([]runs.Stage{s.Stage})) }

// StepFigure draws how long the stage's steps took, end to end too (figure.StepLatencies); of
// several stages, nb.Plot(figure.StepLatencies(lab.Stages())) draws them. Where a purchase takes
// one request it prints so.
func (s RecordedStage) StepFigure() { Plot(figure.StepLatencies([]runs.Stage{s.Stage})) }

// Frame returns the purchases of the named stages, or of all stages of the current run, as
// one gota data frame in the order in which they ran, with the stage in the first column.
//
//	nb.Table(frame.Quantiles(lab.Frame(), "latency_ms", "stage"))
//
// The columns are those of RecordedStage.Frame; of more than 100 000
// purchases it is an even sample and prints so. frame.StageOperations(lab.Stages(), columns...)
// has all rows of some columns.
func (l Lab) Frame(stages ...string) dataframe.DataFrame {
	chosen := l.storedStages(stages)
	df := Must(frame.StageOperations(chosen))
	n := 0
	for _, s := range chosen {
		n += s.OperationCount()
		printIncomplete(s)
	}
	if df.Nrow() < n {
		printf("The frame is an even sample: %d of %d purchases. frame.StageOperations(lab.Stages(), \"stage\", \"latency_ms\") has all rows of the columns that it names\n", df.Nrow(), n)
	}
	return df
}

// printSample prints that a frame has not all rows, and how to get them.
func printSample(stage, what, method string, rows, of int) {
	if rows < of {
		printf("The frame of stage %s is an even sample: %d of %d %s. Name columns to get all rows: %s(\"index\", \"latency_ms\")\n", stage, rows, of, what, method)
	}
}
