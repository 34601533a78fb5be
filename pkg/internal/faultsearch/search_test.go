package faultsearch

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
)

func run(t *testing.T, m *simulated, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stock is a world of n purchases.
func stock(n int) []World { return []World{{Purchases: n, Scarce: Stock}} }

// TestCertificateCounts: what is enumerated is what the formula says, all of it is executed or
// skipped with a reason, and what was skipped does what it was said to do.
func TestCertificateCounts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		worlds   []World
		faults   int
		attempts int
		calls    int // of each world, without faults
	}{
		{"one purchase, one fault", stock(1), 1, 3, 3},
		{"one purchase, two faults", stock(1), 2, 3, 3},
		{"two purchases, two faults", stock(2), 2, 3, 5},
		{"one purchase, three faults", stock(1), 3, 3, 3},
		{"four faults on at most two attempts", stock(1), 4, 2, 3},
		{"three purchases, two worlds", []World{{Purchases: 3, Scarce: Stock}, {Purchases: 3, Scarce: Money}}, 2, 3, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &simulated{steps: twoSteps(), attempts: 9}
			r := run(t, m, Options{Worlds: tt.worlds, Faults: tt.faults, Attempts: tt.attempts, Sample: 1 << 20, Repeats: 1, Series: -1})
			if r.Answer != NoneFound || r.ExitCode() != 0 || !r.Certificate.Complete {
				t.Fatalf("%s: %s", r.Answer, r.Sentence())
			}
			all := 0
			for _, c := range r.Certificate.Worlds {
				want := Formula{Calls: tt.calls, Kinds: 6, Failing: 5, Attempts: tt.attempts, Faults: tt.faults}
				if c.Formula != want || int64(c.Enumerated) != want.Count() || c.ByFormula != want.Count() || c.Added != 0 || c.Absent != 0 || c.Executed+c.skipped() != c.Enumerated {
					t.Errorf("%+v: %s; want %+v, which is %d", c, c.Arithmetic(), want, want.Count())
				}
				all += c.skipped()
				t.Log(c.Arithmetic())
			}
			if r.Certificate.Sampled != all || r.Certificate.SampleDiffered != 0 || len(r.Certificate.Skips) != all || tt.faults > 1 && all == 0 {
				t.Errorf("%d skipped, %d of them executed, of which %d differ", all, r.Certificate.Sampled, r.Certificate.SampleDiffered)
			}
			if len(m.log) != r.Executions || len(slices.Compact(slices.Sorted(slices.Values(m.log)))) != len(m.log) {
				t.Errorf("%d executions, %d of them different, %d counted", len(m.log), len(slices.Compact(slices.Sorted(slices.Values(m.log)))), r.Executions)
			}
		})
	}
}

// TestCertificateOfOtherServices: calls that only faults lead to, and attempts that are never
// made, are counted apart, so that the sum is right all the same.
func TestCertificateOfOtherServices(t *testing.T) {
	for _, tt := range []struct {
		name  string
		m     simulated
		added bool
	}{
		{"compensates", simulated{steps: twoSteps(), attempts: 1, compensates: true}, true},
		{"never tries again", simulated{steps: twoSteps(), attempts: 3, onlyOnce: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, &tt.m, Options{Worlds: stock(1), Sample: 1 << 20})
			c := r.Certificate.Worlds[0]
			if r.Answer != NoneFound || (c.Added > 0) != tt.added || c.Absent == 0 || int64(c.Enumerated) != c.ByFormula+int64(c.Added)-c.Absent || c.Executed+c.skipped() != c.Enumerated {
				t.Errorf("%s: %s (%d enumerated)", r.Sentence(), c.Arithmetic(), c.Enumerated)
			}
			if c.Skipped[NotReached] == 0 || r.Certificate.SampleDiffered != 0 {
				t.Errorf("skipped: %v; %d differ", c.Skipped, r.Certificate.SampleDiffered)
			}
		})
	}
}

// TestEqualPurchases: when purchases begin at once, a schedule with their numbers exchanged is
// skipped.
func TestEqualPurchases(t *testing.T) {
	m := &simulated{steps: twoSteps()[:1], attempts: 9, rng: rand.New(rand.NewPCG(1, 2))}
	r := run(t, m, Options{Worlds: []World{{Purchases: 2, Scarce: Stock, AtOnce: true}}, Sample: 1 << 20})
	c := r.Certificate.Worlds[0]
	if r.Answer != NoneFound || c.Skipped[EqualPurchases] == 0 || int64(c.Enumerated) != c.ByFormula || c.Executed+c.skipped() != c.Enumerated {
		t.Errorf("%s: %s", r.Sentence(), c.Arithmetic())
	}
}

