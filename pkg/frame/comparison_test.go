package frame

import (
	"math"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

func TestComparison(t *testing.T) {
	a, b := runs.Stage{Operations: operations("heavy", 2000)}, runs.Stage{Operations: operations("heavy", 3000)}
	a.Stage, b.Stage = "heavy", "heavy"
	for i := range b.Operations {
		b.Operations[i].LatencyMS *= 2
	}
	same, other := compare.Stages(a, b, compare.Options{}), compare.Stages(a, b, compare.Options{})
	other.B.Stage = "light"
	df := must(t)(Comparison(same, other))
	if df.Nrow() != 2*len(compare.Metrics()) {
		t.Fatalf("%d rows, want one for each of %d metrics, twice", df.Nrow(), len(compare.Metrics()))
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

// A change of ten times and more is a factor, and what to beware of in a stage stands
// in every row.
func TestComparisonOfUnlikeStages(t *testing.T) {
	a, b := runs.Stage{Operations: operations("heavy", 2000)}, runs.Stage{Operations: operations("heavy", 2000)}
	b.Report = &load.Report{Lag: load.Lag{P99: time.Second}}
	for i := range b.Operations {
		b.Operations[i].LatencyMS *= 60
	}
	df := must(t)(Comparison(compare.Stages(a, b, compare.Options{})))
	p50, errors := df.Maps()[0], df.Maps()[5]
	if change := p50["change"].(float64); p50["change_unit"] != "×" || math.Abs(change-60) > .1 || p50["low"].(float64) > change || p50["high"].(float64) < change {
		t.Errorf("p50 is %v, want it 60 times as high", p50)
	}
	if errors["change_unit"] != "pp" || errors["note"] != "B: schedule not kept" || p50["note"] != errors["note"] {
		t.Errorf("the notes are %q and %q, want that the schedule was not kept", errors["note"], p50["note"])
	}
}
