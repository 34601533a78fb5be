package runs

import (
	"fmt"
	"math"
	"os"
	"slices"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// StepSummary has the figures of one step of a stage's purchases. Latencies are milliseconds as
// Step has them, over all operations that began the step; NaN without any.
type StepSummary struct {
	Step string
	// Begun counts the operations that made an attempt at the step: those that are Done, those
	// that were Refused or cannot have done anything, and the Unknown.
	Begun, Done, Refused, Unknown int
	// Attempts are without polls, Retries all but the first of each operation.
	Attempts, Retries, Polls int
	P50, P90, P99            float64
	// P50Low, P90Low and P99Low are as in Summary.
	P50Low, P90Low, P99Low float64
}

// SummarizeSteps computes the figures of the steps of a stage's purchases, in their order, nil when
// a purchase takes one request without a name. Percentiles are exact; it takes the memory of the latencies.
func SummarizeSteps(s Stage) []StepSummary {
	if len(s.Steps) == 0 {
		return nil
	}
	var t stepTally
	for step := range s.EachStep() {
		t.add(step)
	}
	return t.summaries(s.Steps)
}

// stepTally counts steps by their names. The zero value has none.
type stepTally map[string]*stepCounts

// stepCounts counts one step.
type stepCounts struct {
	StepSummary
	latency, low []float64
}

func (t *stepTally) add(s *Step) {
	if *t == nil {
		*t = stepTally{}
	}
	c := (*t)[s.Name]
	if c == nil {
		c = &stepCounts{StepSummary: StepSummary{Step: s.Name}}
		(*t)[s.Name] = c
	}
	c.Begun++
	switch s.Outcome {
	case purchase.OK:
		c.Done++
	case purchase.Failed:
		c.Refused++
	default:
		c.Unknown++
	}
	c.Attempts, c.Retries, c.Polls = c.Attempts+int(s.Attempts), c.Retries+int(s.Attempts-1), c.Polls+int(s.Polls)
	if c.low == nil && s.UncertaintyMS > 0 {
		c.low = slices.Clone(c.latency)
	}
	if c.low != nil || s.UncertaintyMS > 0 {
		c.low = append(c.low, s.LatencyMS-s.UncertaintyMS)
	}
	c.latency = append(c.latency, s.LatencyMS)
}

// summaries returns the figures of the named steps, also of those that no operation began, and then
// of others.
func (t stepTally) summaries(names []string) (list []StepSummary) {
	others := []string{}
	for name := range t {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range slices.Concat(names, others) {
		c := t[name]
		if c == nil {
			none := math.NaN()
			list = append(list, StepSummary{Step: name, P50: none, P90: none, P99: none, P50Low: none, P90Low: none, P99Low: none})
			continue
		}
		latency := sortedInPlace(c.latency)
		s := c.StepSummary
		s.P50, s.P90, s.P99 = load.Quantile(latency, .5), load.Quantile(latency, .9), load.Quantile(latency, .99)
		if s.P50Low, s.P90Low, s.P99Low = s.P50, s.P90, s.P99; c.low != nil {
			low := sortedInPlace(c.low)
			s.P50Low, s.P90Low, s.P99Low = load.Quantile(low, .5), load.Quantile(low, .9), load.Quantile(low, .99)
		}
		list = append(list, s)
	}
	return list
}

// addJournal counts the steps of the operations that have ended in the journal of a stage that
// runs.
func (t *stepTally) addJournal(journal *os.File) error {
	stat, err := journal.Stat()
	if err != nil {
		return err
	}
	add := func(s *Step) bool { t.add(s); return true }
	var b stepBuilder
	_, err = readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
		if kind != ended {
			return
		}
		for i := range r.Attempts {
			b.add(&r.Attempts[i], add)
		}
	})
	b.end(add)
	return err
}

// String returns "step cart: 120 begun, 118 done, 1 refused, 1 unknown, 4 retries, p50 8.25  p90
// 40.0  p99 61.5 ms", with polls "…, 345 polls, …".
func (s StepSummary) String() string {
	polls := ""
	if s.Polls > 0 {
		polls = fmt.Sprintf(", %d polls", s.Polls)
	}
	return fmt.Sprintf("step %s: %d begun, %d done, %d refused, %d unknown, %d retries%s, p50 %s  p90 %s  p99 %s ms", printable.Line(s.Step), s.Begun, s.Done, s.Refused, s.Unknown,
		s.Retries, polls, FormatBetween(s.P50Low, s.P50), FormatBetween(s.P90Low, s.P90), FormatBetween(s.P99Low, s.P99))
}
