package runs

import (
	"fmt"
	"strings"

	"sagalab/pkg/load"
)

// Summary is a stage in one line. Latencies are milliseconds from the scheduled
// start to the end, all attempts and waits included, over every operation,
// failed ones too; NaN when there were none.
type Summary struct {
	Stage, State string
	// Asked is how many operations the stage was to run, Requests how many ended.
	Asked, Requests           int
	Success, Failure, Unknown int // Failure includes Unknown
	Attempts, Retries         int
	// Dropped arrivals could not start and are in no other figure.
	Dropped int
	// Lost is what a fleet's worker took with it: sent or not, it is in no figure.
	Lost int
	// Seconds is the time from the stage's start to its last answer.
	Seconds float64
	// RequestsPerSecond is Requests by the time that rates are of: all of Seconds in
	// closed models, in the open one no more than the schedule's length while the
	// service kept up (load.Stage.RateTime).
	RequestsPerSecond           float64
	P50, P90, P95, P99, Maximum float64
	// Amplification is attempts ÷ operations, 1 when nothing was retried, NaN
	// without operations.
	Amplification float64
	// Weak names the percentiles that rest on too few samples (load.SamplesFor).
	Weak []string
	// Doubts say briefly what makes the figures doubtful: a client that was the
	// bottleneck, a schedule that was not kept (load.Report.Notes, Info.Limits).
	Doubts []string
	// Untested says briefly which planned faults took no request.
	Untested []string
}

// Summarize counts a stage.
func Summarize(s Stage) Summary { return tallied(s).summary(s.Info) }

func weak(n int) (names []string) {
	for _, q := range []float64{.9, .95, .99} {
		if n > 0 && n < load.SamplesFor(q) {
			names = append(names, fmt.Sprintf("p%.0f", q*100))
		}
	}
	return names
}

// Warning says in a sentence what not to rely on, "" when there is nothing.
func (s Summary) Warning() string {
	if len(s.Weak) == 0 {
		return ""
	}
	return fmt.Sprintf("%d requests are too few for %s: p90 wants %d, p95 %d, p99 %d", s.Requests, strings.Join(s.Weak, ", "),
		load.SamplesFor(.9), load.SamplesFor(.95), load.SamplesFor(.99))
}

// String is the line that the command line prints for a stage.
func (s Summary) String() string {
	line := fmt.Sprintf("%-10s %5d requests  %5d success  %5d failure  %5d retries  %7s/s  p50 %7s  p90 %7s  p95 %7s  p99 %7s  max %7s ms",
		s.Stage, s.Requests, s.Success, s.Failure, s.Retries, load.Digits(s.RequestsPerSecond),
		load.Digits(s.P50), load.Digits(s.P90), load.Digits(s.P95), load.Digits(s.P99), load.Digits(s.Maximum))
	if s.State != Complete {
		line += "  (" + s.cut() + ")"
	}
	if s.Dropped > 0 {
		line += fmt.Sprintf("  %d dropped", s.Dropped)
	}
	if s.Lost > 0 {
		line += fmt.Sprintf("  %d LOST", s.Lost)
	}
	return line
}

// cut says how much of a stage that was not completed ran.
func (s Summary) cut() string {
	if s.Asked == 0 { // its length would have decided
		return fmt.Sprintf("%s after %d", s.State, s.Requests)
	}
	return fmt.Sprintf("%s: %d of %d", s.State, s.Requests, s.Asked)
}
