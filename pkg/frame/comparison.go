package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/compare"
)

// changed is a metric of a comparison.
type changeRow struct {
	stage string
	compare.Change
	notes []string // of both stages
}

// unit is what the change is in: "×" from ten times as much on (compare.Change.Factor).
func (c *changeRow) unit() string {
	if c.IsFactor() {
		return "×"
	}
	return c.Metric.ChangeUnit()
}

// in is a change in its unit.
func (c *changeRow) inUnit(v float64) float64 {
	if c.IsFactor() {
		v = compare.FactorOf(v)
	}
	return rounded(v)
}

// stageColumn is needed only where there are several comparisons.
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

// Comparison has a row for each metric of each comparison, in the order given:
// what it was in A and B, the change of B against A with its interval, low to
// high, and what can be concluded. Since metrics have units of their own, these
// stand in columns: change_unit is % of what it was, or pp for percentage points.
// Like Summary it is for reading; the intervals of A and B themselves are in
// compare.Change. Of several comparisons the first column says which stage a row is
// of, "a → b" where the two have different names.
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

// Gates has one row for each gate that was judged, in the order given.
func Gates(results []compare.GateResult) (dataframe.DataFrame, error) {
	return newFrame("the gates", results, gateColumns)
}
