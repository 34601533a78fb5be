package advise

import (
	"encoding/json"
	"errors"
	"math"
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
	for n, i := range a.Front {
		if n > 0 && a.Predictions[i].P99.Value >= a.Predictions[a.Front[n-1]].P99.Value && a.Predictions[i].Success.Value <= a.Predictions[a.Front[n-1]].Success.Value {
			t.Errorf("%s is on the front beside %s, which is better", a.Predictions[i].Name, a.Predictions[a.Front[n-1]].Name)
		}
	}
	if strict, err := ParseBounds([]string{"p99 < 1ms"}); err != nil {
		t.Error(err)
	} else if a.Best = -1; true {
		if a.recommend(strict); a.Best >= 0 || !strings.HasPrefix(a.Reason, "none of ") {
			t.Errorf("with an impossible bound: %d, %s", a.Best, a.Reason)
		}
	}
	if a.recommend(nil); !strings.Contains(a.Reason, "without bounds") {
		t.Error(a.Reason)
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

// TestCannotTell: recordings that say too little are refused, with what is missing.
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

// TestOneAttemptTellsNothingOfRetries: where no purchase was tried again, what would follow a failure
// was not seen, and every policy with retries says so.
func TestOneAttemptTellsNothingOfRetries(t *testing.T) {
	once := recorded
	once.MaxAttempts = 1
	r, err := Read(unavailable().record(t, rising, once, 1))
	if err != nil {
		t.Fatal(err)
	}
	p := NewPredictor(r, 1)
	if got := p.Predict("", recorded, Replications); got.Told() || got.Unknown < .05 {
		t.Errorf("with retries: %+v, want that it cannot tell", got)
	}
	if got := p.Predict("", once, Replications); !got.Told() || got.Amplification.Value != 1 {
		t.Errorf("with one attempt: %+v, want what was measured", got)
	}
}

// TestMoreLoadThanSeen: a policy that puts far more attempts in flight than were recorded cannot be
// told: here the recording's timeout ends attempts that would have hung.
func TestMoreLoadThanSeen(t *testing.T) {
	s := &service{delay: 20 * msec, plan: window(fault.Hang, .3, 0)}
	r, err := Read(s.record(t, rising, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	patient := recorded
	patient.AttemptTimeout = 4 * time.Second
	if got := NewPredictor(r, 1).Predict("", patient, Replications); got.Told() {
		t.Errorf("a timeout of 4 s: %+v, want that it cannot tell: the recording ended attempts after 400 ms", got)
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
		got := p.Predict("", twice, Replications)
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
	got := p.Predict("", patient, Replications)
	if again.Measured.Success < got.Success.Low-.01 || again.Measured.Success > got.Success.High+.01 {
		t.Errorf("success is predicted as %v, measured %.3f", got.Success, again.Measured.Success)
	}
}

// BenchmarkPolicy simulates one policy on 100000 purchases.
func BenchmarkPolicy(b *testing.B) {
	s := &service{delay: 20 * msec, plan: window(fault.Unavailable, .3, 0)}
	r := s.longRecording(b)
	m := newModel(r, nil)
	b.ResetTimer()
	for i := range b.N {
		simulate(r, recorded, m, newRand(uint64(i)))
	}
}
