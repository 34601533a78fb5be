package compare

import (
	"math"
	"testing"
)

func TestLargeChangesAreFactors(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		metric Metric
		change Estimate
		want   string
	}{
		{P50, Estimate{12.3, 8.1, 16.9}, "+12.3% [+8.1, +16.9]"},
		{P50, Estimate{899, 850, 950}, "+899% [+850, ×10]"},
		{P50, Estimate{900, 700, 1300}, "×10 [×8, ×14]"},
		{P50, Estimate{1100, -20, 17900}, "×12 [×0.8, ×180]"},
		{P50, Estimate{9870, 9000, 12000}, "×100 [×91, ×121]"},
		{P50, Estimate{1100, math.NaN(), inf}, "×12 [?, ×∞]"},
		{P50, Estimate{inf, 3, inf}, "+∞% [+3.0, +∞]"},
		{Goodput, Estimate{-95, -99, -90}, "-95.0% [-99.0, -90.0]"},
		{ErrorRatio, Estimate{99, 98, 100}, "+99.0pp [+98.0, +100]"},
	} {
		v := Change{Metric: c.metric, Change: c.change}
		if got := v.String(); got != c.want {
			t.Errorf("%s changed by %v is %q, want %q", c.metric, c.change, got, c.want)
		}
	}
}
