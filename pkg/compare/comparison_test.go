package compare

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

func pair() (a, b runs.Stage) {
	r := rand.New(rand.NewPCG(4, 4))
	a = simulatedService{name: "heavy", n: 2_000, vus: 10, spread: .5, begins: .02, ends: 1, failing: .5}.stage(r)
	b = simulatedService{name: "heavy", n: 3_000, vus: 10, spread: .6, begins: .04, ends: .5, failing: .5}.stage(r)
	return a, b
}

func TestPointEstimatesAreThoseOfTheSummary(t *testing.T) {
	a, b := pair()
	c := Stages(a, b, Options{})
	for _, side := range []struct {
		s   runs.Summary
		get func(Change) Estimate
	}{{runs.Summarize(a), func(v Change) Estimate { return v.A }}, {runs.Summarize(b), func(v Change) Estimate { return v.B }}} {
		s := side.s
		for m, want := range map[Metric]float64{
			P50: s.P50, P90: s.P90, P95: s.P95, P99: s.P99, Amplification: s.Amplification, Throughput: s.RequestsPerSecond,
			ErrorRatio: 100 * float64(s.Failure) / float64(s.Requests), UnknownRatio: 100 * float64(s.Unknown) / float64(s.Requests),
			Goodput: float64(s.Success) / s.Seconds,
		} {
			v, ok := c.Change(m)
			if got := side.get(v); !ok || math.Abs(got.Value-want) > 1e-9*want || !(got.Low < got.Value && got.Value < got.High) {
				t.Errorf("%s = %v, want the summary's %v within its interval", m, got, want)
			}
		}
	}
	if len(c.Changes) != len(Metrics()) {
		t.Errorf("%d changes, want one for each of %d metrics", len(c.Changes), len(Metrics()))
	}
}

func TestSwappedSidesInvertTheChange(t *testing.T) {
	a, b := pair()
	there, back := Stages(a, b, Options{}), Stages(b, a, Options{})
	inverse := map[Verdict]Verdict{Better: Worse, Worse: Better, NoDifference: NoDifference, TooFew: TooFew}
	seen := map[Verdict]bool{}
	for i, v := range there.Changes {
		w := back.Changes[i]
		seen[v.Verdict] = true
		invert := func(x float64) float64 { return -x }
		if v.Metric.ChangeUnit() == "%" {
			invert = func(x float64) float64 { return 100 * (1/(1+x/100) - 1) }
		}
		want := Estimate{invert(v.Change.Value), invert(v.Change.High), invert(v.Change.Low)}
		if !near(w.Change, want, 1e-9) || w.Verdict != inverse[v.Verdict] || w.A != v.B {
			t.Errorf("%s: %v (%s) one way, %v (%s) the other, want %v", v.Metric, v.Change, v.Verdict, w.Change, w.Verdict, want)
		}
	}
	if !seen[Worse] || !seen[NoDifference] {
		t.Errorf("verdicts %v: the example should have some that are worse and some that are not", seen)
	}
}

func TestScaledLatenciesScaleTheChange(t *testing.T) {
	a, b := pair()
	plain := Stages(a, b, Options{})
	for _, k := range []float64{.001, 3, 1e6} {
		scaled := b
		scaled.Operations = slices.Clone(b.Operations)
		for i := range scaled.Operations {
			scaled.Operations[i].LatencyMS *= k
		}
		for i, v := range Stages(a, scaled, Options{}).Changes {
			want := plain.Changes[i].Change
			if v.Metric.Unit() == "ms" {
				want = want.transform(func(x float64) float64 { return 100 * ((1+x/100)*k - 1) })
			}
			if !near(v.Change, want, 1e-6*math.Abs(want.High)) {
				t.Errorf("latencies × %v: %s changes by %v, want %v", k, v.Metric, v.Change, want)
			}
		}
	}
}

func TestOrderOfRowsMakesNoDifference(t *testing.T) {
	a, b := pair()
	for i := range b.Operations { // fifty at one time each
		b.Operations[i].ScheduledTS = b.Started.Add(time.Duration(i/50) * time.Second)
	}
	want := Stages(a, b, Options{})
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(b.Operations), func(i, j int) { b.Operations[i], b.Operations[j] = b.Operations[j], b.Operations[i] })
	if got := Stages(a, b, Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("shuffled rows give %v, want %v", got, want)
	}
}

