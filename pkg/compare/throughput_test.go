package compare

import (
	"math"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// openStage is an open stage of 60/s for 7 s whose n-th purchase takes latency(n).
func openStage(latency func(i int) time.Duration) runs.Stage {
	plan := load.Stage{Name: "open", Rate: load.Constant(60, 7*time.Second)}
	s := runs.Stage{Info: runs.Info{Stage: "open", Load: plan.String(), State: runs.Complete, Requests: plan.Planned(), VUs: 100, Started: time.Unix(1_700_000_000, 0)}}
	for at := range plan.Schedule(1) {
		i := len(s.Operations)
		due := s.Started.Add(at)
		s.Operations = append(s.Operations, runs.Operation{Index: int64(i), ScheduledTS: due, StartTS: due, EndTS: due.Add(latency(i)), LatencyMS: latency(i).Seconds() * 1000, Attempts: 1, Success: true})
	}
	return s
}

// A service that is slower but keeps up with arrivals does as many of them a second, in
// the summary as in a comparison; one that falls behind does fewer.
func TestASlowerServiceThatKeepsUpHasTheSameThroughput(t *testing.T) {
	const ms = time.Millisecond
	fast := openStage(func(i int) time.Duration { return 10*ms + time.Duration(i%7)*ms })
	slow := openStage(func(i int) time.Duration { return 270*ms + time.Duration(i%7)*ms })
	behind := openStage(func(i int) time.Duration { return 10*ms + time.Duration(i)*20*ms })
	for name, s := range map[string]runs.Stage{"fast": fast, "slow": slow} {
		if got := runs.Summarize(s).RequestsPerSecond; math.Abs(got-60) > .2 {
			t.Errorf("the %s one's throughput is %v/s, want the 60/s that arrive", name, got)
		}
	}
	if got := runs.Summarize(behind).RequestsPerSecond; got < 27 || got > 29 { // 420 in 15.4 s, less than half of what arrives
		t.Errorf("the throughput of one that falls behind is %v/s, want about 27/s", got)
	}
	for _, m := range []Metric{Throughput, Goodput} {
		if v, _ := Stages(fast, slow, Options{}).Change(m); v.Verdict != NoDifference || math.Abs(v.Change.Value) > .3 {
			t.Errorf("%s of the slow one against the fast one: %v, %s; want no difference", m, v, v.Verdict)
		}
		if v, _ := Stages(fast, behind, Options{}).Change(m); v.Verdict != Worse || v.B.Value != runs.Summarize(behind).RequestsPerSecond {
			t.Errorf("%s of one that falls behind: %v, %s, in B %v; want worse, and the summary's", m, v, v.Verdict, v.B)
		}
	}
}
