package compare

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"sagalab/pkg/runs"
)

func TestParseGates(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Gate
	}{
		{"p99 < +10%", Gate{"", P99, false, 10}},
		{"error_ratio<+0.5pp", Gate{"", ErrorRatio, false, .5}},
		{"  throughput  >  -5 % ", Gate{"", Throughput, true, -5}},
		{"heavy: p99 < .5%", Gate{"heavy", P99, false, .5}},
		{"a:b c : mean < 1.%", Gate{"a:b c", Mean, false, 1}},
		{"unknown_ratio < -1pp", Gate{"", UnknownRatio, false, -1}},
		{"amplification < 250%", Gate{"", Amplification, false, 250}},
	} {
		got, err := ParseGates(tt.in)
		if err != nil || len(got) != 1 || got[0] != tt.want {
			t.Errorf("ParseGates(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
	}
}

func TestGatesAreRefusedTogether(t *testing.T) {
	wrong := map[string]string{
		"p99": "write it like", "": "write it like", "p98 < +10%": `"p98" is no metric`, "p99 < +10pp": "is in %, not in pp", "error_ratio < 1%": "is in pp",
		": p99 < 1%": "no stage", "p99 < 1": "write it like", "p99 <= 1%": "write it like", "p99 < NaN%": "write it like", "p99 > -101%": "no change is beyond",
		"error_ratio < 101pp": "no change is beyond", "p99 < 1e3%": "write it like", "p99 < " + strings.Repeat("9", 400) + "%": "too large", "p99 < 1% 2%": "write it like",
	}
	texts := []string{"p50 < 5%"}
	for text := range wrong {
		texts = append(texts, text)
	}
	gates, err := ParseGates(texts...)
	if err == nil || gates != nil {
		t.Fatalf("ParseGates = %v, %v; want all but one refused", gates, err)
	}
	for text, want := range wrong {
		if _, alone := ParseGates(text); alone == nil || !strings.Contains(alone.Error(), want) || !strings.Contains(err.Error(), alone.Error()) {
			t.Errorf("gate %q: %v, want %q, also among all", text, alone, want)
		}
	}
}

func FuzzParseGate(f *testing.F) {
	for _, s := range []string{"p99 < +10%", "error_ratio < +0.5pp", "heavy: throughput > -5%", "a:b:p50<1%", ":", "p99 < 0.000001%", "p99 < -0%", "\xff:p99<1%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		gates, err := ParseGates(text)
		if err != nil {
			return
		}
		g := gates[0]
		if !g.Metric.valid() || math.IsNaN(g.Bound) || math.IsInf(g.Bound, 0) || g.Bound < -100 {
			t.Fatalf("ParseGates(%q) accepted %+v", text, g)
		}
		if again, err := ParseGates(g.String()); err != nil || again[0] != g {
			t.Fatalf("ParseGates(%q) = %+v; as text %q it is %+v, %v", text, g, g.String(), again, err)
		}
	})
}

// compared is a comparison of one stage in which one metric changed.
func compared(m Metric, change Estimate, verdict Verdict) Comparison {
	s := Side{Stage: "heavy", State: runs.Complete, Operations: 1000, Planned: 1000}
	return Comparison{A: s, B: s, Changes: []Change{{Metric: m, Change: change, A: Estimate{1, 1, 1}, B: Estimate{2, 2, 2}, Verdict: verdict}}}
}

