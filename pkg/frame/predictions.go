package frame

import (
	"math"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/compare"
)

var predictionColumns = []column[compare.Prediction]{
	textColumn("policy", func(p *compare.Prediction) string { return p.Policy }),
	textColumn("metric", func(p *compare.Prediction) string { return string(p.Metric) }),
	textColumn("unit", func(p *compare.Prediction) string { return p.Metric.Unit() }),
	floatColumn("predicted", func(p *compare.Prediction) float64 { return roundedFor(p.Metric, p.Predicted.Value) }),
	floatColumn("low", func(p *compare.Prediction) float64 { return roundedFor(p.Metric, p.Predicted.Low) }),
	floatColumn("high", func(p *compare.Prediction) float64 { return roundedFor(p.Metric, p.Predicted.High) }),
	floatColumn("measured", func(p *compare.Prediction) float64 { return roundedFor(p.Metric, p.MeanMeasured()) }),
	floatColumn("lowest", func(p *compare.Prediction) float64 { low, _ := p.LowestAndHighest(); return roundedFor(p.Metric, low) }),
	floatColumn("highest", func(p *compare.Prediction) float64 {
		_, high := p.LowestAndHighest()
		return roundedFor(p.Metric, high)
	}),
	floatColumn("off_percent", func(p *compare.Prediction) float64 { return math.Round(10*p.OffPercent()) / 10 }),
	intColumn("stages", func(p *compare.Prediction) int64 { return int64(len(p.Measured)) }),
	textColumn("verdict", func(p *compare.Prediction) string { return string(p.Verdict()) }),
	textColumn("note", func(p *compare.Prediction) string { return joinNotes("", p.Notes) }),
}

// roundedFor rounds as Summary does, and amplification to a thousandth, in which policies differ.
func roundedFor(m compare.Metric, v float64) float64 {
	if m == compare.Amplification {
		return math.Round(1000*v) / 1000
	}
	return rounded(v)
}

// Predictions returns a frame with a row for each prediction, in the order given: what was predicted
// with its interval from low to high, the mean of what was measured, the lowest and the
// highest of it, how far the prediction is from the mean in percent of that, in how many stages, whether the
// two agree, and notes on the stages. Values are in the metric's unit, rounded as in Summary, amplification
// to a thousandth.
func Predictions(list []compare.Prediction) (dataframe.DataFrame, error) {
	return newFrame("the predictions", list, predictionColumns)
}
