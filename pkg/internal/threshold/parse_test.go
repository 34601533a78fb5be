package threshold

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Threshold{
		"p99 < 500ms":                             {Metric: "p99", Op: "<", Bound: 500},
		" p99<500 ":                               {Metric: "p99", Op: "<", Bound: 500},
		"heavy: p99 < 1.5s":                       {Stage: "heavy", Metric: "p99", Op: "<", Bound: 1500},
		"a: b::  p99.90 <= 1m":                    {Stage: "a: b:", Metric: "p99.9", Op: "<=", Bound: 60000},
		"100x50:3: dropped == 0":                  {Stage: "100x50:3", Metric: "dropped", Op: "==", Bound: 0},
		"error_ratio < 1%":                        {Metric: "error_ratio", Op: "<", Bound: .01},
		"error_ratio < 0.01":                      {Metric: "error_ratio", Op: "<", Bound: .01},
		"unknown_ratio <= 0.1%":                   {Metric: "unknown_ratio", Op: "<=", Bound: .001},
		"dropped_ratio == 0%":                     {Metric: "dropped_ratio", Op: "==", Bound: 0},
		"amplification < 1.2 abort":               {Metric: "amplification", Op: "<", Bound: 1.2, Abort: true},
		"p95 < 2s abort after 10s":                {Metric: "p95", Op: "<", Bound: 2000, Abort: true, AbortAfter: 10 * time.Second},
		"p95 < 2s abort after 0s":                 {Metric: "p95", Op: "<", Bound: 2000, Abort: true},
		"throughput >= 100/s":                     {Metric: "throughput", Op: ">=", Bound: 100},
		"goodput > 99.5":                          {Metric: "goodput", Op: ">", Bound: 99.5},
		"goodput > 99.5 abort after 1m":           {Metric: "goodput", Op: ">", Bound: 99.5, Abort: true, AbortAfter: time.Minute},
		"requests >= 1000":                        {Metric: "requests", Op: ">=", Bound: 1000},
		"failures < 10 abort":                     {Metric: "failures", Op: "<", Bound: 10, Abort: true},
		"max <= 250µs":                            {Metric: "max", Op: "<=", Bound: .25},
		"min > 0.001":                             {Metric: "min", Op: ">", Bound: .001},
		"\n: dropped == 0":                        {Stage: "\n", Metric: "dropped", Op: "==", Bound: 0},
		"p99 < 1s: mean < 2s abort: retries == 0": {Stage: "p99 < 1s: mean < 2s abort", Metric: "retries", Op: "==", Bound: 0},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, err, want)
			continue
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("Parse(%q), the String of %q, = %+v, %v, want %+v", got, text, again, err, got)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("Validate of %q = %v, want nil", text, err)
		}
	}
}

