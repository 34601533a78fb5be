package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/runs"
)

// Repeats compares stages that were executed several times on each side. Its intervals
// contain what differs from one start of a service to the next, which those of Stages do
// not: each execution counts as one sample, and an interval is Student's for as many
// samples as there are executions (Kalibera and Jones 2013), on the logarithm for all but
// ratios; a value is their mean, for all but ratios the geometric one. The interval of a ratio and of
// Amplification is at least as wide as that of a count of independent operations, so that executions
// without any event do not give one of width 0. Executions should
// have been interleaved, A B A B A B, so that a machine that slows down meanwhile slows
// both. Three of each are a sensible minimum; one of each is Stages.
func Repeats(a, b []runs.Stage, o Options) Comparison {
	if len(a) == 0 || len(b) == 0 {
		return Comparison{Confidence: o.confidence()}
	}
	if len(a) == 1 && len(b) == 1 {
		return Stages(a[0], b[0], o)
	}
	x, y := repeatedSamplesOf(a, o.confidence()), repeatedSamplesOf(b, o.confidence())
	c := Comparison{A: x.side(a), B: y.side(b), Confidence: o.confidence()}
	for _, s := range append(a[1:len(a):len(a)], b...) {
		for _, d := range differences(a[0].Info, s.Info) {
			c.addDifference(d)
		}
	}
	for _, m := range Metrics() {
		c.Changes = append(c.Changes, newChange(m, x.measure(m), y.measure(m), joinSentences(x.weakness("A", m), y.weakness("B", m))))
	}
	for i, s := range a {
		c.Warnings = append(c.Warnings, stageWarnings(fmt.Sprintf("A's run %d", i+1), s)...)
	}
	for i, s := range b {
		c.Warnings = append(c.Warnings, stageWarnings(fmt.Sprintf("B's run %d", i+1), s)...)
	}
	c.Warnings = append(c.Warnings, c.mixedOutcomes()...)
	return c
}

// addDifference adds d unless it is there already.
func (c *Comparison) addDifference(d Difference) {
	for _, known := range c.Differences {
		if known == d {
			return
		}
	}
	c.Differences = append(c.Differences, d)
}

// repeatedSamples is the executions of one side.
type repeatedSamples struct {
	samples    []sample
	confidence float64
}

func repeatedSamplesOf(stages []runs.Stage, confidence float64) repeatedSamples {
	r := repeatedSamples{confidence: confidence}
	for _, s := range stages {
		r.samples = append(r.samples, sampleOf(s, confidence))
	}
	return r
}

// side adds the executions up; its state is that of the first one that was not completed.
func (r repeatedSamples) side(stages []runs.Stage) Side {
	sum := sideOf(stages[0], r.samples[0])
	for i, s := range stages[1:] {
		v := sideOf(s, r.samples[i+1])
		sum.Operations, sum.Planned, sum.Seconds = sum.Operations+v.Operations, sum.Planned+v.Planned, sum.Seconds+v.Seconds
		sum.Dropped += v.Dropped
		for _, note := range v.Notes {
			if !slices.Contains(sum.Notes, note) {
				sum.Notes = append(sum.Notes, note)
			}
		}
		if sum.complete() {
			sum.State = v.State
		}
	}
	sum.Repeats, sum.Blocks = len(stages), len(stages)
	sum.Stage = CommonName(stages)
	return sum
}

// CommonName returns what the names of stages, of which there is one at least, begin with: "fixed" of
// "fixed 1", "fixed 2" and "fixed 10"; the first one's name when they have nothing in common. A number or
// a letter that only some have whole is not in it.
func CommonName(stages []runs.Stage) string {
	common := stages[0].Stage
	for _, s := range stages[1:] {
		for !strings.HasPrefix(s.Stage, common) || isCut(s.Stage, common) || isCut(stages[0].Stage, common) {
			_, size := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-size]
		}
	}
	if name := strings.TrimRight(common, " -_.#"); name != "" {
		return name
	}
	return stages[0].Stage
}

// isCut reports whether a name goes on behind a part of it in the middle of a number.
func isCut(name, part string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= '0' && name[i] <= '9' }
	return digit(len(part)-1) && digit(len(part))
}

// measure returns the mean of the executions with Student's interval, for ratios and Amplification not
// narrower than chance alone makes it.
func (r repeatedSamples) measure(m Metric) Estimate {
	into, back := math.Log, math.Exp
	if m.ChangeUnit() == "pp" {
		into = func(v float64) float64 { return v }
		back = func(v float64) float64 { return min(max(v, 0), 100) }
	}
	n, mean, squares := float64(len(r.samples)), 0., 0.
	estimates := make([]Estimate, len(r.samples))
	for i, x := range r.samples {
		estimates[i] = x.measure(m).transform(into)
		mean += estimates[i].Value / n
	}
	for _, e := range estimates {
		squares += (e.Value - mean) * (e.Value - mean)
	}
	half := studentQuantile(r.confidence, len(r.samples)-1) * math.Sqrt(squares/(n*(n-1)))
	low, high := half, half
	if m.ChangeUnit() == "pp" || m == Amplification { // executions that agree by having no event do not prove that there is none
		down, up := r.chanceHalfWidths(m, into)
		low, high = max(low, down), max(high, up)
	}
	return Estimate{mean, mean - low, mean + high}.transform(back)
}

// chanceHalfWidths returns, on the scale of into, how far the interval would reach if the executions differed by
// chance alone, which is the narrowest that counts of few events justify. The operations of an
// execution count as independent, since what makes neighbours alike, such as a fault for some
// seconds, is in how the executions differ, or the same in all of them.
func (r repeatedSamples) chanceHalfWidths(m Metric, into func(float64) float64) (down, up float64) {
	for _, x := range r.samples {
		e := x.counted(m).transform(into)
		down, up = math.Hypot(down, e.Value-e.Low), math.Hypot(up, e.High-e.Value)
	}
	n := float64(len(r.samples))
	return down / n, up / n
}

// weakness says why a metric of the executions cannot be relied on, "" when it can: there
// is only one, or one has too few samples.
func (r repeatedSamples) weakness(name string, m Metric) string {
	if len(r.samples) < 2 {
		return name + " was executed once: repeat it as often as the other"
	}
	for i, x := range r.samples {
		if n, want := len(x.observations), minSamples(m); n < want {
			return fmt.Sprintf("%s's run %d has %d of the %d samples needed", name, i+1, n, want)
		}
	}
	return ""
}