// TestWitness: a violation is found with the fewest faults, and made as small as it gets.
func TestWitness(t *testing.T) {
	for _, tt := range []struct {
		name      string
		m         simulated
		o         Options
		purchases int
		faults    []fault.Kind
		sentence  string
	}{
		{"a retry charges twice", simulated{steps: twoSteps(), attempts: 3, chargesTwice: "POST /charge"}, Options{Worlds: stock(2)}, 1, []fault.Kind{fault.DropReply},
			"One purchase; the reply to the first charge at payments is lost: one answered as confirmed (a purchase was not paid exactly once)"},
		{"duplicates alone are searched", simulated{steps: twoSteps(), attempts: 3, chargesTwice: "POST /charge"}, Options{Worlds: stock(2), Kinds: []fault.Kind{fault.Duplicate}}, 1, []fault.Kind{fault.Duplicate},
			"One purchase; the first charge at payments is delivered twice: one answered as confirmed (a purchase was not paid exactly once)"},
		{"two faults", simulated{steps: twoSteps(), attempts: 3, losesAfter: 2}, Options{Worlds: stock(2)}, 1, []fault.Kind{fault.Unavailable, fault.Unavailable}, ""},
		{"without a fault", simulated{steps: twoSteps(), attempts: 3, chargesTwice: "", losesAfter: -1}, Options{Worlds: stock(2)}, 0, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, &tt.m, tt.o)
			if tt.purchases == 0 {
				if r.Answer != NoneFound {
					t.Errorf("%s", r.Sentence())
				}
				return
			}
			w := r.Witness
			if r.Answer != FoundWitness || r.ExitCode() != 1 || w == nil {
				t.Fatalf("%s: %s", r.Answer, r.Why)
			}
			var kinds []fault.Kind
			for _, f := range w.Schedule.Faults {
				kinds = append(kinds, f.Fault)
			}
			if w.World.Purchases != tt.purchases || !slices.Equal(kinds, tt.faults) || !w.Minimal || w.Confirmed != 10 || w.Confirmations != 10 || w.Rule != "C3" || w.Counterexample == nil {
				t.Errorf("witness: %s (%+v), minimal %t, %s", w.Sentence, w.Schedule, w.Minimal, w.Reproduced())
			}
			if tt.sentence != "" && w.Sentence != tt.sentence {
				t.Errorf("says %q, want %q", w.Sentence, tt.sentence)
			}
			if got := w.Found + w.Shrunk + w.Confirmations; got != r.Executions || len(tt.m.log) != r.Executions {
				t.Errorf("%d executions to find, %d to shrink: %d in all, %d executed", w.Found, w.Shrunk, r.Executions, len(tt.m.log))
			}
		})
	}
}

// TestNotReproduced: a violation that does not come again is the answer only when there is no other one.
func TestNotReproduced(t *testing.T) {
	for _, once := range []int{1, 5, 30} {
		r := run(t, &simulated{steps: twoSteps(), attempts: 3, violatesOnceAt: once}, Options{Worlds: stock(1)})
		w := r.Witness
		if r.Answer != FoundWitness || w.Minimal || w.Confirmed != 0 || w.Confirmations != 10 || w.Found != once || !r.Certificate.Complete && r.Executions < 100 {
			t.Errorf("once in execution %d: %s: %+v", once, r.Sentence(), w)
		}
		if !strings.Contains(r.String(), "It may not be minimal.") || !strings.Contains(r.String(), "0 of 10 executions") {
			t.Errorf("says %s", r.String())
		}
		r = run(t, &simulated{steps: twoSteps(), attempts: 3, violatesOnceAt: once, losesAfter: 2}, Options{Worlds: stock(1)})
		if w := r.Witness; w == nil || len(w.Schedule.Faults) != 2 || !w.Minimal || w.Confirmed != 10 {
			t.Errorf("once in execution %d, and a defect: %s: %+v", once, r.Sentence(), w)
		}
	}
}

// TestOrderOfSearch: one fault goes before two, and replies lost after an effect go first.
func TestOrderOfSearch(t *testing.T) {
	m := &simulated{steps: twoSteps(), attempts: 3}
	var sizes []int
	var kinds []string
	o := Options{Worlds: stock(1), Sample: -1, Progress: func(p Progress) {
		if p.Doing == Growing && p.Last != nil {
			sizes = append(sizes, len(p.Last.Schedule.Faults))
			if len(p.Last.Schedule.Faults) == 1 {
				kinds = append(kinds, string(p.Last.Schedule.Faults[0].Fault))
			}
		}
	}}
	run(t, m, o)
	var want []string
	for _, k := range fault.CallKinds() {
		want = append(want, slices.Repeat([]string{string(k)}, 3)...)
	}
	if !slices.IsSorted(sizes) || !slices.Equal(kinds, want) {
		t.Errorf("faults: %v; kinds: %v", sizes, kinds)
	}
}

