package figure

import (
	"math/rand/v2"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// queue is an open stage at a service that confirms so many purchases a second,
// one after the other, and drops nothing.
func queue(plan load.Stage, perSecond float64) runs.Stage {
	random := rand.New(rand.NewPCG(1, 1))
	s := runs.Stage{Info: runs.Info{Stage: plan.Name, Load: plan.String(), State: runs.Complete, Requests: plan.Planned(), Started: began}}
	var free time.Duration
	for at := range plan.Schedule(1) {
		free = max(free, at) + time.Duration(float64(time.Second)/perSecond*(.5+random.Float64()))
		end := free + 2*time.Millisecond
		s.Operations = append(s.Operations, runs.Operation{
			Stage: plan.Name, Index: int64(len(s.Operations)), Attempts: 1, Success: true, Outcome: purchase.OK, Status: 201,
			ScheduledTS: began.Add(at), StartTS: began.Add(at), EndTS: began.Add(end), LatencyMS: float64(end-at) / 1e6,
		})
	}
	return s
}

func TestGoldenKnee(t *testing.T) {
	ramp := queue(load.Stage{Name: "ramp", Rate: load.Ramp(50, 800, 30*time.Second)}, 500)
	steps := append(load.Constant(200, 5*time.Second), load.Constant(400, 5*time.Second)...)
	steps = append(steps, load.Constant(600, 5*time.Second)...)
	check(t, "knee_ramp", Knee, []runs.Stage{ramp})
	// labels that have no room where they belong
	early := queue(load.Stage{Name: "early", Rate: load.Ramp(50, 800, 30*time.Second)}, 80)
	late := queue(load.Stage{Name: "late, with a long name", Rate: load.Ramp(50, 800, 30*time.Second)}, 640)
	check(t, "knee_edges", Knee, []runs.Stage{early, late})
	check(t, "knee_two", Knee, []runs.Stage{ramp, queue(load.Stage{Name: "steps", Rate: steps, Poisson: true}, 450)})
}

func TestKneeRefusesClosedStages(t *testing.T) {
	for _, s := range []runs.Stage{{Info: runs.Info{Stage: "old"}}, {Info: runs.Info{Stage: "closed", Load: "closed:5x5"}}} {
		s.Operations = calm()[0].Operations
		if _, err := Knee([]runs.Stage{s}); err == nil {
			t.Errorf("Knee of %q = nil error, want it refused: there is no rate", s.Load)
		}
	}
}