func TestMoreConfidenceIsWider(t *testing.T) {
	a, b := pair()
	narrow, wide := Stages(a, b, Options{Confidence: .5}), Stages(a, b, Options{Confidence: .999})
	for i, v := range narrow.Changes {
		if w := wide.Changes[i].Change; !(w.Low < v.Change.Low && v.Change.High < w.High) {
			t.Errorf("%s: %v at 50 %% and %v at 99.9 %%", v.Metric, v.Change, w)
		}
	}
	for _, bad := range []float64{0, 1, -3, math.NaN()} {
		if c := Stages(a, b, Options{Confidence: bad}); c.Confidence != .95 {
			t.Errorf("confidence %v is taken as %v, want 0.95", bad, c.Confidence)
		}
	}
}

// equalOperations is a stage of n equal operations, one after the other.
func equalOperations(n int) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: "light", State: runs.Complete, Requests: n, VUs: 1, Started: time.Unix(1_700_000_000, 0)}}
	for i := range n {
		at := s.Started.Add(time.Duration(i) * 10 * time.Millisecond)
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), ScheduledTS: at, EndTS: at.Add(10 * time.Millisecond), LatencyMS: 10, Attempts: 1, Success: true})
	}
	return s
}

func TestTooFewSamples(t *testing.T) {
	c := Stages(equalOperations(150), equalOperations(150), Options{})
	for _, v := range c.Changes {
		want := NoDifference
		if v.Metric == P95 || v.Metric == P99 {
			want = TooFew
		}
		if v.Verdict != want {
			t.Errorf("150 samples: %s is %q, want %q (%s)", v.Metric, v.Verdict, want, v.Note)
		}
	}
	if v, _ := c.Change(P99); !strings.Contains(v.Note, "A has 150 of the 1000 samples needed") || !strings.Contains(v.Note, "; B has") {
		t.Errorf("p99: %q, want it to say how many samples both have", v.Note)
	}
	// no failure was seen: up to about 3.8 in 150 may have gone unseen by chance
	if v, _ := c.Change(ErrorRatio); v.A.Value != 0 || v.A.Low != 0 || v.A.High < 2 || v.A.High > 3 || v.Change.Low > -2 || v.Change.High < 2 {
		t.Errorf("no failures in 150: %v, changed %v; want up to between 2 and 3 %%", v.A, v.Change)
	}
}

func TestDependentSamplesAreTooFew(t *testing.T) {
	a, b := equalOperations(2000), equalOperations(2000)
	for i := range b.Operations {
		if i >= 900 && i < 1100 { // one long stall
			b.Operations[i].LatencyMS = 1000
		}
	}
	v, _ := Stages(a, b, Options{}).Change(P95)
	if v.Verdict != TooFew || !strings.Contains(v.Note, "B's 2000 samples depend on one another") {
		t.Errorf("one stall of 200 requests: p95 is %q (%s), want too few samples", v.Verdict, v.Note)
	}
	for i := range b.Operations {
		b.Operations[i].LatencyMS = 100 + float64(i)
	}
	if v, _ := Stages(a, b, Options{}).Change(Mean); v.Verdict != TooFew || !strings.HasPrefix(v.Note, "B") {
		t.Errorf("a trend: the mean is %q (%s), want too few samples", v.Verdict, v.Note)
	}
}

func TestComparisonWarns(t *testing.T) {
	a, b := equalOperations(100), equalOperations(40)
	a.VUs, b.VUs = 50, 20
	for i := range a.Operations { // two rounds of fifty
		a.Operations[i].ScheduledTS = a.Started.Add(time.Duration(i/50) * 10 * time.Millisecond)
		a.Operations[i].EndTS = a.Operations[i].ScheduledTS.Add(10 * time.Millisecond)
	}
	b.Report = &load.Report{Dropped: 7}
	a.Policy, b.Policy = "one attempt", "three attempts"
	a.API, b.API = "http://a", "http://b"
	a.Faults, b.Faults = json.RawMessage(`{"windows": [1]}`), json.RawMessage(`{"windows":[1]}`)
	b.State, b.Requests = runs.Interrupted, 100
	for i := range b.Operations {
		b.Operations[i].Success = false
	}
	text := Stages(a, b, Options{}).String()
	for _, want := range []string{
		"VUs: 50 in A, 20 in B", "policy: one attempt in A, three attempts in B", "API: http://a in A", "B is interrupted: 40 of 100",
		"A has 2.0 times as many requests as the 50 in flight at once", "B dropped 7 arrivals", "500 requests would be enough", "fails at once is fast", "error_ratio %", "worse",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the comparison does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "faults") || strings.Contains(text, "requests: ") {
		t.Errorf("the comparison names a difference that is none:\n%s", text)
	}
	for _, line := range strings.Split(text, "\n") {
		if n := len([]rune(line)); n > 100 && !strings.HasPrefix(line, "beware") && !strings.Contains(line, "samples needed") {
			t.Errorf("%d columns, want at most 100: %s", n, line)
		}
	}
	for _, without := range []string{"", "null", `{"seed": 3, "windows": []}`} {
		b.Faults = json.RawMessage(without)
		if d := differences(a.Info, b.Info); d[len(d)-1] != (Difference{"faults", `{"windows":[1]}`, "none"}) {
			t.Errorf("faults %q: differences = %v, want the faults among them", without, d)
		}
	}
}

