package load

import (
	"fmt"
	"slices"
	"time"
)

// Above these limits, Report.Caveats lists a caveat. Latencies count from the
// scheduled start, so that a few milliseconds of lag are in every percentile.
const (
	MaxLag       = 5 * time.Millisecond  // the 0.99-quantile of the lag
	MaxBusy      = 0.9                   // fraction of the cores that the process used
	MaxWaited    = 5 * time.Millisecond  // the 0.99-quantile of goroutines' waits
	MaxPause     = 10 * time.Millisecond // one pause for a garbage collection
	MaxClockStep = 10 * time.Millisecond
	// minJudged is how long a stage must last for its use of processors to mean
	// something: a short burst always runs as fast as the client can.
	minJudged = time.Second
)

// Lag is how late operations started: Start − Scheduled, to within
// HistogramError. Always 0 in closed models, whose users have no schedule.
type Lag struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
	Max time.Duration `json:"max_ns"`
}

func lagOf(h *Histogram) Lag { return Lag{h.Quantile(.5), h.Quantile(.99), h.Max()} }

// Report describes how a stage was executed, apart from what it measured: it shows
// whether the figures are the service's or the client's.
type Report struct {
	// Planned is how many operations the stage had: if an open stage ran to its
	// end, those that arrived; else those expected. 0 for ramping users.
	Planned int `json:"planned"`
	// Started and Dropped are how many of them were started, and dropped because
	// Cap were under way.
	Started int `json:"started"`
	Dropped int `json:"dropped"`
	// Cap is how many an open stage allowed in flight, 0 for a closed one.
	Cap int `json:"cap,omitempty"`
	// Elapsed is the time from the stage's start until its last operation ended.
	Elapsed time.Duration `json:"elapsed_ns"`
	Lag     Lag           `json:"lag"`
	Machine Machine       `json:"machine"`
}

// Caveat is a reason not to take a stage's figures for the service's.
type Caveat struct {
	// Note states it in a few words, for a table's cell and a figure's caption; "" for
	// dropped arrivals, which are shown as a count of their own.
	Note string
	// Sentence states it with the figures behind it, and what can be done about it.
	Sentence string
}

// Caveats lists why the stage's figures may not be the service's; nil if there is no reason.
func (r Report) Caveats() (caveats []Caveat) {
	caveat := func(note, format string, args ...any) {
		caveats = append(caveats, Caveat{note, fmt.Sprintf(format, args...)})
	}
	const bottleneck = "client was the bottleneck"
	m := r.Machine
	if r.Lag.P99 > MaxLag {
		caveat("schedule not kept", "The schedule was not kept: 1 in 100 operations started %v late or later (at worst %v, limit %v), and latencies contain it. Lower the rate, give the client more cores, or stop other programs on this machine.",
			roundTo3(r.Lag.P99), roundTo3(r.Lag.Max), MaxLag)
	}
	if r.Dropped > 0 {
		caveat("", "%d of %d arrivals were dropped at the cap of %d in flight, and no percentile contains them. The service did not keep up with the rate; lower the rate, or raise the cap, at most to %d.",
			r.Dropped, r.Started+r.Dropped, r.Cap, MaxVUs)
	}
	if cores := m.CPU.Seconds() / r.Elapsed.Seconds(); r.Elapsed >= minJudged && cores > MaxBusy*m.Allowed() {
		caveat(bottleneck, "The client was the bottleneck: it used %.1f of %.3g cores. Give it more cores or ask for less load; the service may be faster than these figures.", cores, m.Allowed())
	}
	if r.Elapsed >= minJudged && m.Waited > MaxWaited {
		caveat(bottleneck, "The client was the bottleneck: 1 in 100 of its goroutines waited %v or longer to run (limit %v). Give it more cores or ask for less load; latencies contain the wait.", roundTo3(m.Waited), MaxWaited)
	}
	if m.GCMax > MaxPause {
		caveat("garbage collection stopped the client", "Garbage collection stopped the client for %v at once (%v in all, limit %v), and latencies contain it. Give the client more memory (GOGC, GOMEMLIMIT), or run fewer operations in a stage.",
			roundTo3(m.GCMax), roundTo3(m.GCTotal), MaxPause)
	}
	if m.ClockStep.Abs() > MaxClockStep {
		caveat("clock was set", "The machine's clock was set by %v during the stage. Latencies are not touched, for they come from the monotonic clock; but times do not match those in the service's logs. Run the stage again to compare them.", roundTo3(m.ClockStep))
	}
	return caveats
}

// Warnings returns the sentences of Caveats; nil if there are none.
func (r Report) Warnings() (warnings []string) {
	for _, d := range r.Caveats() {
		warnings = append(warnings, d.Sentence)
	}
	return warnings
}

// Notes returns the notes of Caveats, each once; nil if there are none.
func (r Report) Notes() (notes []string) {
	for _, d := range r.Caveats() {
		if d.Note != "" && !slices.Contains(notes, d.Note) {
			notes = append(notes, d.Note)
		}
	}
	return notes
}

// roundTo3 rounds d to three digits.
func roundTo3(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d.Abs()/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
