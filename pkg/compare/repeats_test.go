package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/runs"
)

// repeatedStages is executions against one service whose starts differ: each has latencies of
// its own, some hundredths longer or shorter, times a factor.
func repeatedStages(r *rand.Rand, n int, factor float64) (list []runs.Stage) {
	w := simulatedService{name: "heavy", n: 1200, vus: 2, spread: .3, begins: .02, ends: 1, failing: .5}
	for range n {
		s := w.stage(r)
		start := factor * math.Exp(.1*r.NormFloat64())
		for i := range s.Operations {
			s.Operations[i].LatencyMS *= start
		}
		list = append(list, s)
	}
	return list
}

// What differs between starts makes single runs differ and repeated ones not,
// unless there is a change.
func TestRepeatsKnowHowStartsDiffer(t *testing.T) {
	const trials = 20
	r := rand.New(rand.NewPCG(7, 7))
	single, repeated, found := 0, 0, 0
	for range trials {
		a, b := repeatedStages(r, 4, 1), repeatedStages(r, 4, 1)
		differs := func(c Comparison) int {
			v, _ := c.Change(P50)
			if v.Verdict == Better || v.Verdict == Worse {
				return 1
			}
			return 0
		}
		single += differs(Repeats(a[:1], b[:1], Options{}))
		repeated += differs(Repeats(a, b, Options{}))
		found += differs(Repeats(a, repeatedStages(r, 4, 1.8), Options{}))
	}
	t.Logf("of %d: single runs differ %d times, four of each %d times, with 80 %% more %d times", trials, single, repeated, found)
	if single < trials/2 || repeated > 2 || found < trials*9/10 {
		t.Errorf("of %d: single runs differ %d times, four of each %d times, with 80 %% more %d times; want most, hardly any, nearly all", trials, single, repeated, found)
	}
}

func TestRepeats(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	a, b := repeatedStages(r, 3, 1), repeatedStages(r, 3, 1.2)
	b[1].State, b[1].Policy = runs.Interrupted, "another"
	c := Repeats(a, b, Options{})
	product := 1.
	for _, s := range a {
		product *= runs.Summarize(s).P95
	}
	v, _ := c.Change(P95)
	if want := math.Cbrt(product); math.Abs(v.A.Value/want-1) > 1e-9 || !(v.A.Low < want && want < v.A.High) {
		t.Errorf("p95 of three runs %v, want their geometric mean %v within its interval", v.A, want)
	}
	back := Repeats(b, a, Options{})
	for i, v := range c.Changes {
		if w := back.Changes[i]; w.A != v.B || w.B != v.A {
			t.Errorf("%s: sides %v %v, swapped %v %v", v.Metric, v.A, v.B, w.A, w.B)
		}
	}
	if c.A.Repeats != 3 || c.A.Operations != 3600 || c.B.State != runs.Interrupted || len(c.Differences) != 1 {
		t.Errorf("sides %+v and %+v, differing in %v; want three runs of 3600, B interrupted, the policy", c.A, c.B, c.Differences)
	}
	if text := c.String(); !strings.Contains(text, "3 runs of 3600 requests") || !strings.Contains(text, "B's run 2 is interrupted") || strings.Contains(text, "one start or hour") {
		t.Errorf("the comparison as text:\n%s", text)
	}
	one := Repeats(a, b[:1], Options{})
	if v, _ := one.Change(Mean); v.Verdict != TooFew || !strings.Contains(v.Note, "B was executed once") {
		t.Errorf("three against one: %q, %s; want too few samples", v.Verdict, v.Note)
	}
	short := slices.Clone(b)
	short[2].Operations = short[2].Operations[:100]
	few := Repeats(a, short, Options{})
	if v, _ := few.Change(P99); v.Verdict != TooFew || !strings.Contains(v.Note, "B's run 3 has 100 of the 1000") {
		t.Errorf("one short run: p99 is %q, %s; want too few samples", v.Verdict, v.Note)
	}
	if c := Repeats(nil, a, Options{}); len(c.Changes) != 0 {
		t.Errorf("nothing against three: %v", c.Changes)
	}
}

