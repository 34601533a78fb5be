package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// The bounds of a search.
const (
	MaxProbes    = 20
	minPrecision = 0.01
)

// Search looks for a service's capacity: the highest arrival rate at which all
// thresholds hold. It doubles the rate from From until a probe fails or To is
// reached, then halves the gap between the highest rate that held and the lowest
// that failed until it is within Precision.
type Search struct {
	// Name begins the names of the probes' stages: "capacity 100/s".
	Name string
	// From and To are arrivals per second; the search never leaves them.
	From, To float64
	// Probe is how long each rate is held.
	Probe time.Duration
	// Precision is the gap that ends the search, as a fraction of the rate that
	// held, 0.01 to 1; 0 means 0.1.
	Precision float64
	// Thresholds are what must hold; at least one.
	Thresholds []threshold.Threshold
	// Buyers are those of each probe.
	Buyers  purchase.Buyers
	Poisson bool
	// MaxInFlight is the cap of each probe, 0 for load.DefaultInFlight.
	MaxInFlight int
}

// Probe is one rate that was tried.
type Probe struct {
	Rate    float64
	Stage   string
	Results []threshold.Result
	Holds   bool
}

// Capacity is the result of a search, in arrivals per second.
type Capacity struct {
	// Held is the highest rate at which all thresholds held, 0 when there was none.
	// Failed is the lowest rate above it at which one failed, 0 when there was none.
	Held, Failed float64
	Probes       []Probe
}

// Validate reports everything that is wrong with s at once.
func (s Search) Validate() error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("search %q: "+format, append([]any{s.Name}, args...)...))
		}
	}
	want(s.Name != "", "it needs a name")
	want(s.From > 0 && s.To >= s.From && s.To <= load.MaxRate, "from %v/s to %v/s, want an ascending range above 0 and up to %v", s.From, s.To, float64(load.MaxRate))
	want(s.Probe >= time.Second && s.Probe <= time.Hour, "a probe lasts %v, want 1s to 1h", s.Probe)
	want(s.Precision == 0 || s.Precision >= minPrecision && s.Precision <= 1, "precision is %v, want %v to 1, or 0 for 0.1", s.Precision, minPrecision)
	want(len(s.Thresholds) > 0, "it needs at least one threshold, such as p99 < 500ms")
	return errors.Join(append(errs, validateBuyers(s.Buyers))...)
}

// next is the rate to try after the probes so far; false when the search is over.
func (s Search) next(c Capacity) (rate float64, more bool) {
	precision := s.Precision
	if precision == 0 {
		precision = 0.1
	}
	switch {
	case len(c.Probes) >= MaxProbes:
		return 0, false
	case len(c.Probes) == 0:
		return s.From, true
	case c.Held == 0 || c.Held >= s.To: // even the lowest fails, or even the highest holds
		return 0, false
	case c.Failed == 0:
		return min(2*c.Held, s.To), true
	case c.Failed-c.Held <= precision*c.Held:
		return 0, false
	}
	return roundTo3((c.Held + c.Failed) / 2), true
}

// roundTo3 rounds a rate to three digits.
func roundTo3(rate float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(rate))-2)
	return math.Round(rate/unit) * unit
}

// add takes a probe into account. Of a rate that holds above one that failed, the
// lower one counts: the difference is noise.
func (c *Capacity) add(p Probe) {
	c.Probes = append(c.Probes, p)
	switch {
	case p.Holds:
		c.Held = max(c.Held, p.Rate)
	case c.Failed == 0:
		c.Failed = p.Rate
	default:
		c.Failed = min(c.Failed, p.Rate)
	}
}

// Run searches, and records each probe in run as a stage of its own. The error is what
// ended the search early; the capacity then has the probes until then.
func (s Search) Run(ctx context.Context, run runs.Run, to Target, watch Watch) (Capacity, error) {
	var c Capacity
	if err := s.Validate(); err != nil {
		return c, err
	}
	for {
		rate, more := s.next(c)
		if !more {
			return c, nil
		}
		p := Probe{Rate: rate, Stage: fmt.Sprintf("%s %v/s", s.Name, rate)}
		l := Load{Search: s.Name, Buyers: s.Buyers, Thresholds: s.Thresholds, Stage: load.Stage{
			Name: p.Stage, Rate: load.Constant(rate, s.Probe), Poisson: s.Poisson, MaxInFlight: s.MaxInFlight}}
		results, err := l.Run(ctx, run, to, watch)
		var aborted *threshold.AbortError
		if err != nil && !errors.As(err, &aborted) {
			return c, err
		}
		p.Results, p.Holds = results, threshold.Worst(results) != threshold.Fail
		c.add(p)
	}
}

// String returns what was found, in a sentence.
func (c Capacity) String() string {
	n := fmt.Sprintf("after %d probes", len(c.Probes))
	switch {
	case c.Held == 0 && c.Failed == 0:
		return "capacity unknown: no probe has ended"
	case c.Held == 0:
		return fmt.Sprintf("capacity below %v/s, the lowest rate tried, %s", c.Failed, n)
	case c.Failed == 0:
		return fmt.Sprintf("capacity of %v/s or more, the highest rate tried, %s", c.Held, n)
	case c.Failed < c.Held:
		return fmt.Sprintf("capacity between %v/s, which failed, and %v/s, which held a moment later, %s: the service, or this machine, is not steady", c.Failed, c.Held, n)
	}
	return fmt.Sprintf("capacity %v/s: %v/s failed, %s", c.Held, c.Failed, n)
}
