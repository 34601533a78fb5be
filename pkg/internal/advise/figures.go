package advise

import (
	"encoding/json"
	"math"
)

// Figures are what a policy costs. P50 and P99 are milliseconds, over all purchases; Amplification
// is attempts a purchase; Success is the fraction of purchases that were confirmed; Wasted the
// fraction of the time in attempts that was spent in those that failed in a way that the policy
// retries, whether or not another followed.
type Figures struct {
	P50           float64 `json:"p50_ms"`
	P99           float64 `json:"p99_ms"`
	Amplification float64 `json:"amplification"`
	Success       float64 `json:"success"`
	Wasted        float64 `json:"wasted"`
}

// Interval is the median of a figure over 20 simulated runs and the range of them, in which a further run has
// it with a probability of about 90 %, widened by whatever may have become of purchases that are unknown
// (Prediction.Unknown). The median takes these for the slowest. High is +Inf where nothing bounds it.
type Interval struct{ Value, Low, High float64 }

// IsNarrow reports whether High − Low is at most half of the value.
func (i Interval) IsNarrow() bool { return i.High-i.Low <= .5*math.Abs(i.Value) }

// IsNarrowFraction reports whether High − Low is at most 0.05, for figures from 0 to 1.
func (i Interval) IsNarrowFraction() bool { return i.High-i.Low <= .05 }

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
