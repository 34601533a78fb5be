package compare

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/runs"
)

// Options sets how stages are compared. The zero value is ready for use.
type Options struct {
	// Confidence of every interval, above 0 and below 1; any other value stands for
	// 0.95, with which one of twenty metrics that did not change is found to differ.
	Confidence float64
}

func (o Options) confidence() float64 {
	if o.Confidence > 0 && o.Confidence < 1 {
		return o.Confidence
	}
	return .95
}

// Stages compares stage b with stage a, metric by metric.
//
// Point estimates are those of runs.Summarize. Their intervals take into account that
// requests near one another are alike (see blocks.go): Woodruff's (1952) for
// percentiles, Wilson's (1927) for ratios, a score interval of counts for
// amplification, Student's on the logarithm for mean and rates. The interval of
// the change is recovered from those of both stages (Zou and Donner 2008;
// Newcombe 1998 for ratios): of the relative change for latencies, rates and
// amplification, of the difference in percentage points for ratios. No random
// number is drawn: equal stages give equal answers, and b against a is the
// inverse of a against b.
//
// The intervals cover what varies within the two stages, but not what differs from one
// start of a service to the next (memory layout, warm caches, other load on the machine),
// which on a busy machine is more: see Repeats.
func Stages(a, b runs.Stage, o Options) Comparison {
	confidence := o.confidence()
	x, y := sampleOf(a, confidence), sampleOf(b, confidence)
	c := Comparison{A: sideOf(a, x), B: sideOf(b, y), Confidence: confidence, Differences: differences(a.Info, b.Info)}
	for _, m := range Metrics() {
		c.Changes = append(c.Changes, compareMetric(m, x, y))
	}
	c.Warnings = append(append(sideWarnings("A", a, x), sideWarnings("B", b, y)...), c.mixedOutcomes()...)
	return c
}

func compareMetric(m Metric, x, y sample) Change {
	a, b := x.measure(m), y.measure(m)
	return newChange(m, a.Estimate, b.Estimate, joinSentences(x.weakness("A", m, a), y.weakness("B", m, b)))
}

// weakness says why a metric of a stage cannot be relied on, "" when it can. Samples
// that depend on one another may be equivalent to half of what is needed: fewer than five
// independent ones beyond a percentile are chance.
func (sa sample) weakness(name string, m Metric, v measured) string {
	n, want := len(sa.observations), minSamples(m)
	switch {
	case n < want:
		return fmt.Sprintf("%s has %d of the %d samples needed", name, n, want)
	case v.effectiveN < float64(want)/2:
		return fmt.Sprintf("%s's %d samples depend on one another: they count as %.0f independent ones of %d needed", name, n, v.effectiveN, want)
	case v.dependent:
		return fmt.Sprintf("%s changes more slowly than its blocks of %d requests: run it longer", name, n/sa.blocks)
	}
	return ""
}

func joinSentences(sentences ...string) string {
	sentences = slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
	return strings.Join(sentences, "; ")
}
