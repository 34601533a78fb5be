package compare

import (
	"math"

	"sagalab/pkg/load"
)

// Verdict is what a comparison concludes about one metric.
type Verdict string

// The verdicts. NoDifference is not "equal": the change's interval says how large
// a difference may have gone unnoticed.
const (
	Better       Verdict = "better"
	Worse        Verdict = "worse"
	NoDifference Verdict = "no difference shown"
	TooFew       Verdict = "too few samples"
)

// Change is one metric of two stages and what can be concluded from it.
type Change struct {
	Metric Metric `json:"metric"`
	// A and B are in the metric's Unit.
	A Estimate `json:"a"`
	B Estimate `json:"b"`
	// Change is B against A in the metric's ChangeUnit.
	Change  Estimate `json:"change"`
	Verdict Verdict  `json:"verdict"`
	// Note explains the verdict, "" where there is nothing to add.
	Note string `json:"note,omitempty"`
}

// newChange computes the change from a to b. weakness says why it cannot be relied on, ""
// when it can.
func newChange(m Metric, a, b Estimate, weakness string) Change {
	c := Change{Metric: m, A: a, B: b, Note: weakness}
	if m.ChangeUnit() == "pp" {
		c.Change = b.minus(a)
	} else {
		c.Change = b.relativeTo(a).transform(func(v float64) float64 { return 100 * v })
	}
	switch bad, good := c.Change.Low > 0, c.Change.High < 0; {
	case c.Note != "":
		c.Verdict = TooFew
	case math.IsNaN(a.Value) || math.IsNaN(b.Value):
		c.Verdict, c.Note = TooFew, "not known of both: no time passed, or no latency is a number"
	case math.IsNaN(c.Change.Value) && a.Value == 0 && b.Value == 0:
		c.Verdict, c.Note = NoDifference, "nothing to compare: neither is above 0"
	case math.IsNaN(c.Change.Value + c.Change.Low + c.Change.High): // also of +∞ and -∞, which no change spans
		c.Verdict, c.Note = TooFew, "no interval can be given, since a value is 0 or below"
	case bad == good:
		c.Verdict = NoDifference
	case good == m.MoreIsBetter():
		c.Verdict = Worse
	default:
		c.Verdict = Better
	}
	return c
}

// minSamples is how many samples an estimate of the metric needs.
func minSamples(m Metric) int {
	if q, ok := percentiles[m]; ok {
		return load.SamplesFor(q)
	}
	return 2 * minBlocks
}
