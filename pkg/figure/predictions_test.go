package figure

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// predictions are such as a recording gives, with one that is too wide, and one without an end.
func predictions() (list []compare.Prediction) {
	add := func(policy string, metric compare.Metric, low, value, high float64, measured ...float64) {
		list = append(list, compare.Prediction{Policy: policy, Metric: metric, Predicted: compare.Estimate{Value: value, Low: low, High: high}, Measured: measured, Wide: high > 2*low+1})
	}
	add("aws-before", compare.P99, 1800, 3900, math.Inf(1), 3400, 3600, 3900)
	add("aws-before", compare.Amplification, 1.16, 1.18, 1.2, 1.171, 1.18, 1.177)
	add("aws-before", compare.ErrorRatio, 2.1, 2.8, 3.5, 2.5, 2.9, 3)
	add("aws-since", compare.P99, 90, 98, 108, 92, 101, 99)
	add("aws-since", compare.Amplification, 1.1, 1.12, 1.13, 1.121, 1.118, 1.112)
	add("aws-since", compare.ErrorRatio, 5.1, 5.9, 6.5, 6, 5.5, 7.1)
	add("a policy with a name of many letters", compare.P99, 8, 9, 10, 30)
	add("a policy with a name of many letters", compare.Amplification, 1, 1, 1, 1)
	return list
}

// TestPredictionsGoldenImage: bars of intervals, lines of measurements, and a bar that goes on.
func TestPredictionsGoldenImage(t *testing.T) {
	check(t, "predictions", func([]runs.Stage) (*plot.Plot, error) { return Predictions(predictions()) }, nil)
}

// TestPredictionsOfOddNumbers: what is no number does not stop the figure, and nothing is no figure.
func TestPredictionsOfOddNumbers(t *testing.T) {
	nan := math.NaN()
	odd := []compare.Prediction{{Policy: "x", Metric: compare.P99, Predicted: compare.Estimate{Value: nan, Low: nan, High: nan}, Measured: []float64{nan}, Wide: true}, {Policy: "x", Metric: compare.ErrorRatio}}
	p, err := Predictions(odd)
	if err != nil {
		t.Fatal(err)
	}
	encoded(t, p)
	_, err = Predictions(nil)
	if none := (Nothing{}); !errors.As(err, &none) {
		t.Errorf("%v, want Nothing", err)
	}
}
