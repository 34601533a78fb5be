package advise

import (
	"fmt"

	"sagalab/pkg/internal/threshold"
)

// Bound is an upper limit on p50, p99, amplification or error_ratio of a policy.
type Bound struct{ threshold.Threshold }

// ParseBounds reads bounds such as "p99 < 800ms", "amplification < 1.3" or "error_ratio < 1%".
func ParseBounds(texts []string) (bounds []Bound, err error) {
	for _, text := range texts {
		all, err := threshold.ParseAll([]string{text}, nil)
		if err != nil || len(all) != 1 {
			return nil, fmt.Errorf("the bound %q cannot be read: want p50, p99, amplification or error_ratio below a value, such as \"p99 < 800ms\"", text)
		}
		b := Bound{all[0]}
		switch {
		case b.interval(&Prediction{}) == nil:
			return nil, fmt.Errorf("the bound %q is on %s, want one on p50, p99, amplification or error_ratio", b, b.Metric)
		case b.Op != "<" && b.Op != "<=" || b.Stage != "" || b.Abort:
			return nil, fmt.Errorf("the bound %q is of another form, want one such as \"p99 < 800ms\"", b)
		}
		bounds = append(bounds, b)
	}
	return bounds, nil
}

// interval returns the interval that b bounds, nil for none.
func (b Bound) interval(p *Prediction) *Interval {
	switch b.Metric {
	case "p50":
		return &p.P50
	case "p99":
		return &p.P99
	case "amplification":
		return &p.Amplification
	case "error_ratio":
		ratio := p.errorRatio()
		return &ratio
	}
	return nil
}

// isExceeded reports whether the whole range is beyond b.
func (b Bound) isExceeded(p *Prediction) bool {
	low := b.interval(p).Low
	return low > b.Bound || b.Op == "<" && low == b.Bound
}

// holds reports whether the whole range is within b.
func (b Bound) holds(p *Prediction) bool {
	high := b.interval(p).High
	return high < b.Bound || b.Op == "<=" && high == b.Bound
}
