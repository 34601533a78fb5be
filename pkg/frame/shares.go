package frame

import (
	"fmt"
	"math"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// sent is a worker's share with its summary.
type sent struct {
	runs.Share
	runs.Summary
}

func (s *sent) report(figure func() float64) float64 {
	if s.Share.Report == nil {
		return math.NaN()
	}
	return brief(figure())
}

var shareColumns = []column[sent]{
	texts("worker", func(s *sent) string { return s.Worker }),
	texts("host", func(s *sent) string { return s.Host }),
	ints("planned", func(s *sent) int64 { return int64(s.Planned) }),
	ints("started", func(s *sent) int64 { return int64(s.Started) }),
	ints("dropped", func(s *sent) int64 { return int64(s.Share.Dropped) }),
	ints("recorded", func(s *sent) int64 { return int64(s.Recorded) }),
	ints("lost", func(s *sent) int64 { return int64(s.Share.Lost) }),
	floats("p50_ms", func(s *sent) float64 { return brief(s.P50) }),
	floats("p99_ms", func(s *sent) float64 { return brief(s.P99) }),
	floats("lag_p99_ms", func(s *sent) float64 {
		return s.report(func() float64 { return s.Share.Report.Lag.P99.Seconds() * 1000 })
	}),
	floats("cpu_us", func(s *sent) float64 {
		return s.report(func() float64 { return s.Share.Report.Machine.CPU.Seconds() * 1e6 / float64(max(1, s.Started)) })
	}),
	floats("clock_ms", func(s *sent) float64 { return brief(s.ClockOffset.Seconds() * 1000) }),
	floats("clock_error_ms", func(s *sent) float64 { return brief(s.ClockError.Seconds() * 1000) }),
	texts("note", func(s *sent) string { return s.Note() }),
}

// Shares has one row for each worker of a stage that a fleet ran: its part, what
// became of it, and how far its clock was from the database's. A stage of one
// process is refused.
func Shares(s runs.Stage) (dataframe.DataFrame, error) {
	if len(s.Shares) == 0 {
		return dataframe.DataFrame{}, fmt.Errorf("stage %q was sent by one process: it has no shares", s.Stage)
	}
	rows := make([]sent, len(s.Shares))
	for i, part := range s.ByWorker() {
		rows[i] = sent{s.Shares[i], runs.Summarize(part)}
	}
	return build("the shares", rows, shareColumns)
}
