package frame

import (
	"fmt"
	"math"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// workerRow is a worker's part of a stage with its summary.
type workerRow struct {
	runs.Share
	runs.Summary
}

func (s *workerRow) report(figure func() float64) float64 {
	if s.Share.Report == nil {
		return math.NaN()
	}
	return rounded(figure())
}

var workerColumns = []column[workerRow]{
	textColumn("worker", func(s *workerRow) string { return s.Worker }),
	textColumn("host", func(s *workerRow) string { return s.Host }),
	intColumn("planned", func(s *workerRow) int64 { return int64(s.Planned) }),
	intColumn("started", func(s *workerRow) int64 { return int64(s.Started) }),
	intColumn("dropped", func(s *workerRow) int64 { return int64(s.Share.Dropped) }),
	intColumn("recorded", func(s *workerRow) int64 { return int64(s.Recorded) }),
	intColumn("lost", func(s *workerRow) int64 { return int64(s.Share.Lost) }),
	floatColumn("p50_ms", func(s *workerRow) float64 { return rounded(s.P50) }),
	floatColumn("p99_ms", func(s *workerRow) float64 { return rounded(s.P99) }),
	floatColumn("lag_p99_ms", func(s *workerRow) float64 {
		return s.report(func() float64 { return s.Share.Report.Lag.P99.Seconds() * 1000 })
	}),
	floatColumn("cpu_us", func(s *workerRow) float64 {
		return s.report(func() float64 { return s.Share.Report.Machine.CPU.Seconds() * 1e6 / float64(max(1, s.Started)) })
	}),
	floatColumn("clock_ms", func(s *workerRow) float64 { return rounded(s.ClockOffset.Seconds() * 1000) }),
	floatColumn("clock_error_ms", func(s *workerRow) float64 { return rounded(s.ClockError.Seconds() * 1000) }),
	textColumn("note", func(s *workerRow) string { return s.Note() }),
}

// Workers returns a frame with one row for each worker of a stage that a fleet ran: its
// part of the load, what it recorded, and how far its clock was from the database's. A
// stage that one process ran is an error.
func Workers(s runs.Stage) (dataframe.DataFrame, error) {
	if len(s.Shares) == 0 {
		return dataframe.DataFrame{}, fmt.Errorf("stage %q was run by one process: it has no workers", s.Stage)
	}
	rows := make([]workerRow, len(s.Shares))
	for i, part := range s.ByWorker() {
		rows[i] = workerRow{s.Shares[i], runs.Summarize(part)}
	}
	return newFrame("the workers", rows, workerColumns)
}

// Shares is Workers under its former name.
//
// Deprecated: use Workers.
func Shares(s runs.Stage) (dataframe.DataFrame, error) { return Workers(s) }