func TestString(t *testing.T) {
	for want, text := range map[string]string{
		"heavy: p99.9 < 1.5s abort after 10s": "heavy: p99.90<1500 abort after 10000ms",
		"error_ratio < 0.001":                 "error_ratio < 0.1%",
		"throughput > 100/s":                  "throughput > 100",
		"amplification <= 1":                  "amplification <= 1.0",
	} {
		if got, err := Parse(text); err != nil || got.String() != want {
			t.Errorf("String of Parse(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

// Each line of want is in the error; all is reported together.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                   {"no operator"},
		"p99":                                {"no operator"},
		"p99 <":                              {"no bound"},
		"p99 < abort":                        {"no bound"},
		"< 500ms":                            {"names no metric"},
		": p99 < 1s":                         {"name of the stage before the colon is empty"},
		"heavy:p99 < 1s":                     {"heavy: p99"},
		"p99 < 500 ms":                       {`after the bound there is "ms"`},
		"p99 < 500ms abort 5s":               {`after the bound there is "abort 5s"`},
		"p99 < 500ms abort after soon":       {"abort after soon: want a duration"},
		"p99 < 500ms abort after -5s":        {"abort after -5s: want a duration"},
		"p99 < 500ms abort after 25h":        {"abort after 25h0m0s: want a duration"},
		"P99 < 1s":                           {"perhaps p99"},
		"p(95) < 1s":                         {"perhaps p95"},
		"p100 < 1s":                          {"no percentile p100", "the largest is max"},
		"p0 < 1s":                            {"no percentile p0"},
		"p99.9999 < 1s":                      {"at most three decimals"},
		"eror_ratio < 1%":                    {"perhaps error_ratio"},
		"trouhgput > 1/s":                    {"perhaps throughput"},
		"avg < 1s":                           {"perhaps mean"},
		"colour < 1":                         {`no metric "colour"; there are p1 to p99.999, min, `},
		"p99 =< 1s":                          {`no operator "=<"`},
		"p99 ≤ 1s":                           {`no operator "≤"`},
		"p99 != 1s":                          {`no operator "!="`},
		"p99 < -5ms":                         {"-5ms is negative, which p99 never is"},
		"p99 < 0":                            {"must be above 0"},
		"p99 < 0.0000001":                    {"must be above 0"},
		"p99 < NaN":                          {"cannot have the bound NaN"},
		"p99 < Inf":                          {"cannot have the bound Inf"},
		"p99 < 1%":                           {"cannot have the bound 1%: want a duration"},
		"p99 < 5e2":                          {"cannot have the bound 5e2"},
		"p99 < 25h":                          {"up to 24h"},
		"p99 < --5ms":                        {"cannot have the bound --5ms"},
		"p99 < +5ms":                         {"cannot have the bound +5ms"},
		"p99 < 9999999999999999999999999h":   {"cannot have the bound"},
		"error_ratio < 500ms":                {"cannot have the bound 500ms: want 0 to 1"},
		"error_ratio < 2":                    {"cannot have the bound 2: want 0 to 1"},
		"error_ratio < 101%":                 {"want 0 to 1"},
		"error_ratio < -1%":                  {"-1% is negative"},
		"error_ratio < 0":                    {"never < 0, so nothing can meet it"},
		"error_ratio <= 1":                   {"always <= 1, so nothing can fail it"},
		"error_ratio > 1":                    {"never > 1"},
		"error_ratio >= 0":                   {"always >= 0"},
		"amplification < 1":                  {"never < 1"},
		"amplification > 0.5":                {"always > 0.5"},
		"amplification == 0.5":               {"never == 0.5"},
		"failures < 1.5":                     {"whole number"},
		"dropped == 1%":                      {"want a whole number"},
		"requests > 9999999999999":           {"want a whole number"},
		"throughput > 1ms":                   {"want a number a second"},
		"requests > 10 abort":                {"may still come to hold"},
		"max > 1s abort":                     {"may still come to hold"},
		"min < 1s abort":                     {"may still come to hold"},
		"throughput > 10/s abort":            {"low at the start of every stage"},
		"p999 =< 1x abort after never":       {"no percentile p999", `no operator "=<"`, "abort after never"},
		"heavy: error_rtio <> 5 abort never": {"perhaps error_ratio", `no operator "<>"`, "abort never"},
	} {
		got, err := Parse(text)
		if err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, got)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("Parse(%q) = %q, want %q in it", text, err, w)
			}
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !strings.HasPrefix(line, "threshold ") {
				t.Errorf("Parse(%q): the line %q does not say which threshold", text, line)
			}
		}
	}
}

func TestParseAll(t *testing.T) {
	stages := []string{"light", "a: b"}
	got, err := ParseAll([]string{"p99 < 1s", "a: b: dropped == 0", " light : p50 < 10ms", "p99 < 1s abort"}, stages)
	if err != nil || len(got) != 4 || got[1].Stage != "a: b" || got[2].Stage != "light" {
		t.Errorf("ParseAll = %v, %v, want four for all, a: b and light", got, err)
	}
	_, err = ParseAll([]string{"p99 < 1q", "ligth: p99 < 1s", "error_ratio < 7", "p50 > 2s", "p50 < 1s"}, stages)
	for _, w := range []string{"1q", `no stage "ligth"; there are light, a: b`, "bound 7", `"p50 > 2s" and "p50 < 1s" contradict`} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("ParseAll of five wrong ones = %v, want %q in it", err, w)
		}
	}
	if _, err := ParseAll([]string{"x: p99 < 1s"}, nil); err != nil {
		t.Errorf("ParseAll with any stage = %v, want nil", err)
	}
	if _, err := ParseAll([]string{"x: p99 < 1s"}, []string{}); err == nil {
		t.Error("ParseAll without stages = nil, want an error")
	}
}

