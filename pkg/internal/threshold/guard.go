package threshold

import (
	"fmt"
	"time"
)

// Guard judges a stage while it runs, and decides when to stop it. It is for one
// stage and one goroutine.
//
// A threshold with abort stops the stage the first time that Observe finds it failed
// and allowed to stop it. With "abort after", it is allowed to from the delay on, and
// the figure is judged as if the stage were over, as with k6's delayAbortEval.
// Without a delay it is as soon as chance is an unlikely cause of the failure:
//
//   - a percentile: when it has its samples (ten on either side);
//   - mean: when ten requests have ended;
//   - a ratio or the amplification: when ten requests, or retries, are to blame;
//     with the bound 0, one;
//   - counts and max with an upper bound, min with a lower one: at once, for they
//     cannot recover.
//
// Until a stage is over, what may still come to hold is unclear rather than
// failed: requests >= 1000, say. Such thresholds, and those on throughput and
// goodput, which start low in every stage, may stop a stage only with "abort
// after"; Parse refuses them otherwise, where k6 would stop at its first check.
type Guard struct {
	thresholds []Threshold
	aborted    *AbortError
}

// NewGuard returns a Guard with those of the thresholds that apply to stage.
func NewGuard(all []Threshold, stage string) *Guard { return &Guard{thresholds: For(all, stage)} }

// AbortError reports that a threshold stopped a stage.
type AbortError struct {
	// Result has the threshold and the value at which it failed.
	Result Result
	// Requests is how many had ended and Elapsed the time since the start, when it did.
	Requests int
	Elapsed  time.Duration
}

// Error returns a sentence.
func (e *AbortError) Error() string {
	note := ""
	if e.Result.Note != "" {
		note = " (" + e.Result.Note + ")"
	}
	return fmt.Sprintf("stage %s was stopped after %v and %d requests by its threshold %s: %s is %s%s",
		e.Result.Stage, e.Elapsed.Round(100*time.Millisecond), e.Requests, e.Result.Threshold.Rule(),
		e.Result.Threshold.Metric, e.Result.Text(), note)
}

// Observe judges what the stage has done so far, elapsed after its start. The
// error is an *AbortError when the stage is to be stopped; it is the same one
// from then on.
func (g *Guard) Observe(v Values, elapsed time.Duration) ([]Result, error) {
	results := make([]Result, len(g.thresholds))
	for i, t := range g.thresholds {
		r := t.Check(v)
		if r.Verdict == Fail && t.Abort && g.aborted == nil && t.mayAbort(r, v, elapsed) {
			g.aborted = &AbortError{Result: r, Requests: v.Requests, Elapsed: elapsed}
		}
		results[i] = r.whileRunning()
	}
	if g.aborted != nil {
		return results, g.aborted
	}
	return results, nil
}

// Final judges the stage when it is over. A threshold that stopped it has failed,
// however the requests that were still under way ended; and what a stopped
// stage had no time left to meet is unclear.
func (g *Guard) Final(v Values) []Result {
	results := make([]Result, len(g.thresholds))
	for i, t := range g.thresholds {
		results[i] = t.Check(v)
		if g.aborted == nil {
			continue
		}
		if t == g.aborted.Result.Threshold {
			results[i] = g.aborted.Result
			results[i].Note = fmt.Sprintf("stopped the stage after %v", g.aborted.Elapsed.Round(100*time.Millisecond))
		} else if r := results[i].whileRunning(); r.Verdict != results[i].Verdict {
			r.Note = "the stage was stopped early"
			results[i] = r
		}
	}
	return results
}

// whileRunning is a result of a stage that is not over.
func (r Result) whileRunning() Result {
	if r.Verdict == Fail && r.mayRecover() {
		r.Verdict, r.Note = Unclear, "the stage is not over"
	}
	return r
}

// mayRecover reports whether a failed threshold can still come to hold, because its
// figure only rises, or only falls, towards the bound.
func (r Result) mayRecover() bool {
	m, _ := lookup(r.Threshold.Metric)
	tooLow := r.Value < r.Threshold.Bound || r.Value == r.Threshold.Bound && r.Threshold.Op == ">"
	return m.grows > 0 && tooLow || m.grows < 0 && !tooLow
}

// mayAbort reports whether t, which fails with r, may stop the stage.
func (t Threshold) mayAbort(r Result, v Values, elapsed time.Duration) bool {
	if t.AbortAfter > 0 {
		return elapsed >= t.AbortAfter
	}
	m, _ := lookup(t.Metric)
	switch {
	case m.kind == rate || r.mayRecover():
		return false
	case m.grows != 0:
		return true
	case m.kind == ratio || m.kind == factor:
		return m.eventsToBlame(r, v) >= minEvents || t.Bound == 0 && t.Op.upper()
	}
	return v.Requests >= max(minEvents, m.samples())
}

// minEvents is how many events make chance an unlikely cause, as load.SamplesFor has it
// for percentiles.
const minEvents = 10

// eventsToBlame is how many requests, arrivals or retries put a ratio beyond its bound.
func (m metric) eventsToBlame(r Result, v Values) int {
	part, whole := v.retries(), v.firstAttempts()
	switch m.name {
	case "error_ratio":
		part, whole = v.Failure, v.Requests
	case "unknown_ratio":
		part, whole = v.Unknown, v.Requests
	case "dropped_ratio":
		part, whole = v.Dropped, v.arrivals()
	}
	if r.Threshold.Op.upper() && r.Value >= r.Threshold.Bound { // too high, or not low enough
		return part
	}
	return whole - part
}