// TestUndecided: what could not be judged is no certificate, and says why.
func TestUndecided(t *testing.T) {
	gone := errors.New("the service is gone")
	for _, tt := range []struct {
		name string
		m    simulated
		o    Options
		why  string
	}{
		{"not quiet", simulated{notQuiet: 7}, Options{}, "in 1 of "},
		{"fails", simulated{fails: gone, failsAfter: 12}, Options{}, "the service is gone"},
		{"fails at once", simulated{fails: gone}, Options{}, "the service is gone"},
		{"budget", simulated{}, Options{Budget: time.Nanosecond}, "the budget is used up: 1ns"},
		{"a skipped one differs", simulated{resetsDiffer: true}, Options{}, "were skipped, executed as a sample, did otherwise than said"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.m.steps, tt.m.attempts, tt.o.Worlds = twoSteps(), 3, stock(1)
			r := run(t, &tt.m, tt.o)
			if r.Answer != Undecided || r.ExitCode() != 2 || !strings.Contains(r.Why, tt.why) || !strings.HasPrefix(r.Sentence(), "could not judge: ") || r.Certificate == nil {
				t.Errorf("%s: %q, want %q", r.Answer, r.Why, tt.why)
			}
		})
	}
}

// TestNotDeterministic: that executions of one schedule differ is counted, and is no reason not
// to judge.
func TestNotDeterministic(t *testing.T) {
	m := &simulated{steps: twoSteps(), attempts: 3, rng: rand.New(rand.NewPCG(1, 2)), noise: .3}
	r := run(t, m, Options{Worlds: stock(1), Sample: 50, Repeats: 20, Tries: 20})
	if r.Answer != NoneFound || r.Differed == 0 || r.Compared < 19 {
		t.Errorf("%s; %d of %d differ", r.Sentence(), r.Differed, r.Compared)
	}
}

// TestExhaustive: nothing is skipped when that is asked for.
func TestExhaustive(t *testing.T) {
	r := run(t, &simulated{steps: twoSteps(), attempts: 3}, Options{Worlds: stock(2), Exhaustive: true})
	if c := r.Certificate.Worlds[0]; r.Answer != NoneFound || int64(c.Executed) != c.ByFormula || c.skipped() != 0 || r.Certificate.Sampled != 0 {
		t.Errorf("%s: %s", r.Sentence(), c.Arithmetic())
	}
}

// TestInterrupted: the result of a search that is stopped has what was found until then.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := &simulated{steps: twoSteps(), attempts: 3, cancels: func(n int) {
		if n == 20 {
			cancel()
		}
	}}
	r, err := Run(ctx, m, Options{Worlds: stock(2), Series: -1})
	if err != nil {
		t.Fatal(err)
	}
	enumerated, executed, _ := r.Certificate.Counts()
	if r.Answer != Undecided || r.Why != "the search was interrupted" || executed != 19 || enumerated < 19 || r.Certificate.Complete {
		t.Errorf("%s: %s, %d executed", r.Answer, r.Why, executed)
	}
}

// TestShrinkingIsCutOff: a violation is in the result also when the search ends before it is minimal.
func TestShrinkingIsCutOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := &simulated{steps: twoSteps(), attempts: 3, chargesTwice: "POST /charge"}
	r, err := Run(ctx, m, Options{Worlds: stock(2), Progress: func(p Progress) {
		if p.Doing == Shrinking {
			cancel()
		}
	}})
	if err != nil || r.Answer != FoundWitness || r.Witness.Minimal || r.Why == "" || r.Witness.Confirmations != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestRandom: schedules that are drawn find what the search finds, the same from the same seed.
func TestRandom(t *testing.T) {
	var first Random
	for i := range 2 {
		m := &simulated{steps: twoSteps(), attempts: 3, chargesTwice: "POST /charge"}
		r, err := RunRandom(t.Context(), m, Options{Worlds: stock(2)}, 7, 1000)
		if err != nil || !r.Found || r.Rule != "C3" || r.Executions != m.executed {
			t.Fatalf("%v, %+v", err, r)
		}
		if r.Seconds = 0; i > 0 && r != first {
			t.Errorf("%+v, then %+v", first, r)
		}
		first = r
	}
	m := &simulated{steps: twoSteps(), attempts: 3}
	if r, err := RunRandom(t.Context(), m, Options{Worlds: stock(2)}, 7, 50); err != nil || r.Found || r.Executions != 50 {
		t.Errorf("on a correct service: %v, %+v", err, r)
	}
}

// TestOptions: what is wrong is refused.
func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{Worlds: stock(4)}, {Worlds: []World{}}, {Worlds: []World{{Purchases: 1, Scarce: "time"}}}, {Faults: 5}, {Faults: -1}, {Attempts: 11}, {Confirm: -1}, {Tries: -2}, {Repeats: 1000},
		{Kinds: []fault.Kind{fault.WireDown}}, {Kinds: []fault.Kind{fault.DropReply, fault.DropReply}}, {Kinds: []fault.Kind{}}, {Budget: -1},
	} {
		if _, err := Run(t.Context(), &simulated{}, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if err := (Options{}).WithDefaults().Validate(); err != nil {
		t.Error(err)
	}
}
