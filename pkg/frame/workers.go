package frame

import (
	"fmt"
	"math"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// workerRow is a worker's part of a stage with its summary.
type workerRow struct {
	runs.WorkerResult
	runs.Summary
}

func (w *workerRow) report(figure func() float64) float64 {
	if w.WorkerResult.Report == nil {
		return math.NaN()
	}
	return rounded(figure())
}

var workerColumns = []column[workerRow]{
	textColumn("worker", func(s *workerRow) string { return s.Worker }),
	textColumn("host", func(s *workerRow) string { return s.Host }),
	intColumn("planned", func(s *workerRow) int64 { return int64(s.WorkerResult.Planned) }),
	intColumn("started", func(s *workerRow) int64 { return int64(s.Started) }),
	intColumn("dropped", func(s *workerRow) int64 { return int64(s.WorkerResult.Dropped) }),
	intColumn("recorded", func(s *workerRow) int64 { return int64(s.Recorded) }),
	intColumn("lost", func(s *workerRow) int64 { return int64(s.WorkerResult.Lost) }),
	floatColumn("p50_ms", func(s *workerRow) float64 { return roundedBetween(s.P50Low, s.P50, s.Polls) }),
	floatColumn("p99_ms", func(s *workerRow) float64 { return roundedBetween(s.P99Low, s.P99, s.Polls) }),
	floatColumn("lag_p99_ms", func(s *workerRow) float64 {
		return s.report(func() float64 { return s.WorkerResult.Report.Lag.P99.Seconds() * 1000 })
	}),
	floatColumn("cpu_us", func(s *workerRow) float64 {
		return s.report(func() float64 { return s.WorkerResult.Report.Machine.CPU.Seconds() * 1e6 / float64(max(1, s.Started)) })
	}),
	floatColumn("clock_ms", func(s *workerRow) float64 { return rounded(s.ClockOffset.Seconds() * 1000) }),
	floatColumn("clock_error_ms", func(s *workerRow) float64 { return rounded(s.ClockError.Seconds() * 1000) }),
	textColumn("note", func(s *workerRow) string { return s.Note() }),
}

// Workers returns a frame with one row for each worker of a stage that a fleet ran, ordered
// by its name: its part of the load, what it recorded, and how far its clock was from the database's. A
// stage that one process ran is an error.
func Workers(s runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	if len(s.WorkerResults) == 0 {
		return dataframe.DataFrame{}, fmt.Errorf("stage %q was run by one process: it has no workers", s.Stage)
	}
	rows := make([]workerRow, len(s.WorkerResults))
	for i, part := range s.ByWorker() {
		rows[i] = workerRow{part.WorkerResults[0], runs.Summarize(part)}
	}
	return newFrame("the workers", rows, workerColumns)
}

// Shares is Workers under its former name.
//
// Deprecated: use Workers.
func Shares(s runs.Stage) (dataframe.DataFrame, error) { return Workers(s) }
