package compare

import (
	"encoding/json"
	"math"
)

// Estimate is a figure with the interval that its confidence belongs to. What
// could not be computed is NaN; a side without a bound is infinite.
type Estimate struct{ Value, Low, High float64 }

var unknown = Estimate{math.NaN(), math.NaN(), math.NaN()}

// MarshalJSON writes {"value", "low", "high"}, null for what is no finite number.
func (e Estimate) MarshalJSON() ([]byte, error) {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return json.Marshal(struct {
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
	}{finite(e.Value), finite(e.Low), finite(e.High)})
}

// through applies an increasing function to all three.
func (e Estimate) through(f func(float64) float64) Estimate {
	return Estimate{f(e.Value), f(e.Low), f(e.High)}
}

// student is the two-sided critical value of Student's t: the confidence's share
// of the distribution lies within ± it. Cornish and Fisher's expansion of the
// normal quantile (Abramowitz and Stegun 1964, 26.7.5) is right to three digits
// from 5 degrees of freedom on, to two for 3 and 4; 1 and 2 are exact.
func student(confidence float64, degrees int) float64 {
	switch {
	case degrees < 1:
		return math.Inf(1)
	case degrees == 1:
		return math.Tan(math.Pi / 2 * confidence)
	case degrees == 2:
		return confidence * math.Sqrt(2/(1-confidence*confidence))
	}
	z, n := math.Sqrt2*math.Erfinv(confidence), float64(degrees)
	z3 := z * z * z
	z5, z7 := z3*z*z, z3*z3*z
	z9 := z7 * z * z
	return z + (z3+z)/(4*n) + (5*z5+16*z3+3*z)/(96*n*n) + (3*z7+19*z5+17*z3-15*z)/(384*n*n*n) +
		(79*z9+776*z7+1482*z5-1920*z3-945*z)/(92160*n*n*n*n)
}

// wilson is the score interval of a share that was seen in n trials, which holds
// what it promises for few events and for none (Wilson 1927). n need not be whole.
func wilson(share, n, critical float64) Estimate {
	z2 := critical * critical
	centre := (share + z2/(2*n)) / (1 + z2/n)
	half := critical / (1 + z2/n) * math.Sqrt(share*(1-share)/n+z2/(4*n*n))
	return Estimate{share, max(0, min(share, centre-half)), min(1, max(share, centre+half))}
}

// counted is the score interval of a mean count of n trials whose variance is
// dispersion times the mean: Wilson's idea for Poisson's distribution, with the
// overdispersion of McCullagh and Nelder (1989, 6.2.3).
func counted(mean, n, dispersion, critical float64) Estimate {
	c := critical * critical * dispersion / (2 * n)
	half := math.Sqrt(c*c + 2*c*mean)
	return Estimate{mean, max(0, mean+c-half), mean + c + half}
}

// minus is a − b for two independent estimates, the limits recovered from theirs
// (MOVER, Zou and Donner 2008). For two Wilson intervals it is Newcombe's method
// 10 (1998).
func (e Estimate) minus(b Estimate) Estimate {
	d := e.Value - b.Value
	return Estimate{d, d - math.Hypot(e.Value-e.Low, b.High-b.Value), d + math.Hypot(e.High-e.Value, b.Value-b.Low)}
}

// against is how much e is more than b, as a share of b: the difference of their
// logarithms (Donner and Zou 2012). Where one of them is 0 the interval spans
// what their own intervals leave open; unknown when both are, or one is below.
func (e Estimate) against(b Estimate) Estimate {
	switch {
	case !(e.Low >= 0 && b.Low >= 0 && e.Value+b.Value > 0):
		return unknown
	case e.Value == 0:
		return Estimate{-1, -1, e.High/b.Low - 1}
	case b.Value == 0:
		return Estimate{math.Inf(1), e.Low/b.High - 1, math.Inf(1)}
	}
	return e.through(math.Log).minus(b.through(math.Log)).through(math.Expm1)
}
