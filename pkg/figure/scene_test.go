package figure

import (
	"math/rand/v2"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

var began = time.Unix(1_700_000_000, 0).UTC()

// shape is how a stage of a test goes.
type shape struct {
	name     string
	requests int
	// centre is the usual latency in ms; retried and failing are shares of the
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

// The scenes of the golden images.
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

// crowded is as much as a figure has to bear: eight stages, long names, large
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