func TestGatesAreJudged(t *testing.T) {
	interrupted := compared(P99, Estimate{1, 0, 2}, Worse)
	interrupted.B.State = runs.Interrupted
	dropped := compared(P99, Estimate{1, 0, 2}, Worse)
	dropped.B.Dropped = 3
	few := compared(P99, Estimate{1, 0, 2}, TooFew)
	few.Changes[0].Note = "A has 5 of the 1000 samples that it wants"
	none := compared(ErrorRatio, Estimate{0, -4, 4}, NoDifference)
	none.Changes[0].A, none.Changes[0].B = Estimate{0, 0, 4}, Estimate{0, 0, 4}
	gone := compared(Goodput, Estimate{-100, -100, -99}, Worse)
	for _, tt := range []struct {
		name, gate string
		c          Comparison
		want       GateVerdict
		detail     string
	}{
		{"below", "p99 < +10%", compared(P99, Estimate{5, 1, 9}, Worse), GateHolds, "+5.0% [+1.0, +9.0]"},
		{"above", "p99 < +10%", compared(P99, Estimate{15, 11, 19}, Worse), GateViolated, ""},
		{"straddles", "p99 < +10%", compared(P99, Estimate{5, -5, 15}, NoDifference), GateUnclear, "about 3900 requests"},
		{"straddles from above", "p99 < +10%", compared(P99, Estimate{15, 5, 25}, Worse), GateUnclear, "requests in each run would decide"},
		{"on the bound", "p99 < +10%", compared(P99, Estimate{10, 5, 15}, Worse), GateUnclear, "no number would"},
		{"a rate", "throughput > -5%", compared(Throughput, Estimate{-2, -4, 0}, NoDifference), GateHolds, ""},
		{"a rate below", "throughput > -5%", compared(Throughput, Estimate{-12, -14, -10}, Worse), GateViolated, ""},
		{"all gone", "goodput > -5%", gone, GateViolated, ""},
		{"points", "error_ratio < +0.5pp", compared(ErrorRatio, Estimate{1, 0, 2}, NoDifference), GateUnclear, "about 4000 requests"},
		{"no event", "error_ratio < +0.5pp", none, GateUnclear, "about 8000 requests"},
		{"interrupted", "p99 < +10%", interrupted, GateUnclear, "not completed"},
		{"interrupted and bad", "p99 < -1%", interrupted, GateViolated, ""},
		{"dropped", "p99 < +10%", dropped, GateUnclear, "arrivals were dropped"},
		{"few", "heavy: p99 < +10%", few, GateUnclear, "5 of the 1000"},
	} {
		gates, err := ParseGates(tt.gate)
		if err != nil {
			t.Fatal(err)
		}
		got := JudgeGates(gates, []Comparison{tt.c}, nil)
		if len(got) != 1 || got[0].Verdict != tt.want || !strings.Contains(got[0].Detail, tt.detail) {
			t.Errorf("%s: %s on %v = %v, want %s with %q", tt.name, tt.gate, tt.c.Changes[0].Change, got, tt.want, tt.detail)
		}
	}
}

func TestGatesOfStages(t *testing.T) {
	heavy, light := compared(P99, Estimate{1, 0, 2}, Worse), compared(P99, Estimate{50, 40, 60}, Worse)
	light.A.Stage = "light"
	common := []Comparison{heavy, light}
	gates, err := ParseGates("p99 < +10%", "heavy: p99 < +10%", "gone: p99 < 1%", "huge: p50 < 1%")
	if err != nil {
		t.Fatal(err)
	}
	err = CheckGates(gates, common)
	for _, want := range []string{`"gone"`, `"huge"`, "only heavy, light"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CheckGates = %v, want %s named", err, want)
		}
	}
	if err := CheckGates(gates[:2], common); err != nil {
		t.Errorf("CheckGates = %v, want nil", err)
	}
	got := JudgeGates(gates[:2], common, []Unmatched{{"gone", "A"}})
	var verdicts []string
	for _, r := range got {
		verdicts = append(verdicts, r.Stage+" "+string(r.Verdict))
	}
	if want := "heavy holds, light violated, gone unclear, heavy holds"; strings.Join(verdicts, ", ") != want {
		t.Errorf("JudgeGates = %s, want %s", strings.Join(verdicts, ", "), want)
	}
	if b, err := json.Marshal(got[3]); err != nil || !strings.Contains(string(b), `"gate":"heavy: p99 \u003c +10%"`) {
		t.Errorf("as JSON %s, %v", b, err)
	}
}

func TestGateExit(t *testing.T) {
	list := func(verdicts ...GateVerdict) (list []GateResult) {
		for _, v := range verdicts {
			list = append(list, GateResult{Verdict: v})
		}
		return list
	}
	for _, tt := range []struct {
		results []GateResult
		unclear GateVerdict
		want    int
	}{
		{nil, GateUnclear, 0}, {list(GateHolds, GateHolds), GateUnclear, 0}, {list(GateHolds, GateUnclear), GateUnclear, 2}, {list(GateUnclear, GateViolated), GateUnclear, 1},
		{list(GateHolds, GateUnclear), GateHolds, 0}, {list(GateHolds, GateUnclear), GateViolated, 1}, {list(GateViolated), GateHolds, 1},
	} {
		if got := GateExit(tt.results, tt.unclear); got != tt.want {
			t.Errorf("GateExit(%v, %s) = %d, want %d", tt.results, tt.unclear, got, tt.want)
		}
	}
}
