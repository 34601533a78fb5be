package figure

import (
	"fmt"
	"math/rand/v2"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

var began = time.Unix(1_700_000_000, 0).UTC()

// shape is how a stage of a test goes.
type shape struct {
	name     string
	requests int
	// centre is the usual latency in ms; retried and failing are fractions of the
	// requests, the failing ones among the retried.
	centre, retried, failing float64
	reasons                  []string
}

// stage makes a stage up, the same one at every call.
func stage(s shape) runs.Stage {
	random := rand.New(rand.NewPCG(1, 1))
	out := runs.Stage{Info: runs.Info{Stage: s.name, State: runs.Complete, Requests: s.requests, Started: began}}
	out.Operations = make([]runs.Operation, s.requests)
	for i := range out.Operations {
		o := runs.Operation{
			Stage: s.name, Index: int64(i), Attempts: 1, Success: true, Outcome: purchase.OK, Status: 201,
			StartTS:   began.Add(time.Duration(i) * time.Millisecond),
			LatencyMS: s.centre * (.5 + random.ExpFloat64()/2),
		}
		if random.Float64() < s.retried {
			o.Attempts = 2 + random.Int64N(2)
			o.LatencyMS += 1000 * float64(o.Attempts*(o.Attempts-1)/2)
			if random.Float64() < s.failing {
				fail(&o, s.reasons[random.IntN(len(s.reasons))])
			}
		}
		out.Operations[i] = o
	}
	return out
}

func fail(o *runs.Operation, reason string) {
	o.Success, o.Reason, o.Outcome, o.Status = false, reason, purchase.Unknown, 503
	if reason == "out_of_stock" || reason == "insufficient_balance" {
		o.Outcome, o.Status = purchase.Failed, 409
	}
}

// The stages of the golden images.
func calm() []runs.Stage {
	return []runs.Stage{stage(shape{name: "light", requests: 50, centre: 12}), stage(shape{name: "medium", requests: 200, centre: 16}), stage(shape{name: "heavy", requests: 1000, centre: 40})}
}

func faulty() []runs.Stage {
	reasons := []string{"http_503", "http_503", "http_503", "timeout", "eof", "out_of_stock"}
	return []runs.Stage{
		stage(shape{"light", 50, 4, .1, .5, reasons}),
		stage(shape{"medium", 200, 12, .2, .4, reasons}),
		stage(shape{"heavy", 1000, 60, .3, .3, reasons}),
	}
}

// crowded is the hardest case for a layout: eight stages, long names, large
// counts, many reasons.
func crowded() []runs.Stage {
	reasons := []string{"http_503", "timeout", "eof", "reset", "refused", "insufficient_balance", "out_of_stock", "http_500", "not_json", "http_429", "key_reused_with_other_payload", "http_504"}
	var stages []runs.Stage
	names := []string{"light", "checkout-during-sale", "medium", "heavy", "retry-storm-after-outage-2", "no_separator_so_broken", "soak", "WWWWWWWWWWWWWWWWWWWW"}
	for i, n := range []int{50, 400, 200, 1000, 12_000, 30, 120_000, 5_000} {
		stages = append(stages, stage(shape{names[i], n, float64(3 + 9*i), .05 * float64(i), .5, reasons}))
	}
	return stages
}

// unlikeStages is a stage of 50 with three failures beside one of 1000 with two, both of which
// have notes.
func unlikeStages() []runs.Stage {
	light, heavy := stage(shape{name: "light", requests: 50, centre: 12}), stage(shape{name: "heavy", requests: 1000, centre: 40})
	for _, i := range []int{3, 20, 44} {
		fail(&light.Operations[i], "http_503")
	}
	fail(&heavy.Operations[500], "http_503")
	fail(&heavy.Operations[501], "key_reused_with_other_payload")
	heavy.Report = &load.Report{Elapsed: 2 * time.Second, Dropped: 7, Lag: load.Lag{P99: time.Second}, Machine: load.Machine{Cores: 2, CPU: 4 * time.Second}}
	light.State, light.Requests = runs.Interrupted, 80
	return []runs.Stage{light, heavy}
}

// wideNames is stages whose names and reasons are as wide as can be, with notes as long.
func wideNames() (stages []runs.Stage) {
	const name = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
	for i := range 4 {
		s := stage(shape{fmt.Sprint(i, name), 300, 20, .2, .5, []string{name, "1" + name}})
		s.Report = &load.Report{Lag: load.Lag{P99: time.Second}, Dropped: i}
		s.Limits = []string{name}
		stages = append(stages, s)
	}
	return stages
}

// wideRamps is ramps of long names, one of which is slow from its begin on.
func wideRamps() []runs.Stage {
	const name = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
	return []runs.Stage{
		queue(load.Stage{Name: name, Rate: load.Ramp(50, 800, 30*time.Second)}, 640),
		queue(load.Stage{Name: "1" + name, Rate: load.Ramp(50, 800, 30*time.Second)}, 80),
	}
}
