package bench

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/runs"
)

func TestClosedGoals(t *testing.T) {
	side := func(ahead, rateBy, cpuBy float64, opened int64) []Comparison {
		return []Comparison{
			{Tool: Sagalab, VUs: 50, RateRatio: rateBy, CPURatio: cpuBy, Opened: opened},
			{Tool: Hey, VUs: 50, Ahead: ahead}, {Tool: Vegeta, VUs: 50, Ahead: 1.2}, {Tool: K6, VUs: 50, Ahead: 2},
			{Tool: Hey, VUs: 200, Ahead: .5},
		}
	}
	for _, tt := range []struct {
		name string
		all  []Comparison
		want string
	}{
		{"all met", side(1.01, .85, 1.3, 51), "met, met, met, met"},
		{"none", side(.99, .84, 1.31, 52), "not met, not met, not met, not met"},
		{"no baseline", side(1.01, 0, 0, 51), "not measured, not measured, met, met"},
		{"one peer", side(1.01, 1, 1, 51)[:2], "met, met, met by those measured, met"},
		{"no peer", side(1.01, 1, 1, 51)[:1], "met, met, not measured, met"},
		{"other VUs", side(1.01, 1, 1, 51)[4:], "not measured, not measured, not measured, not measured"},
		{"nothing", nil, "not measured, not measured, not measured, not measured"},
	} {
		if got := verdicts(closedGoals(tt.all, 50)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func verdicts(lines []Goal) string {
	var words []string
	for _, l := range lines {
		words = append(words, l.Verdict)
	}
	return strings.Join(words, ", ")
}

func TestHeavyGoal(t *testing.T) {
	for _, tt := range []struct {
		ours, original float64
		want           string
	}{{.1, 2, Met}, {.1, 1.99, NotMet}} {
		got := heavyGoal([]Comparison{{Tool: Sagalab, WallS: 9, WorkS: tt.ours}, {Tool: Original, WallS: 9, WorkS: tt.original}})
		if got.Verdict != tt.want {
			t.Errorf("%+v: %+v, want %s", tt, got, tt.want)
		}
	}
}

func TestAccuracyGoals(t *testing.T) {
	for _, tt := range []struct {
		stall []Accuracy
		want  string
	}{
		{[]Accuracy{{Tool: Sagalab, ErrorPercent: []float64{1, -3, 2}}}, "met, met"},
		{[]Accuracy{{Tool: Sagalab, ErrorPercent: []float64{1, 1, 1}}, {Tool: Sagalab, ErrorPercent: []float64{0, -3.1, 0}, Dropped: 1}}, "not met, not met"},
		{[]Accuracy{{Tool: Vegeta, ErrorPercent: []float64{0, 0, 0}}}, "not measured, not measured"},
	} {
		if got := verdicts(stallGoals(tt.stall)); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.stall, got, tt.want)
		}
	}
	for _, tt := range []struct {
		hidden []Accuracy
		want   string
		says   string
	}{
		{[]Accuracy{{Tool: Sagalab, Received: 10, Reported: 10, Unanswered: 1}}, Met, "0"},
		{[]Accuracy{{Tool: Sagalab, Received: 10, Reported: 10, Unanswered: 1}, {Tool: Sagalab, Received: 10, Reported: 12, Unanswered: 1}}, NotMet, "2"},
		{[]Accuracy{{Tool: Sagalab, Received: 10, Reported: 9, Unanswered: 1}}, NotMet, "-1"},
		{[]Accuracy{{Tool: Sagalab, Received: 10, Reported: 10}}, NotMeasured, "–"}, // nothing died, so nothing was shown
		{nil, NotMeasured, "–"},
	} {
		if got := hiddenGoal(tt.hidden); got.Verdict != tt.want || got.Measured != tt.says {
			t.Errorf("%+v: %+v, want %s and %s", tt.hidden, got, tt.says, tt.want)
		}
	}
}

func TestGoGoals(t *testing.T) {
	all := []GoFigure{
		{Benchmark: "BenchmarkOperations/100000", Value: 500}, {Benchmark: "BenchmarkOperations/1000000", Value: 501},
		{Benchmark: "BenchmarkMillionRows", Value: 1.9}, {Benchmark: "BenchmarkWarmCell", Value: .81},
		{Benchmark: "BenchmarkCellsOfNotebook01/1000000", Unit: "s/cells", Value: 1.6}, {Benchmark: "BenchmarkCellsOfNotebook01/1000000", Unit: "MB/cells", Value: 80},
		{Benchmark: "BenchmarkJudge/state/100000", Value: .4}, {Benchmark: "BenchmarkJudge/crowded/100000", Value: .1},
		{Benchmark: "BenchmarkJudge/state/1000000", Value: 4}, {Benchmark: "BenchmarkJudge/crowded/1000000", Value: 1.3},
	}
	if got, want := verdicts(goGoals(all)), "met, not met, met, not met, met, not met, met, not met"; got != want {
		t.Errorf("verdicts = %s, want %s", got, want)
	}
	if got, want := verdicts(goGoals(all[:7])), "met, not met, met, not met, met, not met, not measured, not measured"; got != want {
		t.Errorf("without some of the audits: %s, want %s", got, want)
	}
}

// TestMedianRatio: ratios are of rounds that were neighbours in time.
func TestMedianRatio(t *testing.T) {
	measures := func(rates ...int64) (all []Measurement) {
		for _, r := range rates {
			all = append(all, Measurement{Server: Counts{Requests: r, Window: time.Second}})
		}
		return all
	}
	if got := medianRatio(measures(100, 50, 10), measures(100, 100, 10), Measurement.Rate); got != 1 {
		t.Errorf("by = %v, want the median 1 of 1, 0.5 and 1", got)
	}
	if got := medianRatio(measures(100, 50), nil, Measurement.Rate); got != 0 {
		t.Errorf("by without a baseline = %v, want 0", got)
	}
}

func TestReportOf(t *testing.T) {
	s := runs.Stage{
		Operations: []runs.Operation{{LatencyMS: 1, Attempts: 1}, {LatencyMS: 30, Attempts: 2}, {LatencyMS: 2, Attempts: 1}, {Attempts: 0}},
		Attempts:   []runs.Attempt{{Sent: true, Status: 201}, {Sent: true}, {Sent: true, Status: 201}, {Sent: false}},
	}
	got := reportOf(s, 5)
	if got.Requests != 3 || got.Failed != 1 || got.Dropped != 2 || got.Latencies[90] != 30 {
		t.Errorf("ofRows = %+v, want 3 requests, 1 failed, 2 dropped, p90 30", got)
	}
}

func TestGrowthPNG(t *testing.T) {
	for name, points := range map[string][]Point{
		"none": nil, "one": {{Requests: 10, VUs: 50, Varied: "requests", CPU: 3, RSSMB: 20}},
		"some": {{Requests: 10, VUs: 50, Varied: "requests", CPU: 3, RSSMB: 20}, {Requests: 1000, VUs: 50, Varied: "requests", CPU: 2, RSSMB: 30}, {Requests: 500, VUs: 1, Varied: "VUs", CPU: 2, RSSMB: 30}, {Requests: 500, VUs: 2000, Varied: "VUs", CPU: 5, RSSMB: 300}},
	} {
		path := filepath.Join(t.TempDir(), name+".png")
		if err := growthPNG(path, points); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkPNG(t, path)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	table{title: "T", head: []string{"a", "µs"}, rows: [][]string{{"net/http", "1"}, {"–", "2.50"}}}.print(&b)
	if want := "\nT\n\na           µs\n────────  ────\nnet/http     1\n–         2.50\n"; b.String() != want {
		t.Errorf("table =\n%q\nwant\n%q", b.String(), want)
	}
}
