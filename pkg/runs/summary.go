package runs

import (
	"fmt"
	"strings"

	"sagalab/pkg/load"
)

// Summary has the figures of a stage. Latencies are milliseconds from the scheduled
// start to the end, with all attempts and waits, over all operations, failed ones
// too; NaN without operations.
type Summary struct {
	Stage, State string
	// Planned is how many operations were planned, 0 when the stage's length decided;
	// Requests is how many ended.
	Planned, Requests         int
	Success, Failure, Unknown int // Failure includes Unknown
	// Attempts are without polls and logins. Retries are those but the first one of each step.
	Attempts, Retries int
	// Dropped counts the arrivals that could not start. No other figure has them.
	Dropped int
	// Lost counts the operations, sent or not, that were lost with workers of a fleet.
	// No other figure has them.
	Lost int
	// Unfinished counts the operations of which attempts were recorded, but no end. They
	// are among Requests and Unknown.
	Unfinished int
	// Seconds is the time from the stage's start to its last answer.
	Seconds float64
	// RequestsPerSecond is Requests divided by Seconds or, in the open model while the
	// service kept up, by the schedule's length (load.Stage.RateTime).
	RequestsPerSecond           float64
	P50, P90, P95, P99, Maximum float64
	// Amplification is Attempts ÷ Requests, or ÷ the steps that were begun where a purchase takes
	// several: 1 when nothing was retried, NaN without operations.
	Amplification float64
	// Polls counts the requests that asked what became of accepted purchases. Where there are
	// any, AcceptedP50 and AcceptedP99 are percentiles of the time to the first answer, which
	// accepted the purchase, and P50Low to MaximumLow those of Operation.LatencyMS − UncertaintyMS:
	// the true percentiles of the latencies are between them and P50 to Maximum. 0 without polls.
	// Open counts the purchases that were accepted and of which no poll saw the end
	// (Operation.IsOpen): they are in the percentiles with the time until they were given up.
	Polls, Open                                int
	AcceptedP50, AcceptedP99                   float64
	P50Low, P90Low, P95Low, P99Low, MaximumLow float64
	// Left counts the operations that are no success by the last step that they had done, in the
	// order of the steps: what those steps made may be left behind in the service. nil where
	// a purchase takes one request.
	Left []Left
	// NotEnded counts the operations of several steps that the service accepted and that were not
	// seen to end: their outcome is unknown. They are not in Left.
	NotEnded int
	// Weak names the percentiles that rest on too few samples (load.SamplesFor).
	Weak []string
	// Doubts are a few words on each cause that makes the figures doubtful: a client that
	// was the bottleneck, a schedule that was not kept (load.Report.Notes, Info.Limits).
	Doubts []string
	// Untested names in a few words the planned faults that affected no request.
	Untested []string
}

// Summarize computes the figures of a stage. Percentiles are exact.
func Summarize(s Stage) Summary { return tallyStage(s).summary(s.Info) }

// weakPercentiles returns the percentiles for which n samples are too few.
func weakPercentiles(n int) (names []string) {
	for _, q := range []float64{.9, .95, .99} {
		if n > 0 && n < load.SamplesFor(q) {
			names = append(names, fmt.Sprintf("p%.0f", q*100))
		}
	}
	return names
}

// Warning returns a sentence on the percentiles that rest on too few samples, ""
// without any.
func (s Summary) Warning() string {
	if len(s.Weak) == 0 {
		return ""
	}
	few := fmt.Sprintf("%d requests are", s.Requests)
	if s.Requests == 1 {
		few = "1 request is"
	}
	return fmt.Sprintf("%s too few for %s: p90 needs %d, p95 %d, p99 %d", few, strings.Join(s.Weak, ", "),
		load.SamplesFor(.9), load.SamplesFor(.95), load.SamplesFor(.99))
}

// String returns the line that the command line prints for a stage.
func (s Summary) String() string {
	line := fmt.Sprintf("%-10s %5d requests  %5d success  %5d failure  %5d retries  %7s/s  p50 %7s  p90 %7s  p95 %7s  p99 %7s  max %7s ms",
		s.Stage, s.Requests, s.Success, s.Failure, s.Retries, load.FormatNumber(s.RequestsPerSecond),
		s.between(s.P50Low, s.P50), s.between(s.P90Low, s.P90), s.between(s.P95Low, s.P95), s.between(s.P99Low, s.P99), s.between(s.MaximumLow, s.Maximum))
	if s.State != Complete {
		line += "  (" + s.progress() + ")"
	}
	if s.Dropped > 0 {
		line += fmt.Sprintf("  %d dropped", s.Dropped)
	}
	if s.Lost > 0 {
		line += fmt.Sprintf("  %d LOST", s.Lost)
	}
	if s.Polls > 0 {
		line += "  " + s.Accepted()
	}
	return line
}

// Uncertain reports whether polls leave it open what some percentiles of the latency are.
func (s Summary) Uncertain() bool {
	return s.Polls > 0 && (s.P50Low != s.P50 || s.P90Low != s.P90 || s.P95Low != s.P95 || s.P99Low != s.P99 || s.MaximumLow != s.Maximum)
}

// between returns a percentile as FormatBetween has it, without polls as load.FormatNumber.
func (s Summary) between(low, high float64) string {
	if s.Polls == 0 {
		return load.FormatNumber(high)
	}
	return FormatBetween(low, high)
}

// progress returns the state of a stage that was not completed, and how much of it
// ran.
func (s Summary) progress() string {
	if s.Planned == 0 { // not planned as a number
		return fmt.Sprintf("%s after %d", s.State, s.Requests)
	}
	return fmt.Sprintf("%s: %d of %d", s.State, s.Requests, s.Planned)
}