func TestHostileStagesAreCompared(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	odd := equalOperations(60)
	for i, v := range []float64{nan, inf, -inf, -5, 0, 1e308, 1e308} {
		odd.Operations[i].LatencyMS = v
	}
	odd.Operations[7].Attempts, odd.Operations[8].Attempts = -3, math.MaxInt64
	odd.Operations[9].EndTS, odd.Operations[10].ScheduledTS = time.Time{}, time.Unix(1<<40, 0)
	none := equalOperations(60)
	for i := range none.Operations {
		none.Operations[i] = runs.Operation{LatencyMS: nan}
	}
	stages := []runs.Stage{{}, equalOperations(0), equalOperations(1), equalOperations(2), equalOperations(29), odd, none}
	for i, a := range stages {
		for j, b := range stages {
			c, twice := Stages(a, b, Options{}), Repeats([]runs.Stage{a, b}, []runs.Stage{b, b}, Options{})
			for _, c := range []Comparison{c, twice} {
				if _, err := json.Marshal(c); err != nil || c.String() == "" {
					t.Errorf("stage %d against %d: %v", i, j, err)
				}
			}
			for _, v := range append(c.Changes, twice.Changes...) {
				if (v.Verdict == Better || v.Verdict == Worse) && !(v.Change.Low <= v.Change.High) {
					t.Errorf("stage %d against %d: %s is %s by %v", i, j, v.Metric, v.Verdict, v.Change)
				}
			}
		}
	}
}

// storeRun keeps a run with stages of 30 operations of these names.
func storeRun(t *testing.T, store runs.Store, names ...string) runs.Run {
	t.Helper()
	run, err := store.Create("compared", "http://127.0.0.1:8000")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		w, err := run.Begin(runs.Info{Stage: name, Kind: runs.Load, Requests: 30, VUs: 5})
		if err != nil {
			t.Fatal(err)
		}
		var list []runs.Record
		for _, o := range equalOperations(30).Operations {
			list = append(list, runs.Record{Operation: o})
		}
		if err := errors.Join(w.Append(list), w.Finish(runs.Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

func TestRuns(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	a, b := storeRun(t, store, "light", "gone", "heavy"), storeRun(t, store, "heavy", "new", "light")
	common, unmatched, err := Runs([]runs.Run{a}, []runs.Run{b}, Options{})
	if err != nil || len(common) != 2 || common[0].A.Stage != "light" || common[1].B.Stage != "heavy" || common[0].A.Run != a.ID || common[1].B.Run != b.ID {
		t.Errorf("Runs = %v, %v; want light and heavy", common, err)
	}
	if want := []Unmatched{{"gone", "A"}, {"new", "B"}}; !slices.Equal(unmatched, want) {
		t.Errorf("unmatched %v, want %v", unmatched, want)
	}
	if _, _, err := Runs([]runs.Run{a}, []runs.Run{{}}, Options{}); err == nil {
		t.Error("a run that cannot be read is compared")
	}
}

func BenchmarkCompareMillion(b *testing.B) {
	r := rand.New(rand.NewPCG(6, 6))
	w := simulatedService{n: 1_000_000, vus: 50, spread: .5, begins: .01, ends: .1, failing: .5}
	x, y := w.stage(r), w.stage(r)
	b.ReportAllocs()
	for b.Loop() {
		Stages(x, y, Options{})
	}
}
