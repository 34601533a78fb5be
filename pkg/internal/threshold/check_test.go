package threshold

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
)

// ofLatencies are the values of a stage of n requests of 1, 2 … n ms in a second.
func ofLatencies(n int) Values {
	ms := make([]float64, n)
	sum := 0.
	for i := range ms {
		ms[i] = float64(i + 1)
		sum += ms[i]
	}
	return Values{
		Stage: "heavy", Requests: n, Success: n, Attempts: n, Seconds: 1,
		Min: load.Quantile(ms, 0), Mean: sum / float64(n), Max: load.Quantile(ms, 1),
		Quantile: func(q float64) float64 { return load.Quantile(ms, q) },
	}
}

func parse(t *testing.T, text string) Threshold {
	t.Helper()
	th, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestCheck(t *testing.T) {
	whole := ofLatencies(1000)
	mixed := whole
	mixed.Success, mixed.Failure, mixed.Unknown, mixed.Dropped, mixed.Attempts, mixed.Seconds = 980, 20, 5, 250, 1300, 4
	steps := mixed // each of three steps, of which 900 requests began the last two
	steps.Attempts, steps.FirstAttempts = 2940, 2800
	polled, few := whole, ofLatencies(50) // of up to 200 ms, and 15 ms, less
	polled.Low, few.Low = lessBy(whole, 200), lessBy(few, 15)
	none := Values{Stage: "heavy", Min: math.NaN(), Mean: math.NaN(), Max: math.NaN(), Quantile: func(float64) float64 { return math.NaN() }}
	idle := none
	idle.Seconds, idle.Dropped = 10, 3
	blind := whole
	blind.Quantile = nil
	for _, row := range []struct {
		text  string
		v     Values
		want  Verdict
		value string
		note  string
	}{
		{"p99 < 991ms", whole, Pass, "990 ms", ""},
		{"p99 < 990ms", whole, Fail, "990 ms", ""},
		{"p99 <= 990ms", whole, Pass, "990 ms", ""},
		{"p99 == 990ms", whole, Pass, "990 ms", ""},
		{"p50 > 500ms", whole, Fail, "500 ms", ""},
		{"p50 >= 500ms", whole, Pass, "500 ms", ""},
		{"p99 < 991ms", ofLatencies(999), Unclear, "990 ms", "999 requests are too few for p99, which needs 1000"},
		{"p99 < 500ms", ofLatencies(999), Fail, "990 ms", "too few for p99, which needs 1000, but p98.9 is 989 ms already"},
		{"p99 < 30ms", ofLatencies(50), Fail, "50 ms", "but p80 is 40 ms already"},
		{"p99 < 40ms", ofLatencies(50), Fail, "50 ms", "but p80 is 40 ms already"},
		{"p99 <= 40ms", ofLatencies(50), Unclear, "50 ms", "50 requests are too few"},
		{"p99 < 1ms", ofLatencies(10), Unclear, "10 ms", "10 requests are too few"},
		{"p1 > 5ms", ofLatencies(999), Unclear, "10 ms", "too few for p1, which needs 1000"},
		{"p1 > 5ms", whole, Pass, "10 ms", ""},
		{"amplification < 1.1", steps, Pass, "1.05", ""},
		{"amplification < 1.01", steps, Fail, "1.05", "2940 attempts for 2800 steps of 1000 requests"},
		{"retries <= 139", steps, Fail, "140", ""},
		{"p99 < 991ms", polled, Pass, "990 ms", ""},
		{"p99 < 990ms", polled, Unclear, "990 ms", "polls leave it open: it is between 790 ms and 990 ms"},
		{"p99 < 790ms", polled, Fail, "990 ms", ""},
		{"p99 <= 790ms", polled, Unclear, "990 ms", "between 790 ms and 990 ms"},
		{"p50 > 300ms", polled, Unclear, "500 ms", "polls leave it open"},
		{"p50 > 299ms", polled, Pass, "500 ms", ""},
		{"p50 == 400ms", polled, Unclear, "500 ms", "polls leave it open"},
		{"p50 == 600ms", polled, Fail, "500 ms", ""},
		{"max < 900ms", polled, Unclear, "1 s", "polls leave it open"},
		{"error_ratio < 1%", polled, Pass, "0%", ""},
		{"p99 < 30ms", few, Unclear, "50 ms", "50 requests are too few"},
		{"p99 < 20ms", few, Fail, "50 ms", "but p80 is 25 ms already"},
		{"p99 < 1s", none, Unclear, "–", "no request ended"},
		{"p99 < 1s", blind, Unclear, "–", "no latency was measured"},
		{"min >= 1ms", whole, Pass, "1 ms", ""},
		{"mean < 500ms", whole, Fail, "500.5 ms", ""},
		{"max <= 1s", whole, Pass, "1 s", ""},
		{"max <= 999ms", whole, Fail, "1 s", ""},
		{"max < 1s", none, Unclear, "–", "no request ended"},
		{"error_ratio < 2%", mixed, Fail, "2%", "20 of 1000 requests"},
		{"error_ratio <= 0.02", mixed, Pass, "2%", ""},
		{"error_ratio < 1.99999%", mixed, Fail, "2%", "20 of 1000 requests"},
		{"error_ratio < 1%", none, Unclear, "–", "no request ended"},
		{"unknown_ratio == 0", mixed, Fail, "0.500%", "5 of 1000 requests"},
		{"dropped_ratio < 20%", mixed, Fail, "20%", "250 of 1250 arrivals"},
		{"dropped_ratio < 20%", none, Unclear, "–", "no request ended"},
		{"dropped_ratio < 20%", idle, Fail, "100%", "3 of 3 arrivals"},
		{"amplification < 1.2", mixed, Fail, "1.30", "1300 attempts for 1000 requests"},
		{"amplification < 1.2", whole, Pass, "1", ""},
		{"amplification < 1.2", none, Unclear, "–", "no request ended"},
		{"failures < 20", mixed, Fail, "20", ""},
		{"unknown <= 5", mixed, Pass, "5", ""},
		{"dropped == 0", mixed, Fail, "250", ""},
		{"dropped == 0", whole, Pass, "0", ""},
		{"dropped == 0", none, Unclear, "–", "no request ended"},
		{"dropped == 0", idle, Fail, "3", ""},
		{"failures == 0", idle, Unclear, "–", "no request ended"},
		{"retries <= 300", mixed, Pass, "300", ""},
		{"requests >= 1001", whole, Fail, "1000", ""},
		{"requests >= 1", none, Fail, "0", ""},
		{"throughput >= 250", mixed, Pass, "250/s", ""},
		{"throughput > 1", none, Unclear, "–", "no request ended"},
		{"throughput > 1", idle, Fail, "0/s", ""},
		{"goodput >= 250", mixed, Fail, "245/s", ""},
		{"light: p99 < 1s", whole, Unclear, "–", "the threshold is for stage light"},
	} {
		got := parse(t, row.text).Check(row.v)
		if got.Verdict != row.want || got.Text() != row.value || !strings.Contains(got.Note, row.note) || row.note == "" && got.Note != "" {
			t.Errorf("Check of %q with %d requests = %s, %s, %q, want %s, %s, %q", row.text, row.v.Requests, got.Verdict, got.Text(), got.Note, row.want, row.value, row.note)
		}
	}
	if r := (Threshold{Metric: "nothing"}).Check(whole); r.Verdict != Unclear || r.Note == "" {
		t.Errorf("Check by an unknown metric = %+v, want unclear", r)
	}
}

// However its bound is scaled for people, a value that equals it shows no more
// digits than it has.
func TestTextIsShort(t *testing.T) {
	for ms := 1001; ms < 9999; ms++ {
		th := Threshold{Metric: "p99", Op: "<", Bound: float64(ms)}
		if got := th.format(th.Bound); len(got) > len("1.001 s") {
			t.Errorf("format(%d) = %q, want three decimals at most", ms, got)
		}
	}
}

// A value is never rounded to the other side of its bound.
func TestTextShowsTheSide(t *testing.T) {
	for value, want := range map[float64]string{500.04: "500.04 ms", 499.9999: "499.9999 ms", 500: "500 ms", 1234.5: "1.23 s", 0.01234: "0.0123 ms", 12.345: "12.3 ms"} {
		if got := parse(t, "p99 < 500ms").format(value); got != want {
			t.Errorf("format(%v) = %q, want %q", value, got, want)
		}
	}
}

// lessBy returns the figures with latencies that are less by so many milliseconds.
func lessBy(v Values, less float64) *Values {
	of := v.Quantile
	v.Min, v.Mean, v.Max = v.Min-less, v.Mean-less, v.Max-less
	v.Quantile = func(q float64) float64 { return of(q) - less }
	return &v
}

func TestCheckAllAndRows(t *testing.T) {
	all, err := ParseAll([]string{"p99 < 1s", "heavy: error_ratio < 1%", "late: dropped == 0 abort"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	light := ofLatencies(20)
	light.Stage = "light"
	results := CheckAll(all, []Values{light, ofLatencies(1000)})
	want := [][]string{
		{"light", "p99 < 1s", "20 ms", "unclear", "20 requests are too few for p99, which needs 1000"},
		{"heavy", "p99 < 1s", "990 ms", "pass", ""},
		{"heavy", "error_ratio < 0.01", "0%", "pass", ""},
		{"late", "dropped == 0 abort", "–", "unclear", "the stage did not run"},
	}
	if got := Rows(results); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("Rows = %q, want %q", got, want)
	}
	if len(Header()) != len(want[0]) {
		t.Errorf("Header = %q, want %d columns", Header(), len(want[0]))
	}
	if got := For(all, "heavy"); len(got) != 2 || got[1].Stage != "heavy" || len(all) != 3 || all[2].Stage != "late" {
		t.Errorf("For(heavy) = %v, want the first two, and the list as it was", got)
	}
}

func TestWorst(t *testing.T) {
	p, f, u := Result{Verdict: Pass}, Result{Verdict: Fail}, Result{Verdict: Unclear}
	for _, row := range []struct {
		results []Result
		want    Verdict
	}{
		{nil, Pass}, {[]Result{p, p}, Pass}, {[]Result{p, u, p}, Unclear}, {[]Result{u, f, p}, Fail}, {[]Result{{}}, Unclear},
	} {
		if got := Worst(row.results); got != row.want {
			t.Errorf("Worst(%v) = %s, want %s", row.results, got, row.want)
		}
	}
}

// When a threshold that fails from the first request on may stop the stage.
func TestGuardStops(t *testing.T) {
	failing := func(n int) Values {
		v := ofLatencies(n)
		v.Success, v.Failure, v.Attempts = n/2, n-n/2, 3*n
		return v
	}
	for text, want := range map[string]int{ // requests at the stop; 0 for none. One request a second.
		"p99 < 1ms":                        0,
		"p99 < 1ms abort":                  1000,
		"p50 < 1ms abort":                  20,
		"p99 < 1ms abort after 5s":         11,
		"p99 < 1ms abort after 30s":        30,
		"mean < 0.5ms abort":               10,
		"mean < 0.5ms abort after 3s":      3,
		"max < 3ms abort":                  3,
		"max > 5000ms abort after 7s":      7,
		"error_ratio < 1% abort":           19,
		"error_ratio == 0 abort":           1,
		"error_ratio > 90% abort":          20,
		"error_ratio < 1% abort after 4s":  4,
		"amplification < 1.2 abort":        5,
		"failures < 10 abort":              19,
		"failures == 2000 abort":           0,
		"requests >= 5000":                 0,
		"requests >= 5000 abort after 9s":  9,
		"throughput > 9 abort after 2s":    2,
		"error_ratio < 70% abort after 2s": 0,
		"other: error_ratio == 0 abort":    0,
	} {
		g := NewGuard([]Threshold{parse(t, text)}, "heavy")
		got := 0
		for n := 1; n <= 1200 && got == 0; n++ {
			v := failing(n)
			v.Seconds = float64(n)
			_, err := g.Observe(v, time.Duration(n)*time.Second)
			if err != nil {
				got = n
			}
		}
		if got != want {
			t.Errorf("%q stopped the stage at request %d, want %d", text, got, want)
		}
	}
}

func TestGuardWhileItRuns(t *testing.T) {
	all := []Threshold{parse(t, "requests >= 100"), parse(t, "error_ratio < 1% abort"), parse(t, "min < 1ms"), parse(t, "failures == 20")}
	g := NewGuard(all, "heavy")
	v := ofLatencies(19)
	results, err := g.Observe(v, time.Second)
	if err != nil || results[0].Verdict != Unclear || results[1].Verdict != Pass || results[2].Verdict != Unclear || results[3].Verdict != Unclear {
		t.Errorf("Observe = %v, %v, want what may still come to hold to be unclear", results, err)
	}
	v.Success, v.Failure = 9, 10
	_, err = g.Observe(v, 2345*time.Millisecond)
	var abort *AbortError
	if !errors.As(err, &abort) || abort.Requests != 19 || abort.Elapsed != 2345*time.Millisecond || abort.Result.Threshold != all[1] {
		t.Fatalf("Observe = %v, want an AbortError by %v", err, all[1])
	}
	const sentence = "stage heavy was stopped after 2.3s and 19 requests by its threshold error_ratio < 0.01 abort: error_ratio is 52.6% (10 of 19 requests)"
	if err.Error() != sentence {
		t.Errorf("the error says %q, want %q", err, sentence)
	}
	if _, again := g.Observe(v, 3*time.Second); again != err || abort.Elapsed != 2345*time.Millisecond {
		t.Errorf("Observe of another failure = %v, want the error of the first", again)
	}
	v.Requests, v.Success = 2000, 1990 // those under way at the stop went well
	if _, again := g.Observe(v, time.Minute); again != err {
		t.Errorf("Observe after the stop = %v, want the same error", again)
	}
	v = ofLatencies(30)
	v.Success, v.Failure = 20, 10
	final := g.Final(v)
	if final[0].Verdict != Unclear || final[0].Note != "the stage was stopped early" {
		t.Errorf("Final of %v = %+v, want it unclear for the stop", all[0], final[0])
	}
	if final[1].Verdict != Fail || final[1].Note != "stopped the stage after 2.3s" {
		t.Errorf("Final of %v = %+v, want it failed although it holds now", all[1], final[1])
	}
	if whole := NewGuard(all, "heavy").Final(v); whole[0].Verdict != Fail {
		t.Errorf("Final of a stage that ran to its end = %+v, want %v to fail", whole[0], all[0])
	}
}

// What Parse refuses does not stop a stage either when it was made by hand.
func TestGuardIsNotHasty(t *testing.T) {
	for _, hasty := range []Threshold{
		{Metric: "throughput", Op: ">", Bound: 1e6, Abort: true},
		{Metric: "requests", Op: ">", Bound: 1e6, Abort: true},
		{Metric: "nothing", Op: ">", Bound: 1, Abort: true},
	} {
		if results, err := NewGuard([]Threshold{hasty}, "heavy").Observe(ofLatencies(5000), time.Hour); err != nil {
			t.Errorf("Observe by %v = %v, %v, want no stop", hasty, results, err)
		}
	}
	if err := (Threshold{Metric: "throughput", Op: ">", Bound: 1e6, Abort: true}).Validate(); err == nil {
		t.Error("Validate of an abort by throughput without a delay = nil, want an error")
	}
}

func Example() {
	all, err := ParseAll([]string{"p99 < 500ms", "heavy: error_ratio < 1%"}, []string{"light", "heavy"})
	if err != nil {
		fmt.Println(err)
		return
	}
	stage := Values{
		Stage: "heavy", Requests: 2000, Success: 1970, Failure: 30, Attempts: 2100, Seconds: 4,
		Quantile: func(float64) float64 { return 412.4 },
	}
	results := CheckAll(all, []Values{stage})
	for _, row := range Rows(results) {
		fmt.Printf("%q\n", row)
	}
	fmt.Println("worst:", Worst(results))
	// Output:
	// ["heavy" "p99 < 500ms" "412 ms" "pass" ""]
	// ["heavy" "error_ratio < 0.01" "1.50%" "fail" "30 of 2000 requests"]
	// worst: fail
}
