package compare

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// server is a service for stages that are made up: it serves one purchase after the
// other, and each takes a latency on top that delays no other request.
type server struct {
	perSecond float64
	noise     float64 // how much the time of a purchase varies, as a share: 0 to 1
	latency   time.Duration
	// from and to are when it serves nothing.
	from, to time.Duration
	// cap is how many purchases may be under way, 0 for any number.
	cap int
	// collapse is how much slower it is with 100 under way, as a share; it wants a cap.
	collapse float64
	// refuse is the share of purchases that it refuses.
	refuse float64
}

// serve is an open stage at the service, complete.
func (se server) serve(plan load.Stage, seed uint64) runs.Stage {
	random := rand.New(rand.NewPCG(seed, 1))
	s := runs.Stage{Info: runs.Info{Stage: plan.Name, Load: plan.String(), State: runs.Complete, Requests: plan.Planned(), Started: epoch, Report: &load.Report{}}}
	var free time.Duration
	var ends []time.Duration // of those under way
	for at := range plan.Schedule(seed) {
		if se.cap > 0 {
			ends = slices.DeleteFunc(ends, func(end time.Duration) bool { return end <= at })
		}
		if se.cap > 0 && len(ends) >= se.cap {
			s.Report.Dropped++
			continue
		}
		if free = max(free, at); free >= se.from && free < se.to {
			free = se.to
		}
		slower := 1 + se.collapse*float64(len(ends))/100
		free += time.Duration(slower / se.perSecond * (1 + se.noise*(2*random.Float64()-1)) * float64(time.Second))
		end := free + time.Duration((1+se.noise*(2*random.Float64()-1))*float64(se.latency))
		if se.cap > 0 {
			ends = append(ends, end)
		}
		o := runs.Operation{Stage: plan.Name, Index: int64(len(s.Operations)), Attempts: 1, Success: true, Outcome: purchase.OK,
			ScheduledTS: epoch.Add(at), StartTS: epoch.Add(at), EndTS: epoch.Add(end), LatencyMS: float64(end-at) / 1e6}
		if random.Float64() < se.refuse {
			o.Success, o.Outcome = false, purchase.Failed
		}
		s.Operations = append(s.Operations, o)
	}
	return s
}

// ramp rises from 50/s to 1000/s in 30 s.
var ramp = load.Stage{Name: "ramp", Rate: load.Ramp(50, 1000, 30*time.Second)}

func TestFindKneeOfAKnownService(t *testing.T) {
	poisson := ramp
	poisson.Poisson = true
	steps := load.Stage{Name: "steps"}
	for rate := 100.; rate <= 1000; rate += 100 {
		steps.Rate = append(steps.Rate, load.Constant(rate, 3*time.Second)...)
	}
	for _, c := range []struct {
		name      string
		plan      load.Stage
		service   server
		low, high float64 // within which the knee is
	}{
		{"even", ramp, server{perSecond: 500}, 475, 560},
		{"random arrivals", poisson, server{perSecond: 500, noise: 1}, 450, 600},
		{"a latency as long as a bin", ramp, server{perSecond: 500, latency: time.Second, noise: .5}, 450, 580},
		{"a pause that it makes up for", ramp, server{perSecond: 500, from: 8 * time.Second, to: 9 * time.Second}, 470, 560},
		{"drops at the cap", ramp, server{perSecond: 500, latency: 20 * time.Millisecond, cap: 100}, 475, 560},
		{"drops in a pause", ramp, server{perSecond: 500, from: 3 * time.Second, to: 4 * time.Second, cap: 100}, 475, 560},
		{"slower the more it has to do", ramp, server{perSecond: 500, collapse: .5, cap: 200}, 440, 560},
		{"steps", steps, server{perSecond: 500, noise: .3}, 500, 500},
		{"late", ramp, server{perSecond: 850}, 800, 930},
		{"early", ramp, server{perSecond: 100}, 90, 150},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(10) {
				k, err := FindKnee(c.service.serve(c.plan, seed))
				if err != nil || k.Verdict != KneeFound || k.Rate < c.low || k.Rate > c.high {
					t.Fatalf("seed %d: %+v, %v; want a knee between %v and %v", seed, k, err, c.low, c.high)
				}
				if k.ConfirmedBefore < .94 || k.ConfirmedAfter > .95 || k.Highest != 1000 || k.GoodputBeyond > 1.1*c.service.perSecond || k.GoodputBeyond < c.service.perSecond/2 {
					t.Fatalf("seed %d: %+v; want most confirmed before, less beyond, and about %v/s", seed, k, c.service.perSecond)
				}
			}
		})
	}
}

