package advise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// Replications is how many models and simulations an interval is made of.
const Replications = 20

// Prediction is what a policy would have cost.
type Prediction struct {
	Name   string       `json:"name"`
	Policy retry.Policy `json:"policy"`

	P50           Interval `json:"p50_ms"`
	P99           Interval `json:"p99_ms"`
	Amplification Interval `json:"amplification"`
	Success       Interval `json:"success"`
	Wasted        Interval `json:"wasted"`
	// Unknown is the fraction of the purchases with an attempt of a kind that was not recorded. The
	// intervals contain whatever may have become of them.
	Unknown float64 `json:"unknown"`
}

// IsKnown reports whether p99, amplification and success of the policy have narrow intervals.
func (p Prediction) IsKnown() bool {
	return p.P99.IsNarrow() && p.Amplification.IsNarrow() && p.Success.IsNarrowFraction()
}

// errorRatio returns the fraction of purchases that are not confirmed.
func (p *Prediction) errorRatio() Interval {
	return Interval{1 - p.Success.Value, 1 - p.Success.High, 1 - p.Success.Low}
}

// Predictor simulates policies on a recording. It is safe for concurrent use.
type Predictor struct {
	recording *Recording
	models    [Replications]*model
	seed      uint64
}

// NewPredictor returns a predictor for a recording. The same seed gives the same predictions.
func NewPredictor(r *Recording, seed uint64) *Predictor {
	p := &Predictor{recording: r, seed: seed}
	whole := newModel(r)
	for i := range p.models {
		p.models[i] = whole.resampled(rand.New(rand.NewPCG(seed, uint64(i))))
	}
	return p
}

// Predict returns what a valid policy, with an AttemptTimeout above 0, would have cost, from Replications simulations.
func (p *Predictor) Predict(name string, policy retry.Policy) Prediction {
	figures := make([]ranges, Replications)
	unknown := 0.
	for i := range figures {
		t := simulate(p.recording, policy, p.models[i], rand.New(rand.NewPCG(p.seed+1, uint64(i))))
		figures[i] = t.ranges()
		unknown += float64(t.unknown) / float64(t.purchases) / float64(len(figures))
	}
	pick := func(of func(*ranges) span) Interval { return intervalOf(figures, of) }
	out := Prediction{Name: name, Policy: policy, Unknown: unknown,
		P50:           pick(func(r *ranges) span { return r.p50 }),
		P99:           pick(func(r *ranges) span { return r.p99 }),
		Amplification: pick(func(r *ranges) span { return r.amplification }),
		Success:       pick(func(r *ranges) span { return r.success }),
		Wasted:        pick(func(r *ranges) span { return r.wasted }),
	}
	if n := len(p.recording.arrivals); n < load.SamplesFor(.99) {
		out.P99.Low, out.P99.High = 0, math.Inf(1)
	}
	return out
}

// span is a figure of one simulation, and between what it is.
type span struct{ value, low, high float64 }

// ranges are the figures of one simulation.
type ranges struct{ p50, p99, amplification, success, wasted span }

func (t *tally) ranges() ranges {
	n := float64(t.purchases)
	quantile := func(q float64) span {
		low, high := t.quantile(q)
		value := high
		if math.IsInf(high, 1) {
			value = t.atRank(t.latencies.Count())
		}
		return span{value, low, high}
	}
	fraction := func(v, low, high int) span { return span{float64(v) / n, float64(low) / n, float64(high) / n} }
	wasted := float64(t.wasted) / float64(max(1, t.time))
	doubt := float64(t.unknown) / n
	return ranges{p50: quantile(.5), p99: quantile(.99),
		amplification: fraction(t.attempts, t.attempts-t.surplus, t.attempts+t.missing),
		success:       fraction(t.success, t.success-t.unknownSuccess, t.success+t.unknown-t.unknownSuccess),
		wasted:        span{wasted, max(0, wasted-doubt), min(1, wasted+doubt)}}
}

// intervalOf returns the median of a figure, and the range of all simulations.
func intervalOf(list []ranges, of func(*ranges) span) Interval {
	values := make([]float64, len(list))
	out := Interval{Low: math.Inf(1), High: math.Inf(-1)}
	for i := range list {
		s := of(&list[i])
		values[i] = s.value
		out.Low, out.High = min(out.Low, s.low), max(out.High, s.high)
	}
	slices.Sort(values)
	out.Value = load.Quantile(values, .5)
	return out
}

// How far a figure may be outside of its interval for the model to fit: tolerance as a fraction of the figure, and
// for figures that may be small countTolerance, of counts a purchase, or timeTolerance, in ms, more.
const tolerance, countTolerance, timeTolerance = .1, .005, 1

// Fit returns the model's figures for the policy that was recorded, and an error that wraps
// ErrCannotTell when p50, p99, the retries a purchase or the error ratio that were measured are not within 10 % of
// their intervals.
func (p *Predictor) Fit() (Prediction, error) {
	r := p.recording
	got := p.Predict("recorded", r.Policy)
	retries := Interval{got.Amplification.Value - 1, got.Amplification.Low - 1, got.Amplification.High - 1}
	for _, c := range []struct {
		name     string
		measured float64
		model    Interval
		more     float64
	}{{"p50", r.Measured.P50, got.P50, timeTolerance}, {"p99", r.Measured.P99, got.P99, timeTolerance}, {"number of retries a purchase", r.Measured.Amplification - 1, retries, countTolerance},
		{"error_ratio", 1 - r.Measured.Success, got.errorRatio(), countTolerance}} {
		if c.measured < c.model.Low*(1-tolerance)-c.more || c.measured > c.model.High*(1+tolerance)+c.more {
			remedy := "record a longer stage, or one with fewer changes of the service"
			if len(r.notes) > 0 {
				remedy = "its notes may be why (" + strings.Join(r.notes, "; ") + "): record it again without"
			}
			return got, fmt.Errorf("stage %s: %w: for the recorded policy the model gives a %s of %.4g (%.4g to %.4g), and %.4g was measured, so that its figures for other policies would be wrong, too; %s",
				r.Stage, ErrCannotTell, c.name, c.model.Value, c.model.Low, c.model.High, c.measured, remedy)
		}
	}
	return got, nil
}
