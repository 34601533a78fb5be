package frame

import (
	"math"
	"slices"
	"testing"

	"sagalab/pkg/runs"
)

func TestComparison(t *testing.T) {
	a, b := runs.Stage{Operations: operations("heavy", 2000)}, runs.Stage{Operations: operations("heavy", 3000)}
	a.Stage, b.Stage = "heavy", "heavy"
	for i := range b.Operations {
		b.Operations[i].LatencyMS *= 2
	}
	same, other := runs.Compare(a, b, runs.CompareOptions{}), runs.Compare(a, b, runs.CompareOptions{})
	other.B.Stage = "light"
	df := must(t)(Comparison(same, other))
	if df.Nrow() != 2*len(runs.Metrics()) {
		t.Fatalf("%d rows, want one for each of %d metrics, twice", df.Nrow(), len(runs.Metrics()))
	}
	for i, v := range same.Changes {
		row := df.Subset(i).Maps()[0]
		if row["metric"] != string(v.Metric) || row["verdict"] != string(v.Verdict) || row["unit"] != v.Metric.Unit() || row["change_unit"] != v.Metric.ChangeUnit() {
			t.Errorf("row %d is %v, want %+v", i, row, v)
		}
		for name, want := range map[string]float64{"a": v.A.Value, "change": v.Change.Value, "low": v.Change.Low, "high": v.Change.High} {
			if got := df.Col(name).Float()[i]; math.Abs(got-want) > .05*max(1, math.Abs(want)) {
				t.Errorf("%s of %s is %v, want %v", name, v.Metric, got, want)
			}
		}
	}
	if stages := df.Col("stage").Records(); stages[0] != "heavy" || stages[len(stages)-1] != "heavy → light" {
		t.Errorf("stages %v", stages)
	}
	one, none := must(t)(Comparison(same)), must(t)(Comparison())
	if none.Nrow() != 0 || !slices.Equal(none.Names(), one.Names()) || !slices.Equal(df.Names(), append([]string{"stage"}, one.Names()...)) {
		t.Errorf("no comparison has %d rows of %v, one has %v, two have %v", none.Nrow(), none.Names(), one.Names(), df.Names())
	}
}
