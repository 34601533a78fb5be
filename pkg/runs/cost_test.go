package runs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
)

// crewed is a stage that workers ran, each on its host: n operations of 20 µs of
// processor time each.
func crewed(n int, hosts ...string) Stage {
	s := Stage{Info: Info{Stage: "cost", Load: "cost:4000x40", Started: time.Unix(1_700_000_000, 0).UTC()}}
	for i, host := range hosts {
		h := WorkerResult{Partition: load.Partition{Number: i, Of: len(hosts)}, Worker: "w" + string(rune('1'+i)), Host: host, Planned: n, Started: n, Recorded: n}
		h.Report = &load.Report{Started: n, Elapsed: 2 * time.Second, Machine: load.Machine{CPU: time.Duration(n) * 20 * time.Microsecond, Cores: 4}}
		s.WorkerResults = append(s.WorkerResults, h)
	}
	for i := range n * len(hosts) {
		op := Operation{Index: int64(i), VirtualUser: int64(i % (10 * len(hosts))), LatencyMS: 5}
		s.Operations = append(s.Operations, op)
		s.Attempts = append(s.Attempts, Attempt{Index: op.Index, Number: 1})
	}
	return s
}

func TestCost(t *testing.T) {
	for _, tt := range []struct {
		stage   Stage
		quota   float64
		rate    float64 // of one worker
		workers int     // for 400 000/s
		say     string
	}{
		{crewed(1000, "a", "b"), 0, 4 * .9 / 20e-6, 3, "4 cores ÷ 20.0 µs = 200000/s"},
		{crewed(1000, "a", "a"), 0, 2 * .9 / 20e-6, 5, "These workers share a machine"},
		{crewed(1000, "a", "b"), .5, .5 * .9 / 20e-6, 18, "0.5 cores ÷ 20.0 µs = 25000/s"},
	} {
		for i := range tt.stage.WorkerResults {
			tt.stage.WorkerResults[i].Report.Machine.Quota = tt.quota
		}
		c, err := CostOf(tt.stage)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(c.PlannedRate()-tt.rate) > 1 || c.WorkersFor(400_000) != tt.workers || math.Abs(c.InFlight(1000)-5) > .01 {
			t.Errorf("%+v: %.0f/s for a worker, %d workers, %.1f in flight; want %.0f, %d and 5", c, c.PlannedRate(), c.WorkersFor(400_000), c.InFlight(1000), tt.rate, tt.workers)
		}
		text, err := c.Explain(400_000)
		if err != nil || !strings.Contains(text, tt.say) {
			t.Errorf("For says\n%s, %v; want %q in it", text, err, tt.say)
		}
	}
	if _, err := CostOf(crewed(100, "a")); err == nil || !strings.Contains(err.Error(), "100 operations") {
		t.Errorf("100 operations: %v, want that they are too few", err)
	}
	if _, err := CostOf(Stage{Info: Info{Stage: "alone"}}); err == nil || !strings.Contains(err.Error(), "not sent by a fleet") {
		t.Errorf("a stage of one process: %v", err)
	}
	c, _ := CostOf(crewed(1000, "a"))
	for _, rate := range []float64{0, -1, math.NaN(), 1e9} {
		if _, err := c.Explain(rate); err == nil {
			t.Errorf("a rate of %v was accepted", rate)
		}
	}
}

func TestByWorkerDealsEverythingOut(t *testing.T) {
	s := crewed(50, "a", "b", "c")
	seen := 0
	for n, part := range s.ByWorker() {
		if part.Stage != s.WorkerResults[n].Worker || len(part.Operations) != 50 || len(part.Attempts) != 50 {
			t.Errorf("part %d is %s with %d operations and %d attempts, want %s with 50 each", n, part.Stage, len(part.Operations), len(part.Attempts), s.WorkerResults[n].Worker)
		}
		for i, op := range part.Operations {
			if int(op.VirtualUser)%3 != n || part.Attempts[i].Index != op.Index {
				t.Errorf("operation %d of user %d is in part %d, its attempt is of %d", op.Index, op.VirtualUser, n, part.Attempts[i].Index)
			}
		}
		seen += len(part.Operations)
	}
	if seen != len(s.Operations) {
		t.Errorf("%d of %d operations were dealt out", seen, len(s.Operations))
	}
	if list := (Stage{}).ByWorker(); list != nil {
		t.Errorf("a stage of one process has %d parts", len(list))
	}
}

// TestByWorkerIsTheWorkersOwn: the parts come in the order of the workers' names, whichever took
// which part of the schedule, and each has the notes and counts of its worker alone.
func TestByWorkerIsTheWorkersOwn(t *testing.T) {
	s := crewed(1000, "a", "a", "a", "a")
	s.Report = &load.Report{Dropped: 7}
	for i, name := range []string{"local-10", "local-1", "other", "local-2"} {
		s.WorkerResults[i].Worker = name
	}
	s.WorkerResults[3].Report = &load.Report{Dropped: 3, Lag: load.Lag{P99: time.Second}}
	s.WorkerResults[2].Report, s.WorkerResults[2].Dropped, s.WorkerResults[2].Lost = nil, 4, 5
	var got []string
	for _, part := range s.ByWorker() {
		if n := part.WorkerResults[0].Number; int(part.Operations[0].VirtualUser)%4 != n {
			t.Errorf("%s has operations of user %d, and is worker %d", part.Stage, part.Operations[0].VirtualUser, n)
		}
		got = append(got, fmt.Sprint(part.Stage, part.Notes(false)))
	}
	want := []string{"local-1[]", "local-2[3 dropped schedule not kept]", "local-10[]", "other[4 dropped 5 lost]"}
	if !slices.Equal(got, want) {
		t.Errorf("the parts and their notes are %q, want %q", got, want)
	}
	if got, want := s.Notes(false), []string{"7 dropped", "5 lost", "schedule not kept (1 of 4 workers)"}; !slices.Equal(got, want) {
		t.Errorf("the stage's notes are %q, want %q", got, want)
	}
}

// TestCostCountsOne in the singular.
func TestCostCountsOne(t *testing.T) {
	for hosts, want := range map[string]string{"aa": "2 workers on 1 machine, each", "ab": "2 workers on 2 machines, each"} {
		c, err := CostOf(crewed(1000, strings.Split(hosts, "")...))
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.Explain(1)
		if err != nil || !strings.Contains(text, want) || !strings.Contains(text, ", so 1 worker\n") {
			t.Errorf("the plan is\n%s, %v; want %q and one worker in it", text, err, want)
		}
	}
}
