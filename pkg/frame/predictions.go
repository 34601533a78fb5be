package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/compare"
)

var predictionColumns = []column[compare.Prediction]{
	textColumn("policy", func(p *compare.Prediction) string { return p.Policy }),
	textColumn("metric", func(p *compare.Prediction) string { return string(p.Metric) }),
	textColumn("unit", func(p *compare.Prediction) string { return p.Metric.Unit() }),
	floatColumn("predicted", func(p *compare.Prediction) float64 { return rounded(p.Predicted.Value) }),
	floatColumn("low", func(p *compare.Prediction) float64 { return rounded(p.Predicted.Low) }),
	floatColumn("high", func(p *compare.Prediction) float64 { return rounded(p.Predicted.High) }),
	floatColumn("measured", func(p *compare.Prediction) float64 { return rounded(p.MeanMeasured()) }),
	floatColumn("lowest", func(p *compare.Prediction) float64 { low, _ := p.LowestAndHighest(); return rounded(low) }),
	floatColumn("highest", func(p *compare.Prediction) float64 { _, high := p.LowestAndHighest(); return rounded(high) }),
	intColumn("stages", func(p *compare.Prediction) int64 { return int64(len(p.Measured)) }),
	textColumn("verdict", func(p *compare.Prediction) string { return string(p.Verdict()) }),
}

// Predictions returns a frame with a row for each prediction, in the order given: what was predicted
// with its interval from low to high, the mean of what was measured, the lowest and the
// highest of it, in how many stages, and whether the two agree. Values are in the metric's unit,
// rounded as in Summary.
func Predictions(list []compare.Prediction) (dataframe.DataFrame, error) {
	return newFrame("the predictions", list, predictionColumns)
}
