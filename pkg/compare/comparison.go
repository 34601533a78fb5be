package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// Options is how stages are compared. The zero value is ready for use.
type Options struct {
	// Confidence is that of every interval, above 0 and below 1; 0 is 0.95. Of
	// twenty metrics that did not change, one is so found to differ by chance.
	Confidence float64
}

func (o Options) confidence() float64 {
	if o.Confidence > 0 && o.Confidence < 1 {
		return o.Confidence
	}
	return .95
}

// Verdict is what a comparison says of one metric.
type Verdict string

// The verdicts. NoDifference is not "equal": the change's interval says how large
// a difference may have gone unnoticed.
const (
	Better       Verdict = "better"
	Worse        Verdict = "worse"
	NoDifference Verdict = "no difference shown"
	TooFew       Verdict = "too few samples"
)

// Change is one metric of two stages.
type Change struct {
	Metric Metric `json:"metric"`
	// A and B are in the metric's Unit.
	A Estimate `json:"a"`
	B Estimate `json:"b"`
	// Change is B against A in the metric's ChangeUnit.
	Change  Estimate `json:"change"`
	Verdict Verdict  `json:"verdict"`
	// Note says why the verdict is what it is, where that is not plain.
	Note string `json:"note,omitempty"`
}

// Side is one of the stages compared.
type Side struct {
	// Run is the run's id, "" when it was not said.
	Run   string `json:"run,omitempty"`
	Stage string `json:"stage"`
	State string `json:"state"`
	// Operations is how many ended, Asked how many the stage was to run.
	Operations int `json:"operations"`
	Planned    int `json:"asked"`
	// Dropped arrivals could not start and are in no figure.
	Dropped int     `json:"dropped,omitempty"`
	Seconds float64 `json:"seconds"`
	// Blocks is how many blocks the intervals rest on.
	Blocks int `json:"blocks"`
	// Repeats is how often the stage was executed when it was more than once; the
	// counts are of all executions then, and Run names them with commas.
	Repeats int `json:"repeats,omitempty"`
	// Notes are those of the stage without its percentiles (Stage.Notes): what makes
	// all its figures doubtful.
	Notes []string `json:"notes,omitempty"`
}

// Comparison is stage B against stage A.
type Comparison struct {
	A          Side    `json:"a"`
	B          Side    `json:"b"`
	Confidence float64 `json:"confidence"`
	// Changes has every metric, in the order of Metrics.
	Changes []Change `json:"changes"`
	// Differences says what was not the same by intent or otherwise: the policy,
	// say, which may be what is compared.
	Differences []Difference `json:"differences,omitempty"`
	// Warnings are sentences on what not to rely on.
	Warnings []string `json:"warnings,omitempty"`
}

// Compare says how stage b differs from stage a, metric by metric.
//
// Point estimates are those of Summarize. Their intervals take into account that
// requests near one another are alike (see blocks.go): Woodruff's (1952) for
// percentiles, Wilson's (1927) for ratios, a score interval of counts for
// amplification, Student's on the logarithm for mean and rates. The interval of
// the change is recovered from those of both stages (Zou and Donner 2008;
// Newcombe 1998 for ratios): of the relative change for latencies, rates and
// amplification, of the difference in percentage points for ratios. No random
// number is drawn: equal stages give equal answers, and b against a is the
// inverse of a against b.
//
// The intervals cover what varies within the two stages. What differs from one
// start of a service to the next (memory layout, warm caches, a neighbour's
// load) is in neither, and on a busy machine it is more than either: see
// Repeats.
func Stages(a, b runs.Stage, o Options) Comparison {
	confidence := o.confidence()
	x, y := sampleOf(a, confidence), sampleOf(b, confidence)
	c := Comparison{A: side(a, x), B: side(b, y), Confidence: confidence, Differences: differences(a.Info, b.Info)}
	for _, m := range Metrics() {
		c.Changes = append(c.Changes, change(m, x, y))
	}
	c.Warnings = append(append(warnings("A", a, x), warnings("B", b, y)...), c.mixed()...)
	return c
}

func side(s runs.Stage, x sample) Side {
	return Side{Stage: s.Stage, State: s.State, Operations: len(s.Operations), Planned: s.Requests, Dropped: s.Dropped(), Seconds: x.wall.Seconds(), Blocks: x.blocks, Notes: s.Notes(false)}
}

// Notes are those of both sides, "A: client was the bottleneck", nil without any.
func (c Comparison) Notes() (notes []string) {
	for _, note := range c.A.Notes {
		notes = append(notes, "A: "+note)
	}
	for _, note := range c.B.Notes {
		notes = append(notes, "B: "+note)
	}
	return notes
}

// Change is the change of a metric; false when m is no metric.
func (c Comparison) Change(m Metric) (Change, bool) {
	for _, v := range c.Changes {
		if v.Metric == m {
			return v, true
		}
	}
	return Change{}, false
}

func change(m Metric, x, y sample) Change {
	a, b := x.measure(m), y.measure(m)
	return changeOf(m, a.Estimate, b.Estimate, joined(x.weakness("A", m, a), y.weakness("B", m, b)))
}

// changeOf is the change from a to b, of which weakness says why it cannot be
// relied on.
func changeOf(m Metric, a, b Estimate, weakness string) Change {
	c := Change{Metric: m, A: a, B: b, Note: weakness}
	if m.ChangeUnit() == "pp" {
		c.Change = b.minus(a)
	} else {
		c.Change = b.against(a).through(func(v float64) float64 { return 100 * v })
	}
	switch bad, good := c.Change.Low > 0, c.Change.High < 0; {
	case c.Note != "":
		c.Verdict = TooFew
	case math.IsNaN(a.Value) || math.IsNaN(b.Value):
		c.Verdict, c.Note = TooFew, "it is not known of both: no time passed, or no latency is a number"
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

// needed is how many samples a metric rests on at least.
func needed(m Metric) int {
	if q, ok := percentiles[m]; ok {
		return load.SamplesFor(q)
	}
	return 2 * leastBlocks
}

// weakness says why a metric of a stage cannot be relied on, "" when it can.
// Samples that depend on one another may be worth half of what is needed: fewer
// than five independent ones beyond a percentile are luck.
func (x sample) weakness(name string, m Metric, v measured) string {
	n, want := len(x.operations), needed(m)
	switch {
	case n < want:
		return fmt.Sprintf("%s has %d of the %d samples that it wants", name, n, want)
	case v.worth < float64(want)/2:
		return fmt.Sprintf("%s's %d samples are so alike that they are worth %.0f of the %d that it wants", name, n, v.worth, want)
	case v.dependent:
		return fmt.Sprintf("%s changes more slowly than its blocks of %d requests: run it longer", name, n/x.blocks)
	}
	return ""
}

func joined(sentences ...string) string {
	sentences = slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
	return strings.Join(sentences, "; ")
}
