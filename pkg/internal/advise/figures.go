package advise

import (
	"encoding/json"
	"math"
)

// Figures are what a policy costs. P50 and P99 are milliseconds, over all purchases; Amplification
// is attempts a purchase; Success is the fraction of purchases that were confirmed; Wasted the
// fraction of the time in attempts that was spent in attempts that were to be retried.
type Figures struct{ P50, P99, Amplification, Success, Wasted float64 }

// Interval is a figure with the range in which 20 simulated runs have it, about 90 % of runs, and
// in which it stays whatever became of the purchases of which the recording does not tell.
// High is +Inf where they may be more.
type Interval struct{ Value, Low, High float64 }

// Told reports whether the figure is known: its range is within a quarter of its value.
func (i Interval) Told() bool { return i.High-i.Low <= .5*math.Abs(i.Value) }

// toldFraction is Told for a fraction: its range is at most 5 points.
func (i Interval) toldFraction() bool { return i.High-i.Low <= .05 }

// MarshalJSON writes {"value", "low", "high"}, with null for what is not finite.
func (i Interval) MarshalJSON() ([]byte, error) {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return json.Marshal(map[string]*float64{"value": finite(i.Value), "low": finite(i.Low), "high": finite(i.High)})
}
