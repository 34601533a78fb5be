package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/compare"
)

// changeRow is a metric of a comparison.
type changeRow struct {
	stage string
	compare.Change
	notes []string // of both stages
}

// unit is the unit of the change: "×" from ten times as much on (compare.Change.IsFactor).
func (c *changeRow) unit() string {
	if c.IsFactor() {
		return "×"
	}
	return c.Metric.ChangeUnit()
}

// inUnit converts a change in percent or percentage points into its unit.
func (c *changeRow) inUnit(v float64) float64 {
	if c.IsFactor() {
		v = compare.FactorOf(v)
	}
	return rounded(v)
}

// stageColumn is used only for several comparisons.
var stageColumn = textColumn("stage", func(c *changeRow) string { return c.stage })

var comparisonColumns = []column[changeRow]{
	textColumn("metric", func(c *changeRow) string { return string(c.Metric) }),
	floatColumn("a", func(c *changeRow) float64 { return rounded(c.A.Value) }),
	floatColumn("b", func(c *changeRow) float64 { return rounded(c.B.Value) }),
	textColumn("unit", func(c *changeRow) string { return c.Metric.Unit() }),
	floatColumn("change", func(c *changeRow) float64 { return c.inUnit(c.Change.Change.Value) }),
	floatColumn("low", func(c *changeRow) float64 { return c.inUnit(c.Change.Change.Low) }),
	floatColumn("high", func(c *changeRow) float64 { return c.inUnit(c.Change.Change.High) }),
	textColumn("change_unit", func(c *changeRow) string { return c.unit() }),
	textColumn("verdict", func(c *changeRow) string { return string(c.Verdict) }),
	textColumn("note", func(c *changeRow) string { return joinNotes(c.Note, c.notes) }),
}

// Comparison returns a frame with a row for each metric of each comparison, in the order
// given: the values in A and B, the change of B against A with its interval from low to
// high, and the verdict. Units differ by metric and stand in columns: change_unit is %
// of the value in A, pp for percentage points, or × for a factor. Values are rounded as in
// Summary; the intervals of A and B themselves are in compare.Change. Of several
// comparisons the first column is the stage, "a → b" where the two have different names.
func Comparison(comparisons ...compare.Comparison) (dataframe.DataFrame, error) {
	var rows []changeRow
	for _, c := range comparisons {
		stage := c.A.Stage
		if c.B.Stage != stage {
			stage += " → " + c.B.Stage
		}
		for _, v := range c.Changes {
			rows = append(rows, changeRow{stage, v, c.Notes()})
		}
	}
	columns := comparisonColumns
	if len(comparisons) > 1 {
		columns = append([]column[changeRow]{stageColumn}, columns...)
	}
	return newFrame("the comparison", rows, columns)
}

var gateColumns = []column[compare.GateResult]{
	textColumn("gate", func(g *compare.GateResult) string { return g.Gate.String() }),
	textColumn("verdict", func(g *compare.GateResult) string { return string(g.Verdict) }),
	textColumn("because", func(g *compare.GateResult) string { return g.Detail }),
}

// Gates returns a frame with one row for each gate that was judged, in the order given.
func Gates(results []compare.GateResult) (dataframe.DataFrame, error) {
	return newFrame("the gates", results, gateColumns)
}