func TestContradictions(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"p50 < 1s", "p50 > 1s", true},
		{"p50 < 1s", "p50 >= 1s", true},
		{"p50 <= 1s", "p50 >= 1s", false},
		{"p50 <= 1s", "p50 == 1s", false},
		{"p50 < 1s", "p50 == 1s", true},
		{"p50 == 2s", "p50 == 1s", true},
		{"p50 < 1s", "p50 > 500ms", false},
		{"p50 < 1s", "p50 < 2s", false},
		{"p50 < 1s", "p90 > 2s", false},
		{"x: p50 < 1s", "p50 > 2s", true},
		{"x: p50 < 1s", "y: p50 > 2s", false},
	} {
		for _, pair := range [][]string{{row.a, row.b}, {row.b, row.a}} {
			if _, err := ParseAll(pair, nil); (err != nil) != row.want {
				t.Errorf("ParseAll(%q) = %v, want a contradiction: %v", pair, err, row.want)
			}
		}
	}
}

func TestValidateByHand(t *testing.T) {
	for _, bad := range []Threshold{
		{},
		{Metric: "p99.0", Op: "<", Bound: 1},
		{Metric: "p99", Op: "!", Bound: 1},
		{Metric: "p99", Op: "<", Bound: math.NaN()},
		{Metric: "error_ratio", Op: "<", Bound: math.Inf(1)},
		{Metric: "p99", Op: "<", Bound: 1, AbortAfter: time.Second},
		{Metric: "p99", Op: "<", Bound: 1, Abort: true, AbortAfter: -1},
	} {
		if bad.Validate() == nil {
			t.Errorf("Validate of %+v = nil, want an error", bad)
		}
	}
}

// Every threshold that is valid survives String and Parse.
func TestStringIsTheInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	valid := 0
	for range 20000 {
		th := random(r)
		if th.Validate() != nil {
			continue
		}
		valid++
		if got, err := Parse(th.String()); err != nil || got != th {
			t.Fatalf("Parse(%q) = %+v, %v, want %+v", th, got, err, th)
		}
	}
	if valid < 5000 {
		t.Errorf("%d of 20000 were valid, too few to show anything", valid)
	}
}

func random(r *rand.Rand) Threshold {
	m := metrics[r.IntN(len(metrics))]
	if r.IntN(3) == 0 {
		m, _ = percentile(number(float64(1000+r.IntN(98999)) / 1000))
	}
	th := Threshold{Metric: m.name, Op: ops[r.IntN(len(ops))], Stage: []string{"", "a", ": ", "b:", "p1 < 2: ", "\xff\n"}[r.IntN(6)]}
	switch m.kind {
	case latency:
		th.Bound = float64(r.Int64N([]int64{1e3, 1e9, 864e11}[r.IntN(3)])) / 1e6
	case ratio:
		th.Bound = []float64{r.Float64(), 0, 1, 1e-300, 5e-324}[r.IntN(5)]
	case count:
		th.Bound = float64(r.IntN(1e9))
	default:
		th.Bound = 1 + r.ExpFloat64()*100
	}
	if th.Abort = r.IntN(2) == 0; th.Abort {
		th.AbortAfter = time.Duration(r.Int64N([]int64{1, 1e3, 1e12}[r.IntN(3)]))
	}
	return th
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"p99 < 500ms", "heavy: error_ratio < 1% abort after 5s", "a:: p1.5>=.5h", "goodput > 1/s", "x: p99<1", ": ", "mean == 1h1ns"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		th, err := Parse(text)
		if err != nil {
			if th != (Threshold{}) {
				t.Errorf("Parse(%q) = %+v with the error %v", text, th, err)
			}
			return
		}
		if err := th.Validate(); err != nil {
			t.Errorf("Parse(%q) = %+v, which Validate refuses: %v", text, th, err)
		}
		if again, err := Parse(th.String()); err != nil || again != th {
			t.Errorf("Parse(%q) = %+v, %v, want %+v as of %q", th, again, err, th, text)
		}
	})
}
