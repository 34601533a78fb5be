package runner

import (
	"math"
	"strings"
	"time"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// tally counts what a stage has done so far. While it runs, percentiles come from a
// histogram; those that a threshold judges at its end are exact.
type tally struct {
	now      live.Snapshot // but for the percentiles
	attempts int
	classes  map[retry.Class]int // of attempts without an answer

	latency load.Histogram
	fastest time.Duration
	exact   []float64 // ms, kept only for thresholds
	judged  bool

	firstAttempts int           // of attempts those that are no retries
	low           *lowLatencies // nil where polls leave nothing open

	// the second that is being filled: its latencies, its begin and the counts then
	window load.Histogram
	opened time.Duration
	before live.Snapshot

	polls map[int64]int64 // of purchases that have not ended, counted so far; by index
}

func newTally(l Load) tally {
	return tally{
		now:     live.Snapshot{Stage: l.Stage.Name, Model: modelText(l.Stage), Planned: l.Stage.Planned(), Length: l.Stage.Length()},
		classes: map[retry.Class]int{}, judged: len(l.Thresholds) > 0,
		polls: map[int64]int64{},
	}
}

// add counts a purchase that ended.
func (t *tally) add(r *runs.Record) {
	t.now.Done++
	switch r.Operation.Outcome {
	case purchase.OK:
		t.now.Success++
	case purchase.Unknown:
		t.now.Unknown++
	}
	t.now.Failure = t.now.Done - t.now.Success
	t.attempts, t.firstAttempts = t.attempts+int(r.Operation.Attempts), t.firstAttempts+int(r.Operation.FirstAttempts())
	t.now.Retries += int(r.Operation.Attempts - r.Operation.FirstAttempts())
	for i := range r.Attempts {
		if c := r.Attempts[i].Class; c != "" {
			t.classes[retry.Class(c)]++
		}
	}
	t.addPolls(&r.Operation, true)
	latency := r.Operation.LatencyMS
	waited := time.Duration(math.Round(latency * float64(time.Millisecond)))
	if t.now.Done == 1 || waited < t.fastest {
		t.fastest = waited
	}
	t.addLow(&r.Operation)
	t.latency.Record(waited)
	t.window.Record(waited)
	if t.judged {
		t.exact = append(t.exact, latency)
	}
}

// addPolls counts the polls of a purchase that were not counted before.
func (t *tally) addPolls(o *runs.Operation, ended bool) {
	if o.Polls == 0 {
		return
	}
	t.now.Polls += int(o.Polls - min(o.Polls, t.polls[o.Index]))
	if ended {
		delete(t.polls, o.Index)
	} else {
		t.polls[o.Index] = o.Polls
	}
}

// progress takes over how far the stage has come, and closes a second that is over.
func (t *tally) progress(p load.Progress) {
	t.now.Started, t.now.Dropped, t.now.InFlight, t.now.Elapsed = p.Started, p.Dropped, p.InFlight, p.Elapsed
	passed := p.Elapsed - t.opened
	if passed < time.Second {
		return
	}
	t.now.Recent = live.Recent{
		Rate: float64(t.now.Done-t.before.Done) / passed.Seconds(),
		P50:  quantile(&t.window, .5), P99: quantile(&t.window, .99),
		Failures: t.now.Failure - t.before.Failure, Retries: t.now.Retries - t.before.Retries,
		Polls: float64(t.now.Polls-t.before.Polls) / passed.Seconds(),
	}
	t.window.Reset()
	t.opened, t.before = p.Elapsed, t.now
}

// end is progress at the stage's end; Recent then is of the whole stage.
func (t *tally) end(r load.Report) {
	t.progress(load.Progress{Started: r.Started, Dropped: r.Dropped, Elapsed: r.Elapsed})
	t.now.Recent = live.Recent{P50: quantile(&t.latency, .5), P99: quantile(&t.latency, .99), Failures: t.now.Failure, Retries: t.now.Retries}
	if r.Elapsed > 0 {
		t.now.Recent.Rate, t.now.Recent.Polls = float64(t.now.Done)/r.Elapsed.Seconds(), float64(t.now.Polls)/r.Elapsed.Seconds()
	}
}

// snapshot is the state of the stage, for showing it.
func (t *tally) snapshot(lag load.Lag, checks []threshold.Result) live.Snapshot {
	s := t.now
	s.P50, s.P90, s.P99 = quantile(&t.latency, .5), quantile(&t.latency, .9), quantile(&t.latency, .99)
	s.LagP99, s.Checks = ms(lag.P99), checks
	return s
}

// soFar has the figures by which thresholds are judged while the stage runs.
func (t *tally) soFar() threshold.Values {
	v := withLatencies(t.counts(), &t.latency, t.fastest)
	if t.low != nil {
		low := withLatencies(v, &t.low.histogram, t.low.fastest)
		v.Low = &low
	}
	return v
}

// final has the figures by which thresholds are judged at the end of a stage; complete
// is false if it was stopped before.
func (t *tally) final(stage load.Stage, complete bool) threshold.Values {
	v := t.counts()
	v.Seconds = stage.RateTime(t.now.Elapsed, t.fastest, complete).Seconds()
	v = withExactLatencies(v, t.exact)
	if t.low != nil {
		low := withExactLatencies(v, t.low.exact)
		v.Low = &low
	}
	return v
}

func (t *tally) counts() threshold.Values {
	return threshold.Values{
		Stage: t.now.Stage, Requests: t.now.Done, Success: t.now.Success, Failure: t.now.Failure, Unknown: t.now.Unknown,
		Dropped: t.now.Dropped, Attempts: t.attempts, FirstAttempts: t.firstAttempts, Seconds: t.now.Elapsed.Seconds(),
		Min: math.NaN(), Mean: math.NaN(), Max: math.NaN(),
	}
}

// quantile is a histogram's q-quantile in ms, NaN without samples.
func quantile(h *load.Histogram, q float64) float64 {
	if h.Count() == 0 {
		return math.NaN()
	}
	return ms(h.Quantile(q))
}

// modelText is the kind of load, such as "open, 100/s@10s".
func modelText(s load.Stage) string {
	_, text, _ := strings.Cut(s.String()[len(s.Name):], ":")
	if s.Open() {
		return "open, " + text
	}
	return "closed, " + text
}
