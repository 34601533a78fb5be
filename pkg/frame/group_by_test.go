package frame

import (
	"math"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

func TestGroupBy(t *testing.T) {
	df := sample()
	none := df.Subset([]int{})
	for name, c := range map[string]struct {
		get         result
		names, rows string
	}{
		"unlike groups that gota merges": {func() (dataframe.DataFrame, error) {
			return GroupBy(df, []string{"stage", "reason"}, Count(), Sum("attempts"))
		},
			"stage reason rows sum_attempts", "b,c_d,2,5.000000 b_c,d,2,11.000000 a,x,1,1.000000"},
		"missing values": {func() (dataframe.DataFrame, error) {
			return GroupBy(df, []string{"stage"}, Count(), Mean("latency_ms"))
		},
			"stage rows mean_latency_ms missing_latency_ms", "b,2,20.000000,0 b_c,2,NaN,2 a,1,5.000000,0"},
		"numbers ascend": {func() (dataframe.DataFrame, error) { return GroupBy(df, []string{"attempts"}, Count()) },
			"attempts rows", "1,2 2,1 3,1 10,1"},
		"missing keys": {func() (dataframe.DataFrame, error) { return GroupBy(df, []string{"latency_ms"}) },
			"latency_ms rows", "NaN,2 5.000000,1 10.000000,1 30.000000,1"},
		"all rows": {func() (dataframe.DataFrame, error) {
			return GroupBy(df, nil, Min("attempts"), Median("attempts"), Max("attempts"), Mean("success"))
		},
			"min_attempts p50_attempts max_attempts mean_success", "1.000000,2.000000,10.000000,0.600000"},
		"no rows": {func() (dataframe.DataFrame, error) {
			return GroupBy(none, []string{"stage"}, Count(), Max("latency_ms"))
		},
			"stage rows max_latency_ms", ""},
		"no rows, no groups": {func() (dataframe.DataFrame, error) { return GroupBy(none, nil) }, "rows", ""},
		"quantiles": {func() (dataframe.DataFrame, error) { return Quantiles(df, "latency_ms", "stage", .5, .999) },
			"stage rows p50_latency_ms p99.9_latency_ms missing_latency_ms note", "b,2,10.000000,30.000000,0,few samples: p50 p99.9 b_c,2,NaN,NaN,2,few samples: p50 p99.9 a,1,5.000000,5.000000,0,few samples: p50 p99.9"},
		"quantiles among aggregates": {func() (dataframe.DataFrame, error) {
			return GroupBy(df, []string{"stage"}, Quantile("latency_ms", .9), Quantile("attempts", .1), Max("attempts"))
		},
			"stage p90_latency_ms p10_attempts max_attempts missing_latency_ms note", "b,30.000000,2.000000,3.000000,0,few samples: p90_latency_ms p10_attempts b_c,NaN,1.000000,10.000000,2,few samples: p90_latency_ms p10_attempts a,5.000000,1.000000,1.000000,0,few samples: p90_latency_ms p10_attempts"},
		"quantiles of all": {func() (dataframe.DataFrame, error) { return Quantiles(df, "attempts", "") },
			"rows p50_attempts p95_attempts p99_attempts note", "5,2.000000,10.000000,10.000000,few samples: p50 p95 p99"},
		"quantiles of none": {func() (dataframe.DataFrame, error) { return Quantiles(none, "latency_ms", "stage", .5) },
			"stage rows p50_latency_ms note", ""},
	} {
		got := must(t)(c.get())
		if names, rows := strings.Join(got.Names(), " "), rowsOf(got); names != c.names || rows != c.rows {
			t.Errorf("%s:\n%s: %s, want\n%s: %s", name, names, rows, c.names, c.rows)
		}
	}
}

// TestCloseKeysAreDifferent: gota writes floats with six decimals.
func TestCloseKeysAreDifferent(t *testing.T) {
	df := dataframe.New(series.New([]float64{4e-9, 5e-9, 0, math.Copysign(0, -1)}, series.Float, "v"))
	got := must(t)(GroupBy(df, []string{"v"}))
	if n := got.Nrow(); n != 3 {
		t.Errorf("4e-9, 5e-9, 0 and -0 are %d groups, want 3", n)
	}
}

func TestQuantilesNoteTooFewSamples(t *testing.T) {
	df := dataframe.New(series.New(make([]float64, 200), series.Float, "v"))
	if got := must(t)(Quantiles(df, "v", "", .05, .95, .99)).Elem(0, 4).String(); got != "few samples: p99" {
		t.Errorf("200 rows have the note %q", got)
	}
}

// FuzzGroupBy: keys that differ are never one group.
func FuzzGroupBy(f *testing.F) {
	f.Add("b", "c_d", "b_c", "d")
	f.Add("1:a", "", "1", ":a")
	f.Add("NaN", "", "", "NaN")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		df, err := newFrame("texts", [][2]string{{a, b}, {c, d}}, []column[[2]string]{
			textColumn("x", func(r *[2]string) string { return r[0] }), textColumn("y", func(r *[2]string) string { return r[1] })})
		if err != nil {
			t.Fatal(err)
		}
		got, err := GroupBy(df, []string{"x", "y"})
		if err != nil {
			t.Fatal(err)
		}
		want := 2
		if a == c && b == d {
			want = 1
		}
		if got.Nrow() != want {
			t.Errorf("%q, %q and %q, %q are %d groups, want %d", a, b, c, d, got.Nrow(), want)
		}
	})
}

// TestAggregateOfNoColumn: an aggregate of the column "" names no column of the frame.
func TestAggregateOfNoColumn(t *testing.T) {
	df := dataframe.New(series.New([]string{"a", "b"}, series.String, "stage"), series.New([]float64{1, 2}, series.Float, "latency_ms"))
	for name, a := range map[string]Aggregate{"sum": Sum(""), "mean": Mean(""), "max": Max(""), "quantile": Quantile("", .5)} {
		if _, err := GroupBy(df, []string{"stage"}, a); err == nil {
			t.Errorf("%s of the column %q is no error", name, "")
		}
	}
}