func TestFindKneeWithoutOne(t *testing.T) {
	poisson := ramp
	poisson.Poisson = true
	short := load.Stage{Name: "short", Rate: load.Ramp(10, 50, 5*time.Second)}
	for _, c := range []struct {
		name    string
		plan    load.Stage
		service server
		verdict string
		text    string // part of the sentence
	}{
		{"keeps up", ramp, server{perSecond: 2000}, NoKnee, "no knee seen up to 1000/s: 100 % of what arrived"},
		{"keeps up with random arrivals", poisson, server{perSecond: 3000, noise: 1, latency: 200 * time.Millisecond}, NoKnee, "no knee seen up to 1000/s"},
		{"only just keeps up", ramp, server{perSecond: 990}, NoKnee, "no knee seen up to 1000/s"},
		{"falls behind at the very end", ramp, server{perSecond: 2000, from: 28800 * time.Millisecond, to: time.Minute}, Unclear, "fell behind only in the last"},
		{"does not keep up at all", ramp, server{perSecond: 20}, Unclear, "did not keep up with 50/s, the lowest rate"},
		{"refuses one in five", ramp, server{perSecond: 2000, refuse: .2}, Unclear, "did not keep up with 50/s, the lowest rate"},
		{"too little data", short, server{perSecond: 20}, Unclear, "are too few for a knee"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(10) {
				k, err := FindKnee(c.service.serve(c.plan, seed))
				if err != nil || k.Verdict != c.verdict || !strings.Contains(k.String(), c.text) || k.Rate != 0 {
					t.Fatalf("seed %d: %q, %v; want %s with %q", seed, k, err, c.verdict, c.text)
				}
			}
		})
	}
}

// TestFindKneeOfAStoppedStage: what was to follow after the stop was not offered.
func TestFindKneeOfAStoppedStage(t *testing.T) {
	stopped := func(after time.Duration) runs.Stage {
		s := server{perSecond: 500, latency: 10 * time.Millisecond}.serve(ramp, 1)
		s.State = runs.Interrupted
		s.Operations = slices.DeleteFunc(s.Operations, func(o runs.Operation) bool { return o.ScheduledTS.Sub(epoch) > after })
		return s
	}
	k, err := FindKnee(stopped(25 * time.Second))
	if err != nil || k.Verdict != KneeFound || k.Rate < 475 || k.Rate > 560 || k.Highest < 780 || k.Highest > 850 {
		t.Errorf("stopped after the knee: %+v, %v; want it at 500/s, and 840/s at most", k, err)
	}
	k, err = FindKnee(stopped(12 * time.Second))
	if err != nil || k.Verdict != NoKnee || k.Highest < 380 || k.Highest > 430 {
		t.Errorf("stopped before the knee: %+v, %v; want none up to 430/s", k, err)
	}
	k, err = FindKnee(runs.Stage{Info: runs.Info{Stage: "empty", Load: ramp.String(), State: runs.Interrupted, Started: epoch}})
	if err != nil || k.Verdict != Unclear || !strings.Contains(k.Detail, "0 arrivals in 0 bins") {
		t.Errorf("stopped at once: %+v, %v; want it unclear", k, err)
	}
}

func TestFindKneeRefuses(t *testing.T) {
	falls := load.Stage{Name: "falls", Rate: load.Ramp(100, 50, 5*time.Second)}
	back := load.Stage{Name: "back", Rate: append(load.Constant(100, time.Second), load.Constant(50, time.Second)...)}
	for text, want := range map[string]string{
		"": "cannot be read", "closed:5x5": "closed model", falls.String(): "its rate falls 0s after", back.String(): "its rate falls 1s after",
	} {
		if k, err := FindKnee(runs.Stage{Info: runs.Info{Stage: "x", Load: text}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("FindKnee of %q = %+v, %v; want %q", text, k, err, want)
		}
	}
}

func TestKneeInWords(t *testing.T) {
	for _, c := range []struct {
		knee Knee
		want string
	}{
		{Knee{Verdict: KneeFound, Rate: 101.23, Highest: 200, ConfirmedBefore: .997, ConfirmedAfter: .6349, GoodputBeyond: 97.87},
			"knee at 101.2/s: up to there 100 % of what arrived was confirmed as it arrived, beyond it 63 %, which is 97.87/s"},
		{Knee{Verdict: NoKnee, Highest: 123456.7, ConfirmedBefore: .999}, "no knee seen up to 123457/s: 100 % of what arrived was confirmed as it arrived"},
		{Knee{Verdict: Unclear, Detail: "too short"}, "unclear: too short"},
	} {
		if got := c.knee.String(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.knee, got, c.want)
		}
	}
}