// That no run had a failure does not prove that there are none.
func TestRepeatsWithoutEvents(t *testing.T) {
	c := Repeats([]runs.Stage{equalOperations(500), equalOperations(500), equalOperations(500)}, []runs.Stage{equalOperations(500), equalOperations(500), equalOperations(500)}, Options{})
	for _, m := range []Metric{ErrorRatio, Amplification} {
		v, _ := c.Change(m)
		if v.Verdict != NoDifference || v.A.Low != v.A.Value || !(v.A.High > v.A.Value) || !(v.Change.Low < 0 && v.Change.High > 0 && v.Change.High < 1) {
			t.Errorf("%s without an event: %v, changed %v (%s); want a small interval around no change", m, v.A, v.Change, v.Verdict)
		}
	}
}

func TestStagesOfSeveralRuns(t *testing.T) {
	named := func(names string) (list []runs.Stage) {
		for _, n := range strings.Fields(names) {
			s := equalOperations(30)
			s.Stage = n
			list = append(list, s)
		}
		return list
	}
	common, unmatched := ByName([][]runs.Stage{named("light heavy old part"), named("heavy light old")}, [][]runs.Stage{named("heavy light part"), named("light heavy new part")}, Options{})
	var names []string
	for _, c := range common {
		names = append(names, c.A.Stage)
	}
	if want := []Unmatched{{"old", "A"}, {"part", ""}, {"new", "B"}}; !slices.Equal(names, []string{"light", "heavy"}) || !slices.Equal(unmatched, want) {
		t.Errorf("common %v, unmatched %v; want light and heavy, %v", names, unmatched, want)
	}
}

func TestRepeatsHaveOneName(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{"heavy", "heavy"}, "heavy"}, {[]string{"fixed 1", "fixed 2", "fixed 10"}, "fixed"}, {[]string{"a-1", "a-2"}, "a"}, {[]string{"fixed 1", "fixed 10"}, "fixed"}, {[]string{"x試", "x詩"}, "x"},
		{[]string{"one", "two"}, "one"}, {[]string{"1", "2"}, "1"}, {[]string{"ü1", "ü2"}, "ü"},
	} {
		var stages []runs.Stage
		for _, n := range tt.names {
			stages = append(stages, runs.Stage{Info: runs.Info{Stage: n}})
		}
		if got := CommonName(stages); got != tt.want {
			t.Errorf("CommonName(%q) = %q, want %q", tt.names, got, tt.want)
		}
	}
}

// outages is executions of 1200 purchases, of which a quarter, in the middle, fails with a probability.
func outages(r *rand.Rand, n int, probability float64) (list []runs.Stage) {
	for range n {
		s := equalOperations(1200)
		for i := 450; i < 750; i++ {
			if r.Float64() < probability {
				o := &s.Operations[i]
				o.Success, o.Attempts = false, 3
			}
		}
		list = append(list, s)
	}
	return list
}

// That purchases fail together while a fault lasts, in every execution, makes no difference between
// executions: a change of 5 points is found, and where there is none, none is.
func TestRepeatsUnderAFault(t *testing.T) {
	const trials = 60
	r := rand.New(rand.NewPCG(9, 9))
	found, falsely, widest := 0, 0, 0.
	for range trials {
		same, more := Repeats(outages(r, 3, .4), outages(r, 3, .4), Options{}), Repeats(outages(r, 3, .4), outages(r, 3, .6), Options{})
		for _, m := range []Metric{ErrorRatio, Amplification} {
			v, _ := same.Change(m)
			if v.Verdict != NoDifference {
				falsely++
			}
			v, _ = more.Change(m)
			if v.Verdict == Worse {
				found++
			}
			if m == ErrorRatio {
				widest = max(widest, v.Change.High-v.Change.Low)
			}
		}
	}
	t.Logf("of %d: a change found %d times, one that is not there %d times; the widest interval of errors has %.1f points", 2*trials, found, falsely, widest)
	if found < trials*3/2 || falsely > trials/5 || widest > 20 {
		t.Errorf("of %d: a change found %d times, one that is not there %d times; the widest interval of errors has %.1f points", 2*trials, found, falsely, widest)
	}
}

// TestRepeatsOfManyAttempts: the interval of a large amplification is as wide as that of its count of retries.
func TestRepeatsOfManyAttempts(t *testing.T) {
	var list []runs.Stage
	for range 3 {
		s := equalOperations(100)
		for i := range s.Operations {
			s.Operations[i].Attempts = 11
		}
		list = append(list, s)
	}
	v, _ := Repeats(list, list, Options{}).Change(Amplification)
	if want := (Estimate{11, 10.6, 11.4}); !near(v.A, want, .1) {
		t.Errorf("11 attempts in each of 300 operations: %v, want about %v", v.A, want)
	}
}
