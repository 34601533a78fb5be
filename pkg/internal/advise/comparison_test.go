package advise

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// ranWith are three stages that ran with a policy, named after it.
func ranWith(t *testing.T, s *service, name string, p retry.Policy) (list []runs.Stage) {
	for turn := range uint64(3) {
		stage := rising
		stage.Name = fmt.Sprint(name, " ", turn+1)
		list = append(list, s.record(t, stage, p, 200+turn))
	}
	return list
}

// TestCompare: policies that really ran are predicted, three figures for each, and named by their stages.
func TestCompare(t *testing.T) {
	s := unavailable()
	list := heldOut()
	others := append(ranWith(t, s, "sre", list["sre-book"]), ranWith(t, s, "slow", list["3 attempts from 200ms"])...)
	got, err := Compare(s.record(t, rising, recorded, 1), others, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range got {
		names = append(names, p.Policy+" "+string(p.Metric))
		if len(p.Measured) != 3 || p.Verdict() != compare.Agrees || !(p.Predicted.Low <= p.Predicted.Value && p.Predicted.Value <= p.Predicted.High) {
			t.Errorf("%+v is %s, want one that agrees with three stages", p, p.Verdict())
		}
	}
	if text := strings.Join(names, ", "); text != "sre-book p99, sre-book amplification, sre-book error_ratio, slow p99, slow amplification, slow error_ratio" {
		t.Error("compared: ", text)
	}
}

// TestCompareRefusesOtherStages: a stage with another load, service or fault is not what was predicted.
func TestCompareRefusesOtherStages(t *testing.T) {
	s := unavailable()
	first, other := s.record(t, rising, recorded, 1), ranWith(t, s, "sre", heldOut()["sre-book"])[0]
	for want, change := range map[string]func(*runs.Stage){
		"in its load":             func(s *runs.Stage) { s.Load = load.Stage{Name: "x", Rate: load.Constant(5, time.Second)}.String() },
		"in its service":          func(s *runs.Stage) { s.API = "http://127.0.0.1:2" },
		"in its plan of faults":   func(s *runs.Stage) { s.Faults = nil },
		"in its purchases":        func(s *runs.Stage) { s.Buyers = "users=1..5" },
		"as a whole (interrupted": func(s *runs.Stage) { s.State = runs.Interrupted },
		"1 lost":                  func(s *runs.Stage) { s.WorkerResults = []runs.WorkerResult{{Lost: 1}} },
		"before the values":       func(s *runs.Stage) { s.RetryPolicy = nil },
		"cannot be read":          func(s *runs.Stage) { s.RetryPolicy = json.RawMessage("[]") },
	} {
		changed := other
		change(&changed)
		if _, err := Compare(first, []runs.Stage{changed}, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	few := first
	few.Operations, few.Attempts = few.Operations[:50], few.Attempts[:50]
	if _, err := Compare(few, []runs.Stage{other}, 1); !errors.Is(err, ErrCannotTell) {
		t.Errorf("a short recording: %v, want ErrCannotTell", err)
	}
}

// TestRetriesThatAreFaster: a purchase whose reply was lost is answered at once when it is sent again. Where few
// such retries were recorded at a time, first attempts stand for them, as much faster as those elsewhere were.
func TestRetriesThatAreFaster(t *testing.T) {
	r, err := Read((&service{delay: 20 * msec, plan: window(fault.DropReply, .3, 0)}).record(t, rising, recorded, 1))
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(r)
	scaled := 0
	for b := range m.behaviours {
		for _, f := range m.behaviours[b].after {
			if f.pool == &m.behaviours[b].first && f.latencyFactor != 1 {
				scaled++
				if f.latencyFactor < .02 || f.latencyFactor > .2 {
					t.Errorf("retries take %.3f times as long as first attempts, want about 1 of 20 ms", f.latencyFactor)
				}
			}
		}
	}
	if scaled == 0 {
		t.Error("no first attempts stand for retries that were faster")
	}
	slow := recorded
	slow.Backoff, slow.Jitter = retry.Fixed(3*time.Second), retry.NoJitter
	if got := NewPredictor(r, 1).Predict("", slow); got.Unknown > .01 {
		t.Errorf("of retries after 3 s %.1f %% are unknown, want none, though few were sent when no fault was on", 100*got.Unknown)
	}
}

// TestMedianRatio: of few that vary, one that is a little off is chance.
func TestMedianRatio(t *testing.T) {
	many := func(values ...float64) (list []float64) {
		for range 50 {
			list = append(list, values...)
		}
		return list
	}
	for _, tt := range []struct {
		ratios []float64
		want   float64
	}{{nil, 1}, {many(1.1), 1}, {many(1.3), 1.3}, {[]float64{.7, .9, 1.3, 1.4, 1.4}, 1}, {many(.9, .95, 1.3, 1.4), 1}, {many(.1, .2, .3), .2}} {
		if got := medianRatio(tt.ratios); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.ratios, got, tt.want)
		}
	}
}
