package bench

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"
)

// TestParsers reads outputs of the pinned versions, and of k6 1.8.1, against the server of this package: 300 requests with a tenth of those
// on reused connections left unanswered, 400 without, and an arrival rate with stalls.
func TestParsers(t *testing.T) {
	k6 := func(out string) (toolReport, error) { return parseK6([]byte(out)) }
	for _, tt := range []struct {
		file  string
		parse func(string) (toolReport, error)
		want  toolReport
	}{
		{"hey.txt", parseHey, toolReport{Requests: 400, Failed: 0, Dropped: -1, Latencies: map[float64]float64{10: .2, 25: .3, 50: .4, 75: .5, 90: .7, 95: 1.3, 99: 6.4}}},
		{"hey-errors.txt", parseHey, toolReport{Requests: 300, Failed: 39, Dropped: -1, Latencies: map[float64]float64{10: .1, 25: .2, 50: .5, 75: .9, 90: 3.1, 95: 3.3, 99: 6.3}}},
		{"vegeta.json", parseVegeta, toolReport{Requests: 300, Failed: 42, Dropped: -1, Latencies: map[float64]float64{90: .627869, 95: .789831, 99: 2.375635}}},
		{"k6.json", k6, toolReport{Requests: 300, Failed: 42, Dropped: 0, Latencies: map[float64]float64{90: 1.501474300000001, 95: 3.5505050500000004, 99: 8.816001509999996}}},
		{"k6-dropped.json", k6, toolReport{Requests: 219, Failed: 0, Dropped: 182, Latencies: map[float64]float64{90: 1.6688492000000035, 95: 475.4936735, 99: 496.16311418}}},
		{"original.txt", parseOriginal, toolReport{Requests: 50, Failed: 0, Dropped: -1, Latencies: map[float64]float64{}, Work: 440238912, CPU: 51217 * time.Microsecond}},
	} {
		text, err := os.ReadFile("testdata/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tt.parse(string(text))
		near := maps.EqualFunc(got.Latencies, tt.want.Latencies, func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
		work := (got.Work-tt.want.Work).Abs() < time.Microsecond && (got.CPU-tt.want.CPU).Abs() < time.Microsecond
		if err != nil || got.Requests != tt.want.Requests || got.Failed != tt.want.Failed || got.Dropped != tt.want.Dropped || !near || !work {
			t.Errorf("%s: %+v, %v; want %+v", tt.file, got, err, tt.want)
		}
	}
}

func TestParsersRefuseOtherText(t *testing.T) {
	for name, parse := range map[string]func(string) (toolReport, error){
		"hey": parseHey, "vegeta": parseVegeta, "original": parseOriginal, "baseline": parseSent,
		"k6": func(out string) (toolReport, error) { return parseK6([]byte(out)) },
	} {
		for _, out := range []string{"", "usage: …", "{", "[]"} {
			if got, err := parse(out); err == nil {
				t.Errorf("%s of %q = %+v, want an error", name, out, got)
			}
		}
	}
	if got, err := parseK6([]byte(`{"vus":{"values":{}}}`)); err == nil {
		t.Errorf("k6 without requests = %+v, want an error", got)
	}
}

func FuzzParsers(f *testing.F) {
	for _, file := range []string{"hey-errors.txt", "vegeta.json", "k6.json", "original.txt"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("goos: linux\nBenchmarkX/1-2   \t5\t 12 ns/op\t 3 ns/row\n")
	f.Fuzz(func(t *testing.T, out string) {
		for name, parse := range map[string]func(string) (toolReport, error){
			"hey": parseHey, "vegeta": parseVegeta, "original": parseOriginal, "baseline": parseSent,
			"k6": func(out string) (toolReport, error) { return parseK6([]byte(out)) },
		} {
			if got, err := parse(out); err == nil && got.Latencies == nil {
				t.Errorf("%s of %q: no error and no map", name, out)
			}
		}
		for _, figure := range parseGo(out) {
			if !goUnits[figure.Unit] && figure.Unit != "s/op" || !strings.HasPrefix(figure.Benchmark, "Benchmark") {
				t.Errorf("parseGo of %q has unit %q", out, figure.Unit)
			}
		}
	})
}

func TestParseGo(t *testing.T) {
	out := `goos: linux
pkg: sagalab/pkg/frame
BenchmarkOperations/100000-2         	      10	  41234567 ns/op	       412.3 ns/row	39811576 B/op	  100213 allocs/op
BenchmarkMillionRows 	       2	1650000000 ns/op	1234 B/op	  12 allocs/op
BenchmarkJudge/state/100000-2  	       2	 312000000 ns/op	       123.0 B/row	         0.3120 s/audit
BenchmarkWarmCell-2            	       1	 9000000000 ns/op	         0.7100 s/cell-max	         0.6400 s/cell-median
BenchmarkBroken-2
--- FAIL: BenchmarkOther
PASS`
	want := []GoFigure{
		{Benchmark: "BenchmarkOperations/100000", Unit: "ns/row", Value: 412.3},
		{Benchmark: "BenchmarkMillionRows", Unit: "s/op", Value: 1.65},
		{Benchmark: "BenchmarkJudge/state/100000", Unit: "s/audit", Value: .312},
		{Benchmark: "BenchmarkWarmCell", Unit: "s/cell-median", Value: .64},
	}
	got := parseGo(out)
	if len(got) != len(want) {
		t.Fatalf("parseGo = %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("figure %d = %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestPeakOf(t *testing.T) {
	for _, tt := range []struct {
		status string
		want   float64
	}{
		{"Name:\tk6\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n", 2},
		{"Name:\tk6\n", 0}, {"", 0}, {"VmHWM:\tmuch\n", 0},
	} {
		if got := peakOf([]byte(tt.status)); got != tt.want {
			t.Errorf("peakOf(%q) = %v, want %v", tt.status, got, tt.want)
		}
	}
}
