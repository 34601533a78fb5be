package compare_test

import (
	"fmt"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stage is a stage of n purchases, one after the other, that take 10 to 19 ms times a
// factor.
func stage(n int, factor float64) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: "heavy", State: runs.Complete, Requests: n, VUs: 1, Started: time.Unix(1_700_000_000, 0)}}
	at := s.Started
	for i := range n {
		latency := time.Duration(factor * float64(10+i*7%10) * float64(time.Millisecond))
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), ScheduledTS: at, StartTS: at, EndTS: at.Add(latency),
			LatencyMS: latency.Seconds() * 1000, Attempts: 1, Success: true, Outcome: purchase.OK})
		at = at.Add(latency)
	}
	return s
}

func ExampleStages() {
	c := compare.Stages(stage(2000, 1), stage(2000, 1.5), compare.Options{})
	for _, m := range []compare.Metric{compare.P99, compare.ErrorRatio, compare.Goodput} {
		change, _ := c.Change(m)
		fmt.Printf("%s: %s (%s)\n", m, change.Verdict, change)
	}
	// Output:
	// p99: worse (+50.0% [+50.0, +50.0])
	// error_ratio: no difference shown (+0.00pp [-0.21, +0.21])
	// goodput: worse (-33.3% [-33.6, -33.1])
}

func ExampleRepeats() {
	before := []runs.Stage{stage(1000, 1), stage(1000, 1.02), stage(1000, .99)}
	after := []runs.Stage{stage(1000, 1.3), stage(1000, 1.25), stage(1000, 1.31)}
	change, _ := compare.Repeats(before, after, compare.Options{}).Change(compare.P50)
	fmt.Printf("%s by %s\n", change.Verdict, change)
	// Output:
	// worse by +28.2% [+19.2, +37.9]
}

func ExampleJudgeGates() {
	gates, err := compare.ParseGates("p99 < +10%", "error_ratio < +0.5pp")
	if err != nil {
		fmt.Println(err)
		return
	}
	c := compare.Stages(stage(2000, 1), stage(2000, 1.5), compare.Options{})
	results := compare.JudgeGates(gates, []compare.Comparison{c}, nil)
	for _, r := range results {
		fmt.Printf("%s: %s\n", r.Gate, r.Verdict)
	}
	fmt.Println("exit code", compare.GateExit(results, compare.GateUnclear))
	// Output:
	// p99 < +10%: violated
	// error_ratio < +0.5pp: holds
	// exit code 1
}

func ExampleParseGates() {
	_, err := compare.ParseGates("p98 < +10%", "error_ratio < 5%")
	fmt.Println(err)
	// Output:
	// gate "p98 < +10%": "p98" is no metric: there are p50, p90, p95, p99, mean, error_ratio, unknown_ratio, amplification, throughput, goodput
	// gate "error_ratio < 5%": the change of error_ratio is in pp, not in %
}

// A service that confirms at most 200 purchases a second is offered up to 400.
func ExampleFindKnee() {
	plan := load.Stage{Name: "ramp", Rate: load.Ramp(20, 400, 20*time.Second)}
	s := runs.Stage{Info: runs.Info{Stage: plan.Name, Load: plan.String(), State: runs.Complete, Started: time.Unix(1_700_000_000, 0)}}
	free := time.Duration(0)
	for at := range plan.Schedule(1) {
		free = max(free, at) + time.Second/200
		due, end := s.Started.Add(at), s.Started.Add(free)
		s.Operations = append(s.Operations, runs.Operation{Index: int64(len(s.Operations)), ScheduledTS: due, StartTS: due, EndTS: end,
			LatencyMS: end.Sub(due).Seconds() * 1000, Success: true, Outcome: purchase.OK})
	}
	knee, err := compare.FindKnee(s)
	fmt.Println(knee, err)
	// Output:
	// knee at 210/s: up to there 100 % of what arrived was confirmed as it arrived, beyond it 66 %, which is 200/s <nil>
}

// Nothing is confirmed for the second of the fault and the two seconds after it.
func ExampleTimeToRecover() {
	s := runs.Stage{Info: runs.Info{Stage: "outage", Started: time.Unix(1_700_000_000, 0)}}
	for at := time.Duration(0); at < 20*time.Second; at += 10 * time.Millisecond {
		start := s.Started.Add(at)
		o := runs.Operation{StartTS: start, EndTS: start.Add(5 * time.Millisecond), Outcome: purchase.OK}
		if at >= 5*time.Second && at < 8*time.Second {
			o.Outcome = purchase.Failed
		}
		s.Operations = append(s.Operations, o)
	}
	fmt.Println(compare.TimeToRecover(s, 5*time.Second, 6*time.Second))
	// Output:
	// recovered within 2.5s of the fault's end: at least 90 % of the 100.0 purchases/s before it, in intervals of 500ms
}
