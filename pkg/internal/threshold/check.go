package threshold

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Values are the figures of a stage, so far or at its end. Latencies are
// milliseconds over every request that ended, failed ones included; NaN when none
// ended.
type Values struct {
	Stage string
	// Requests is how many ended; Dropped, which is not part of it, how many could not
	// start.
	Requests, Success, Failure, Unknown, Dropped int // Failure includes Unknown
	// Attempts is how many HTTP requests were sent for them, retries included, polls and logins
	// not. FirstAttempts is how many of them are no retries, one for each step that was begun; 0
	// where it was not counted, for purchases of one request each.
	Attempts, FirstAttempts int
	// Seconds is how long the stage has been running and, in the end, the time that
	// its rates are of (load.Stage.RateTime).
	Seconds        float64
	Min, Mean, Max float64
	// Quantile is the latency's q-quantile, 0 < q < 1; nil when there is none.
	Quantile func(q float64) float64
	// Low has the figures with the latencies less what polls leave open of them; nil where polls
	// leave nothing open. The true figures of latency are between its and these.
	Low *Values
}

func (v Values) arrivals() int { return v.Requests + v.Dropped }

// firstAttempts is what Attempts are divided by: a request that was not sent counts as one
// without a retry.
func (v Values) firstAttempts() int { return max(v.Requests, v.FirstAttempts) }

func (v Values) retries() int { return max(0, v.Attempts-cmp.Or(v.FirstAttempts, v.Requests)) }

// Verdict is whether a threshold holds.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Unclear Verdict = "unclear" // no samples, or too few
)

// Result is the verdict on one threshold and one stage.
type Result struct {
	// Stage is the stage that was judged.
	Stage     string
	Threshold Threshold
	// Value is the figure in the unit of Threshold.Bound, NaN when there is none.
	Value   float64
	Verdict Verdict
	// Note explains the verdict, "" where it needs no explanation.
	Note string
}

// Worst returns Fail when a result fails, else Unclear when one is unclear, else Pass.
// Without results it returns Pass.
func Worst(results []Result) Verdict {
	worst := Pass
	for _, r := range results {
		switch {
		case r.Verdict == Fail:
			return Fail
		case r.Verdict != Pass:
			worst = Unclear
		}
	}
	return worst
}

// For returns the thresholds that apply to a stage: its own and those of every stage.
func For(all []Threshold, stage string) []Threshold {
	return slices.DeleteFunc(slices.Clone(all), func(t Threshold) bool { return t.Stage != "" && t.Stage != stage })
}

// CheckAll judges all stages that ran by the thresholds that apply to them. A
// threshold whose stage did not run is unclear.
func CheckAll(all []Threshold, ran []Values) (results []Result) {
	for _, t := range all {
		before := len(results)
		for _, v := range ran {
			if t.Stage == "" || t.Stage == v.Stage {
				results = append(results, t.Check(v))
			}
		}
		if len(results) == before {
			results = append(results, unclear(t, t.Stage, "the stage did not run"))
		}
	}
	return results
}

func unclear(t Threshold, stage, note string) Result {
	return Result{Stage: stage, Threshold: t, Value: math.NaN(), Verdict: Unclear, Note: note}
}

// Check judges the figures of a stage that is over. A figure of no samples is
// unclear, and so is a percentile with fewer than ten samples on either side of
// it (load.SamplesFor): it may fail all the same, when a lower percentile that
// has them is beyond the bound already. A latency of which polls leave open whether it holds is
// unclear, too.
func (t Threshold) Check(v Values) Result {
	m, err := lookup(t.Metric)
	if err != nil {
		return unclear(t, v.Stage, err.Error())
	}
	if t.Stage != "" && t.Stage != v.Stage {
		return unclear(t, v.Stage, fmt.Sprintf("the threshold is for stage %s", t.Stage))
	}
	value := m.value(v)
	if math.IsNaN(value) {
		return unclear(t, v.Stage, m.missing(v))
	}
	r := Result{Stage: v.Stage, Threshold: t, Value: value, Verdict: Fail}
	if t.Op.holds(value, t.Bound) {
		r.Verdict = Pass
	}
	if n := m.samples(); v.Requests < n {
		return t.checkFewSamples(r, m, v, n)
	}
	if low, open := t.leftOpen(m, v, value); open {
		r.Verdict, r.Note = Unclear, fmt.Sprintf("polls leave it open: it is between %s and %s", t.format(low), t.format(value))
		return r
	}
	if r.Verdict == Fail {
		r.Note = m.explain(v)
	}
	return r
}

// leftOpen reports whether polls leave open if the threshold holds of a latency, which is between
// low and value.
func (t Threshold) leftOpen(m metric, v Values, value float64) (low float64, open bool) {
	if v.Low == nil || m.kind != latency {
		return value, false
	}
	low = m.value(*v.Low)
	within := low <= t.Bound && t.Bound <= value
	return low, low < value && (t.Op.holds(low, t.Bound) != t.Op.holds(value, t.Bound) || t.Op == "==" && within)
}

// missing returns why there is no figure.
func (m metric) missing(v Values) string {
	switch {
	case m.kind == rate && v.Requests > 0:
		return "the stage took no time"
	case v.Requests > 0:
		return "no latency was measured"
	}
	return "no request ended"
}

// explain returns the counts of which a figure is the ratio.
func (m metric) explain(v Values) string {
	switch m.name {
	case "error_ratio":
		return fmt.Sprintf("%d of %d requests", v.Failure, v.Requests)
	case "unknown_ratio":
		return fmt.Sprintf("%d of %d requests", v.Unknown, v.Requests)
	case "dropped_ratio":
		return fmt.Sprintf("%d of %d arrivals", v.Dropped, v.arrivals())
	case "amplification":
		if first := v.firstAttempts(); first != v.Requests {
			return fmt.Sprintf("%d attempts for %d steps of %d requests", v.Attempts, first, v.Requests)
		}
		return fmt.Sprintf("%d attempts for %d requests", v.Attempts, v.Requests)
	}
	return ""
}

// checkFewSamples judges a percentile that has fewer than the n samples it needs.
func (t Threshold) checkFewSamples(r Result, m metric, v Values, n int) Result {
	r.Verdict = Unclear
	few := fmt.Sprintf("%d requests are", v.Requests)
	if v.Requests == 1 {
		few = "1 request is"
	}
	r.Note = fmt.Sprintf("%s too few for %s, which needs %d", few, m.name, n)
	// ten samples lie above the q-quantile, and m's is no lower
	q := math.Floor((1-10/float64(v.Requests))*1000+1e-9) / 1000
	if q <= 0 || q >= m.q || !t.Op.upper() {
		return r
	}
	if v.Low != nil { // the least that it can be
		v.Quantile = v.Low.Quantile
	}
	if low := v.Quantile(q); low > t.Bound || low == t.Bound && t.Op == "<" {
		r.Verdict = Fail
		r.Note += fmt.Sprintf(", but p%s is %s already", number(math.Round(q*1000)/10), t.format(low))
	}
	return r
}
