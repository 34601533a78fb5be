package advise

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

const msec = time.Millisecond

func window(kind fault.Kind, probability float64, delay time.Duration) fault.Plan {
	return fault.Plan{Windows: []fault.Window{{From: 6 * time.Second, To: 14 * time.Second, Fault: kind, Probability: probability, Delay: delay}}}
}

// rising is a load whose rate doubles, so that the recording has seen more than one load.
var rising = load.Stage{Name: "rising", Rate: load.Ramp(100, 200, 20*time.Second)}

// heldOut are policies other than the recorded one.
func heldOut() map[string]retry.Policy {
	list := map[string]retry.Policy{}
	for _, name := range retry.PolicyNames() {
		p, err := retry.Named(name)
		if err != nil {
			panic(err)
		}
		list[name] = p
	}
	list["1 attempt"] = retry.Policy{MaxAttempts: 1}
	for _, attempts := range []int{2, 3, 4, 5} {
		for _, first := range []time.Duration{0, 20 * msec, 200 * msec} {
			p := retry.Policy{MaxAttempts: attempts, Backoff: retry.Exponential(first, 20*time.Second), Jitter: retry.Full}
			if first == 0 {
				p.Backoff, p.Jitter = retry.Fixed(0), retry.NoJitter
			}
			list[fmt.Sprintf("%d attempts from %v", attempts, first)] = p
		}
	}
	for name, p := range list {
		p.AttemptTimeout = recorded.AttemptTimeout
		list[name] = p
	}
	return list
}

var recorded = retry.Policy{MaxAttempts: 3, Backoff: retry.Exponential(50*msec, time.Second), Jitter: retry.Full, AttemptTimeout: 400 * msec}

// TestHeldOutPolicies: what is predicted from one recording is what is measured when each policy is
// really run five times: within 10 %, or in their interval where that is wider, unless the
// prediction's own interval is too wide. One in 20 may miss, as intervals of 95 % do.
func TestHeldOutPolicies(t *testing.T) {
	for name, s := range map[string]*service{
		"unavailable": {delay: 20 * msec, plan: window(fault.Unavailable, .3, 0)},
		"drop_reply":  {delay: 20 * msec, plan: window(fault.DropReply, .3, 0)},
		"hang":        {delay: 20 * msec, plan: window(fault.Hang, .1, 0)},
		"overload":    {delay: 40 * msec, workers: 6, queue: 20},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(s.record(t, rising, recorded, 1))
			if err != nil {
				t.Fatal(err)
			}
			predictor := NewPredictor(r, 1)
			fit, err := predictor.Fit()
			t.Logf("recorded: measured %+v, model p99 %v amplification %v", r.Measured, fit.P99, fit.Amplification)
			if err != nil {
				t.Fatal(err)
			}
			policies := heldOut()
			known, missed := 0, 0
			var names []string
			for name := range policies {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				p := policies[name]
				got := predictor.Predict(name, p)
				var p99, amplification []float64
				for seed := range uint64(5) {
					again, err := Read(s.record(t, rising, p, 100+seed))
					if err != nil {
						t.Fatal(err)
					}
					p99, amplification = append(p99, again.Measured.P99), append(amplification, again.Measured.Amplification)
				}
				t.Logf("%-24s p99 %6.0f (%4.0f to %5.0f)  measured %v | amplification %.3f (%.3f to %.3f)  measured %.3f | unknown %.3f",
					name, got.P99.Value, got.P99.Low, got.P99.High, rounded(p99), got.Amplification.Value, got.Amplification.Low, got.Amplification.High, amplification, got.Unknown)
				if !got.IsKnown() {
					continue
				}
				known++
				if !isWithin(got.P99.Value, p99) || !isWithin(got.Amplification.Value, amplification) {
					missed++
					t.Logf("missed: %s", name)
				}
			}
			t.Logf("%d of %d known", known, len(policies))
			if missed > 1 { // of 20 that are each within a 95 % interval
				t.Errorf("%d of %d predictions are not what was measured", missed, known)
			}
			if known < len(policies)/2 {
				t.Errorf("of %d policies %d are known, want most", len(policies), known)
			}
		})
	}
}

func rounded(list []float64) (out []int) {
	for _, v := range list {
		out = append(out, int(v+.5))
	}
	return out
}

// isWithin reports whether predicted is within 10 % of the mean of what was measured, or in the interval
// in which one more run is with 95 % confidence by Student's t, for five runs ± 2.776 √(1 + 1/5)
// standard deviations.
func isWithin(predicted float64, measured []float64) bool {
	mean, deviation := stat.MeanStdDev(measured, nil)
	return math.Abs(predicted-mean) <= max(.1*mean, 2.776*math.Sqrt(1.2)*deviation)
}

// TestShortOutages: whether a retry succeeds depends on its wait where a service fails for 60 of every 300 ms. What is
// predicted with narrow ranges is what is measured, and waits that were not recorded are not known.
func TestShortOutages(t *testing.T) {
	fixed := retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(100*msec, 150*msec), AttemptTimeout: 400 * msec}
	random := recorded
	random.MaxAttempts = 5
	for name, recordedWith := range map[string]retry.Policy{"fixed waits": fixed, "random waits": random} {
		s := &service{delay: 5 * msec, burst: 60 * msec}
		r, err := Read(s.record(t, rising, recordedWith, 1))
		if err != nil {
			t.Fatal(err)
		}
		p := NewPredictor(r, 1)
		_, refused := p.Fit()
		t.Logf("%s: %v", name, refused)
		known := 0
		for other, policy := range heldOut() {
			got := p.Predict(other, policy)
			again, err := Read(s.record(t, rising, policy, 100))
			if err != nil {
				t.Fatal(err)
			}
			m := again.Measured
			t.Logf("%s, %s: p99 %.0f (%.0f to %.0f) measured %.0f, amplification %.3f (%.3f to %.3f) measured %.3f, error_ratio %.3f (%.3f to %.3f) measured %.3f, unknown %.3f", name, other,
				got.P99.Value, got.P99.Low, got.P99.High, m.P99, got.Amplification.Value, got.Amplification.Low, got.Amplification.High, m.Amplification,
				1-got.Success.Value, 1-got.Success.High, 1-got.Success.Low, 1-m.Success, got.Unknown)
			if got.IsKnown() {
				known++
				if math.Abs(got.Amplification.Value-m.Amplification) > .1*m.Amplification || math.Abs(got.Success.Value-m.Success) > .05 {
					t.Errorf("%s, %s: amplification %.3f and success %.3f, measured %.3f and %.3f", name, other, got.Amplification.Value, got.Success.Value, m.Amplification, m.Success)
				}
			}
		}
		t.Logf("%s: %d known", name, known)
		if name == "fixed waits" && (refused != nil || known > 2) {
			t.Errorf("%s: %v, %d policies are known; want those alone that hardly retry", name, refused, known)
		}
	}
}
