package advise

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

func unavailable() *service {
	return &service{delay: 20 * msec, plan: window(fault.Unavailable, .3, 0)}
}

// TestAdvise: a bound that only few attempts keep excludes those that retry without end, and the
// recommended policy is within all bounds with its whole interval.
func TestAdvise(t *testing.T) {
	r, err := Read(unavailable().record(t, rising, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	bounds, err := ParseBounds([]string{"p99 < 150ms", "amplification < 1.15"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Advise(t.Context(), r, Candidates(r), bounds, 1)
	if err != nil {
		t.Fatal(err)
	}
	if a.Best < 0 {
		t.Fatal("no recommendation: ", a.Reason)
	}
	best := a.Predictions[a.Best]
	if best.P99.High >= 150 || best.Amplification.High >= 1.15 || best.Policy.MaxAttempts < 2 {
		t.Errorf("recommended %s: p99 %v, amplification %v; want both below their bounds, and with retries, since they save purchases", best.Name, best.P99, best.Amplification)
	}
	for _, i := range a.Front {
		for _, other := range a.Predictions {
			p := a.Predictions[i]
			if other.IsKnown() && other.P99.Value < p.P99.Value && other.Amplification.Value <= p.Amplification.Value && other.Success.Value >= p.Success.Value {
				t.Errorf("%s is on the front, and %s is better", p.Name, other.Name)
			}
		}
	}
	strict, err := ParseBounds([]string{"p99 < 1ms"})
	if err != nil {
		t.Fatal(err)
	}
	for want, bounds := range map[string][]Bound{"Of 105 policies none is ": strict, "No policy is recommended without bounds": nil} {
		a.Best = -1
		if a.recommend(bounds); a.Best >= 0 || !strings.HasPrefix(a.Reason, want) {
			t.Errorf("with the bounds %v: %d, %s", bounds, a.Best, a.Reason)
		}
	}
}

// TestRecommendedHoweverTheyAreOrdered: the rules apply one after the other to all policies, so that their order
// does not matter, though being within a part of another is not transitive.
func TestRecommendedHoweverTheyAreOrdered(t *testing.T) {
	exactly := func(v float64) Interval { return Interval{v, v, v} }
	policy := func(success, amplification, p99 float64) Prediction {
		return Prediction{Success: exactly(success), Amplification: exactly(amplification), P99: exactly(p99)}
	}
	list := []Prediction{policy(.990, 1.20, 50), policy(.994, 1.30, 10), policy(.998, 1.21, 40), policy(.996, 1.22, 30), policy(.994, 1.24, 5)}
	bounds, err := ParseBounds([]string{"p99 < 100ms"})
	if err != nil {
		t.Fatal(err)
	}
	for range len(list) {
		list = append(list[1:], list[0])
		a := Advice{Predictions: list, Best: -1}
		if a.recommend(bounds); list[a.Best].P99.Value != 30 {
			t.Errorf("recommended %+v of %+v", list[a.Best], list)
		}
	}
}

// TestParseBounds refuses what is no bound of a policy's.
func TestParseBounds(t *testing.T) {
	for text, want := range map[string]string{
		"p99 < 800ms": "", "amplification <= 1.3": "", "error_ratio < 1%": "",
		"p90 < 1s": "want one on p50", "p99 > 1s": "another form", "heavy: p99 < 1s": "another form", "p99 < 1s abort": "another form", "nonsense": "nonsense",
	} {
		_, err := ParseBounds([]string{text})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestCannotTell: recordings with too little in them are refused, with what is missing.
func TestCannotTell(t *testing.T) {
	whole := unavailable().record(t, rising, recorded, 1)
	for want, change := range map[string]func(*runs.Stage){
		"interrupted":    func(s *runs.Stage) { s.State = runs.Interrupted },
		"were lost":      func(s *runs.Stage) { s.WorkerResults = []runs.WorkerResult{{Lost: 3}} },
		"were dropped":   func(s *runs.Stage) { s.Report = &load.Report{Dropped: 2} },
		"is missing":     func(s *runs.Stage) { s.Unfinished = 1 },
		"several steps":  func(s *runs.Stage) { s.Steps = []string{"cart", "pay"} },
		"before the val": func(s *runs.Stage) { s.RetryPolicy = nil },
		"want 100":       func(s *runs.Stage) { s.Operations, s.Attempts = s.Operations[:50], s.Attempts[:50] },
		"a key of its own": func(s *runs.Stage) {
			s.RetryPolicy = json.RawMessage(`{"MaxAttempts":3,"AttemptTimeout":1000000,"NewKeyPerAttempt":true}`)
		},
		"all policies cost the same": func(s *runs.Stage) {
			s.Attempts = slices.DeleteFunc(slices.Clone(s.Attempts), func(a runs.Attempt) bool { return a.Status != 201 })
		},
		"ramps of":       func(s *runs.Stage) { s.Load = load.Stage{Name: "r", Users: load.Ramp(1, 5, time.Second)}.String() },
		"cannot be read": func(s *runs.Stage) { s.RetryPolicy = json.RawMessage("[]") },
	} {
		s := whole
		change(&s)
		if _, err := Read(s); !errors.Is(err, ErrCannotTell) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want ErrCannotTell with %q", err, want)
		}
	}
}

// TestOneAttemptSaysNothingOfRetries: where no purchase was tried again, what follows a failure was not
// seen, and no policy with retries is known.
func TestOneAttemptSaysNothingOfRetries(t *testing.T) {
	once := recorded
	once.MaxAttempts = 1
	r, err := Read(unavailable().record(t, rising, once, 1))
	if err != nil {
		t.Fatal(err)
	}
	p := NewPredictor(r, 1)
	if got := p.Predict("", recorded); got.IsKnown() || got.Unknown < .05 {
		t.Errorf("with retries: %+v, want a wide interval", got)
	}
	if got := p.Predict("", once); !got.IsKnown() || got.Amplification.Value != 1 {
		t.Errorf("with one attempt: %+v, want what was measured", got)
	}
}

// TestMoreInFlightThanSeen: an attempt is not known while more are under way than were recorded.
func TestMoreInFlightThanSeen(t *testing.T) {
	r, err := Read((&service{delay: 40 * msec, workers: 6, queue: 20}).record(t, rising, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(r)
	most := int(m.behaviours[0].most)
	for _, tt := range []struct {
		inFlight int
		want     bool
	}{{0, true}, {most, true}, {most + most/4 + 2, true}, {most + most/2 + 3, false}, {10 * most, false}} {
		if x, known := m.draw(0, 0, 0, tt.inFlight, newRand(1)); known != tt.want || x == nil {
			t.Errorf("%d in flight, of at most %d recorded: known is %v", tt.inFlight, most, known)
		}
	}
}

// TestLongerTimeoutThanRecorded: what becomes of an attempt after the recorded timeout was not seen.
func TestLongerTimeoutThanRecorded(t *testing.T) {
	s := &service{delay: 20 * msec, plan: window(fault.Hang, .3, 0)}
	r, err := Read(s.record(t, rising, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	patient := recorded
	patient.AttemptTimeout = 4 * time.Second
	if got := NewPredictor(r, 1).Predict("", patient); got.IsKnown() {
		t.Errorf("a timeout of 4 s: %+v, want a wide interval: the recording ended attempts after 400 ms", got)
	}
}

// TestClosedModel: users that wait for their purchases are simulated, too.
func TestClosedModel(t *testing.T) {
	s := &service{delay: 20 * msec, plan: window(fault.Unavailable, .3, 0)}
	for _, stage := range []load.Stage{
		{Name: "shared", Requests: 3000, VUs: 4}, {Name: "each", Requests: 700, VUs: 4, PerUser: true}, {Name: "thinking", Requests: 3000, VUs: 8, Think: 20 * msec},
	} {
		r, err := Read(s.record(t, stage, recorded, 1))
		if err != nil {
			t.Fatal(err)
		}
		p := NewPredictor(r, 1)
		if _, err := p.Fit(); err != nil {
			t.Error(err)
		}
		twice := recorded
		twice.MaxAttempts = 2
		again, err := Read(s.record(t, stage, twice, 7))
		if err != nil {
			t.Fatal(err)
		}
		got := p.Predict("", twice)
		if want := again.Measured.Amplification; math.Abs(got.Amplification.Value-want) > .1*want {
			t.Errorf("%s: amplification is predicted as %v, measured %.3f", stage.Name, got.Amplification, want)
		}
	}
}

// TestOutageWithoutPlan: an outage that no plan of faults names is found in the attempts, so that
// retries within it fail again.
func TestOutageWithoutPlan(t *testing.T) {
	s := &service{delay: 20 * msec, plan: fault.Plan{Windows: []fault.Window{{From: 6 * time.Second, To: 8 * time.Second, Fault: fault.Unavailable, Probability: 1}}}}
	stage := s.record(t, rising, recorded, 1)
	stage.Faults = nil
	r, err := Read(stage)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.periods); n != 3 {
		t.Fatalf("%d periods: %v, want 3: before, in and after the outage", n, r.periods)
	}
	p := NewPredictor(r, 1)
	patient := retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(1500 * msec), AttemptTimeout: recorded.AttemptTimeout}
	again, err := Read(s.record(t, rising, patient, 7))
	if err != nil {
		t.Fatal(err)
	}
	got := p.Predict("", patient)
	if again.Measured.Success < got.Success.Low-.01 || again.Measured.Success > got.Success.High+.01 {
		t.Errorf("success is predicted as %v, measured %.3f", got.Success, again.Measured.Success)
	}
}

// TestOutageUntilTheEnd: of an outage that had not ended with the recording it is not known when it ends, so
// that a policy that waits longer than the recording is not known, either.
func TestOutageUntilTheEnd(t *testing.T) {
	s := &service{delay: 20 * msec, plan: fault.Plan{Windows: []fault.Window{{From: 6 * time.Second, To: time.Hour, Fault: fault.Unavailable, Probability: 1}}}}
	stage := s.record(t, load.Stage{Name: "shared", Requests: 2000, VUs: 4}, recorded, 1)
	for name, faults := range map[string]json.RawMessage{"none": nil, "one that ends later": json.RawMessage(`{"windows":[{"from":"0s","to":"1m","fault":"unavailable","probability":0}]}`)} {
		stage.Faults = faults
		r, err := Read(stage)
		if err != nil {
			t.Fatal(err)
		}
		patient := retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(5 * time.Second), AttemptTimeout: recorded.AttemptTimeout}
		p := NewPredictor(r, 1)
		if got := p.Predict("", patient); got.IsKnown() || got.Unknown < .05 {
			t.Errorf("plan of faults %s: %+v, want a wide interval", name, got)
		}
		if got := p.Predict("", recorded); got.Unknown > .1 {
			t.Errorf("plan of faults %s: with the recorded policy %.3f are unknown, want few", name, got.Unknown)
		}
	}
}

// BenchmarkPolicy simulates one policy on 100000 purchases.
func BenchmarkPolicy(b *testing.B) {
	s := &service{delay: 20 * msec, plan: window(fault.Unavailable, .3, 0)}
	r := s.longRecording(b)
	m := newModel(r)
	b.ResetTimer()
	for i := range b.N {
		simulate(r, recorded, m, newRand(uint64(i)))
	}
}

// TestDroppedArrivals: arrivals that a policy's waits would have had dropped at the cap are not known.
func TestDroppedArrivals(t *testing.T) {
	stage := rising
	stage.MaxInFlight = 20
	r, err := Read(unavailable().record(t, stage, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	patient := retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(2 * time.Second), AttemptTimeout: recorded.AttemptTimeout}
	p := NewPredictor(r, 1)
	if got := p.Predict("", patient); got.Unknown < .1 {
		t.Errorf("with waits of 2 s at a cap of 20 in flight %.3f are unknown, want most of those at the time of the fault", got.Unknown)
	}
	if got := p.Predict("", recorded); got.Unknown > .01 {
		t.Errorf("with the recorded policy %.3f are unknown, want hardly any", got.Unknown)
	}
}

// TestDeadline: a deadline ends purchases as retry.Client does, and what a recorded one cut off is not known
// without it.
func TestDeadline(t *testing.T) {
	s := unavailable()
	short := recorded
	short.Deadline = 60 * msec
	r, err := Read(s.record(t, rising, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(s.record(t, rising, short, 7))
	if err != nil {
		t.Fatal(err)
	}
	got := NewPredictor(r, 1).Predict("", short)
	if m := again.Measured; math.Abs(got.P99.Value-m.P99) > .1*m.P99 || math.Abs(got.Amplification.Value-m.Amplification) > .1*m.Amplification || math.Abs(got.Success.Value-m.Success) > .02 {
		t.Errorf("with a deadline of 60 ms: p99 %v, amplification %v, success %v; measured %+v", got.P99, got.Amplification, got.Success, m)
	}
	slow := &service{delay: 80 * msec, plan: window(fault.Unavailable, .3, 0)}
	if r, err = Read(slow.record(t, rising, short, 1)); err != nil {
		t.Fatal(err)
	}
	if got := NewPredictor(r, 1).Predict("", recorded); got.IsKnown() || got.Unknown < .3 {
		t.Errorf("without the deadline that cut attempts off: %+v, want a wide interval", got)
	}
}
