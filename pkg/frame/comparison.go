package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/compare"
)

// changed is a metric of a comparison.
type changed struct {
	stage string
	compare.Change
	notes []string // of both stages
}

// unit is what the change is in: "×" from ten times as much on (compare.Change.Factor).
func (c *changed) unit() string {
	if c.Factor() {
		return "×"
	}
	return c.Metric.ChangeUnit()
}

// in is a change in its unit.
func (c *changed) in(v float64) float64 {
	if c.Factor() {
		v = compare.Times(v)
	}
	return brief(v)
}

// stageColumn is needed only where there are several comparisons.
var stageColumn = texts("stage", func(c *changed) string { return c.stage })

var comparisonColumns = []column[changed]{
	texts("metric", func(c *changed) string { return string(c.Metric) }),
	floats("a", func(c *changed) float64 { return brief(c.A.Value) }),
	floats("b", func(c *changed) float64 { return brief(c.B.Value) }),
	texts("unit", func(c *changed) string { return c.Metric.Unit() }),
	floats("change", func(c *changed) float64 { return c.in(c.Change.Change.Value) }),
	floats("low", func(c *changed) float64 { return c.in(c.Change.Change.Low) }),
	floats("high", func(c *changed) float64 { return c.in(c.Change.Change.High) }),
	texts("change_unit", func(c *changed) string { return c.unit() }),
	texts("verdict", func(c *changed) string { return string(c.Verdict) }),
	texts("note", func(c *changed) string { return noted(c.Note, c.notes) }),
}

// Comparison has a row for each metric of each comparison, in the order given:
// what it was in A and B, the change of B against A with its interval, low to
// high, and what can be concluded. Since metrics have units of their own, these
// stand in columns: change_unit is % of what it was, or pp for percentage points.
// Like Summary it is for reading; the intervals of A and B themselves are in
// compare.Change. Of several comparisons the first column says which stage a row is
// of, "a → b" where the two have different names.
func Comparison(comparisons ...compare.Comparison) (dataframe.DataFrame, error) {
	var rows []changed
	for _, c := range comparisons {
		stage := c.A.Stage
		if c.B.Stage != stage {
			stage += " → " + c.B.Stage
		}
		for _, v := range c.Changes {
			rows = append(rows, changed{stage, v, c.Notes()})
		}
	}
	columns := comparisonColumns
	if len(comparisons) > 1 {
		columns = append([]column[changed]{stageColumn}, columns...)
	}
	return build("the comparison", rows, columns)
}

var gateColumns = []column[compare.GateResult]{
	texts("gate", func(g *compare.GateResult) string { return g.Gate.String() }),
	texts("verdict", func(g *compare.GateResult) string { return string(g.Verdict) }),
	texts("because", func(g *compare.GateResult) string { return g.Detail }),
}

// Gates has one row for each gate that was judged, in the order given.
func Gates(results []compare.GateResult) (dataframe.DataFrame, error) {
	return build("the gates", results, gateColumns)
}
