package compare

import (
	"encoding/json"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a value with its confidence interval. What could not be computed is NaN; a
// side without a bound is infinite.
type Estimate struct{ Value, Low, High float64 }

var unknownEstimate = Estimate{math.NaN(), math.NaN(), math.NaN()}

// MarshalJSON writes {"value", "low", "high"}, with null for what is not a finite number.
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

// transform applies an increasing function to all three.
func (e Estimate) transform(f func(float64) float64) Estimate {
	return Estimate{f(e.Value), f(e.Low), f(e.High)}
}

// studentQuantile is the two-sided critical value of Student's t: the fraction
// confidence of the distribution lies within ± it.
func studentQuantile(confidence float64, degrees int) float64 {
	if degrees < 1 {
		return math.Inf(1)
	}
	return distuv.StudentsT{Sigma: 1, Nu: float64(degrees)}.Quantile((1 + confidence) / 2)
}

// wilsonInterval is the score interval of a fraction seen in n trials, which keeps its
// confidence for few events and for none (Wilson 1927). n need not be whole.
func wilsonInterval(share, n, critical float64) Estimate {
	z2 := critical * critical
	centre := (share + z2/(2*n)) / (1 + z2/n)
	half := critical / (1 + z2/n) * math.Sqrt(share*(1-share)/n+z2/(4*n*n))
	return Estimate{share, max(0, min(share, centre-half)), min(1, max(share, centre+half))}
}

// countInterval is the score interval of a mean count of n trials whose variance is
// dispersion times the mean: Wilson's idea for Poisson's distribution, with the
// overdispersion of McCullagh and Nelder (1989, 6.2.3).
func countInterval(mean, n, dispersion, critical float64) Estimate {
	c := critical * critical * dispersion / (2 * n)
	half := math.Sqrt(c*c + 2*c*mean)
	return Estimate{mean, max(0, mean+c-half), mean + c + half}
}

// minus is e − b for two independent estimates, the limits recovered from theirs (MOVER,
// Zou and Donner 2008). For two Wilson intervals it is Newcombe's method 10 (1998).
func (e Estimate) minus(b Estimate) Estimate {
	d := e.Value - b.Value
	return Estimate{d, d - math.Hypot(e.Value-e.Low, b.High-b.Value), d + math.Hypot(e.High-e.Value, b.Value-b.Low)}
}

// relativeTo is (e − b) ÷ b, from the difference of their logarithms (Donner and Zou
// 2012). Where one of them is 0 the interval spans what their own intervals allow; it is
// unknown when both are 0, or one may be negative.
func (e Estimate) relativeTo(b Estimate) Estimate {
	switch {
	case !(e.Low >= 0 && b.Low >= 0 && e.Value+b.Value > 0):
		return unknownEstimate
	case e.Value == 0:
		return Estimate{-1, -1, e.High/b.Low - 1}
	case b.Value == 0:
		return Estimate{math.Inf(1), e.Low/b.High - 1, math.Inf(1)}
	}
	return e.transform(math.Log).minus(b.transform(math.Log)).transform(math.Expm1)
}
