package frame

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// SampleRows is how many rows a frame of stages has at most, give or take a few, when no
// columns are named: a row of all columns takes about 600 bytes.
const SampleRows = 100_000

// shortMessage is how many letters a message has in a frame whose columns are not named.
const shortMessage = 60

// StageOperations returns one frame of the operations of stages, in the order given, with
// the columns that matter first: index, outcome, status, reason, attempts, latency_ms,
// service_ms, wait_ms, start_s (since its stage's start) and so on, the message cut to 60
// letters and last. Of several stages the first column is the stage. With columns, it has
// only these, in the order named, and messages are whole.
//
// Of more than SampleRows operations it has an even sample, the same one each time, unless
// columns are named: then it has all, read from disk column by column where they are there
// (runs.Stage.OnDisk). A stage that was interrupted has the rows that were recorded. Files that
// are damaged are a *runs.DamageError.
func StageOperations(stages []runs.Stage, columns ...string) (df dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	none := stageOperationColumns("", time.Time{}, false)
	if _, err := chooseColumns(none, columns); err != nil {
		return dataframe.DataFrame{}, err
	}
	keep := sampleOf(columns, count(stages, runs.Stage.OperationCount))
	var parts []part[runs.Operation]
	for _, s := range stages {
		p := part[runs.Operation]{columns: stageOperationColumns(s.Stage, s.Started, len(columns) > 0)}
		p.rows, p.stream = stageRows(s.OnDisk(), s.Operations, keep, func(o *runs.Operation) int64 { return o.Index }, s.EachOperation, columns)
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		parts = []part[runs.Operation]{{columns: none}}
	}
	return frameOfParts("operations", parts, len(stages) > 1, columns)
}

// StageAttempts returns one frame of the attempts of stages, with their polls and logins, which
// kind tells apart, in the order given: index (of the operation), number, status, class, reason, latency_ms, wait_ms, start_s and so on.
// Columns, several stages and more than SampleRows rows are as in StageOperations; a sample has
// whole operations, all of which are in the sample of StageOperations.
func StageAttempts(stages []runs.Stage, columns ...string) (df dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	none := stageAttemptColumns("", time.Time{})
	if _, err := chooseColumns(none, columns); err != nil {
		return dataframe.DataFrame{}, err
	}
	keep := sampleOf(columns, count(stages, runs.Stage.AttemptCount))
	var parts []part[runs.Attempt]
	for _, s := range stages {
		p := part[runs.Attempt]{columns: stageAttemptColumns(s.Stage, s.Started)}
		p.rows, p.stream = stageRows(s.OnDisk(), s.Attempts, keep, func(a *runs.Attempt) int64 { return a.Index }, s.EachAttempt, columns)
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		parts = []part[runs.Attempt]{{columns: none}}
	}
	return frameOfParts("attempts", parts, len(stages) > 1, columns)
}

func count(stages []runs.Stage, rows func(runs.Stage) int) (n int) {
	for _, s := range stages {
		n += rows(s)
	}
	return n
}

// sampleOf returns the fraction of operations that a frame of n rows keeps.
func sampleOf(columns []string, n int) float64 {
	if len(columns) > 0 || n <= SampleRows {
		return 1
	}
	return SampleRows / float64(n)
}

// inSample reports whether an operation is in a sample of a fraction of them. It depends on its
// index only, and a smaller fraction's are among a greater one's: multiples of the golden ratio
// fall evenly into the interval from 0 to 1.
func inSample(index int64, keep float64) bool {
	_, at := math.Modf(float64(index) * (math.Phi - 1))
	return at < keep
}

// sampled returns the rows of a fraction of the operations.
func sampled[T any](rows []T, keep float64, index func(*T) int64) []T {
	if keep >= 1 {
		return rows
	}
	kept := make([]T, 0, int(1.01*keep*float64(len(rows)))+16)
	for i := range rows {
		if inSample(index(&rows[i]), keep) {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// frameOfParts makes a frame of the chosen columns, the stage first when stageFirst is true
// and none are chosen.
func frameOfParts[T any](what string, parts []part[T], stageFirst bool, chosen []string) (dataframe.DataFrame, error) {
	for i := range parts {
		columns := parts[i].columns
		names := chosen
		if len(chosen) == 0 {
			names = columnNames(columns)
			if at := slices.Index(names, "stage"); stageFirst {
				names = append([]string{"stage"}, slices.Delete(names, at, at+1)...)
			}
		}
		var err error
		if parts[i].columns, err = chooseColumns(columns, names); err != nil {
			return dataframe.DataFrame{}, err
		}
		if len(parts) > 1 {
			perRow(parts[i].columns)
		}
	}
	return newFrameOf(what, parts)
}

// perRow makes constant columns ordinary ones, which differ between the parts of a frame.
func perRow[T any](columns []column[T]) {
	for i, c := range columns {
		if c.get == nil {
			columns[i] = textColumn(c.name, func(*T) string { return c.constant })
		}
	}
}

func columnNames[T any](columns []column[T]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

func chooseColumns[T any](columns []column[T], names []string) ([]column[T], error) {
	known := columnNames(columns)
	chosen := make([]column[T], len(names))
	for i, name := range names {
		at := slices.Index(known, name)
		if at < 0 {
			return nil, missingColumn(name, known)
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("column %q is named twice", name)
		}
		chosen[i] = columns[at]
	}
	return chosen, nil
}
