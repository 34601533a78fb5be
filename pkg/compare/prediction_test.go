package compare

import (
	"math"
	"strings"
	"testing"
)

// TestPredictionVerdict: within 10 %, or with an interval that meets what was measured.
func TestPredictionVerdict(t *testing.T) {
	for _, tt := range []struct {
		what           string
		metric         Metric
		low, value, hi float64
		measured       []float64
		wide           bool
		want           PredictionVerdict
	}{
		{"within 10 %", P99, 109, 109, 109, []float64{100}, false, Agrees},
		{"beyond 10 %", P99, 111, 111, 111, []float64{100}, false, Differs},
		{"beyond 10 %, with an interval down to it", P99, 99, 130, 140, []float64{99, 100, 101}, false, Agrees},
		{"beyond 10 %, with an interval up to it", P99, 70, 80, 99, []float64{99, 100, 101}, false, Agrees},
		{"beyond 10 %, with an interval that ends before it", P99, 70, 80, 98, []float64{99, 100, 101}, false, Differs},
		{"beyond 10 %, of some that differ", P99, 119, 130, 140, []float64{80, 100, 120}, false, Agrees},
		{"within 10 % of a ratio", ErrorRatio, 1.09, 1.09, 1.09, []float64{1}, false, Agrees},
		{"beyond 10 % of a ratio", ErrorRatio, 1.9, 1.9, 1.9, []float64{1}, false, Differs},
		{"within 10 % of the retries", Amplification, 1.109, 1.109, 1.109, []float64{1.1}, false, Agrees},
		{"beyond 10 % of the retries", Amplification, 1.12, 1.12, 1.12, []float64{1.1}, false, Differs},
		{"a wide interval", P99, 0, 100, math.Inf(1), []float64{100}, true, CannotTell},
		{"nothing measured", P99, 100, 100, 100, nil, false, CannotTell},
		{"nothing predicted", P99, math.NaN(), math.NaN(), math.NaN(), []float64{1}, false, CannotTell},
		{"nothing failed", ErrorRatio, 0, 0, 0, []float64{0, 0, 0}, false, Agrees},
	} {
		p := Prediction{Metric: tt.metric, Predicted: Estimate{Value: tt.value, Low: tt.low, High: tt.hi}, Measured: tt.measured, Wide: tt.wide}
		if got := p.Verdict(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
		}
	}
	list := []Prediction{{Policy: "a", Metric: P99, Predicted: Estimate{Value: 1}, Measured: []float64{1}}, {Policy: "b", Metric: P99, Predicted: Estimate{Value: 2}, Measured: []float64{1}}, {Wide: true}}
	if text := PredictionsText(list); !strings.Contains(text, "Of 3 predictions 1 agree") || !strings.Contains(text, "1 differ (p99 of b)") || !strings.Contains(text, "of 1 the range is too wide") || !strings.Contains(text, "run a policy that differs three times") {
		t.Error(text)
	}
	if off := (Prediction{Predicted: Estimate{Value: 90}, Measured: []float64{99, 101}}).OffPercent(); off != -10 {
		t.Errorf("90 predicted of 100 is %v %% off", off)
	}
	if off := (Prediction{Measured: []float64{0}}).OffPercent(); !math.IsNaN(off) {
		t.Errorf("of 0 a prediction is %v %% off", off)
	}
	if low, high := (Prediction{Measured: []float64{3, 1, 2}}).LowestAndHighest(); low != 1 || high != 3 {
		t.Errorf("lowest %v, highest %v", low, high)
	}
	if low, _ := (Prediction{}).LowestAndHighest(); !math.IsNaN(low) {
		t.Errorf("lowest of none is %v", low)
	}
}
