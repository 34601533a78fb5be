package nb

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/compare"
	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

var start = time.Unix(1_700_000_000, 0).UTC()

// attempted is a stage with an operation every 100 ms, the n-th with so many
// attempts, 10 ms apart; only those with one attempt are confirmed.
func attempted(name string, attempts ...int) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: name, Started: start}}
	for i, n := range attempts {
		at := start.Add(time.Duration(i) * 100 * time.Millisecond)
		o := runs.Operation{Index: int64(i), ScheduledTS: at, StartTS: at, EndTS: at.Add(time.Millisecond), Attempts: int64(n), Outcome: purchase.Unknown}
		if n == 1 {
			o.Outcome = purchase.OK
		}
		s.Operations = append(s.Operations, o)
		for k := range n {
			s.Attempts = append(s.Attempts, runs.Attempt{Index: int64(i), Number: int64(k + 1), StartTS: at.Add(time.Duration(k) * 10 * time.Millisecond)})
		}
	}
	return s
}

func TestPhases(t *testing.T) {
	plan := fault.Plan{Windows: []fault.Window{{From: 200 * time.Millisecond, To: 400 * time.Millisecond}, {From: 300 * time.Millisecond, To: 500 * time.Millisecond}}}
	df, err := phasesFrame([]runs.Stage{attempted("storm", 1, 1, 3, 3, 6, 1, 1), attempted("over", 1, 1)}, plan)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"storm before 0 0.2 2 2 1 2 10",
		"storm fault 0.2 0.5 3 12 4 0 0",
		"storm after 0.5 0.601 2 2 1 2 19.8", // the purchase that ended at its very end included
		"over before 0 0.101 2 2 1 2 19.8",
		"over fault 0.101 0.101 0 0 – 0 –", // it ended before the fault began
		"over after 0.101 0.101 0 0 – 0 –",
	}
	for i, row := range newTable(df).rows {
		if got := strings.Join(row, " "); got != want[i] {
			t.Errorf("row %d is %q, want %q", i, got, want[i])
		}
	}
	if _, err := phasesFrame(nil, fault.Plan{}); err == nil {
		t.Error("phases of a plan without a window = nil error, want it refused")
	}
}

func TestGatesHaveAnOverallVerdict(t *testing.T) {
	for want, verdicts := range map[string][]compare.GateVerdict{
		"Gates: 0 hold, 0 violated, 0 unclear: holds":    nil,
		"Gates: 2 hold, 0 violated, 0 unclear: holds":    {compare.GateHolds, compare.GateHolds},
		"Gates: 1 hold, 0 violated, 1 unclear: unclear":  {compare.GateUnclear, compare.GateHolds},
		"Gates: 2 hold, 1 violated, 1 unclear: violated": {compare.GateUnclear, compare.GateHolds, compare.GateViolated, compare.GateHolds},
	} {
		var results []compare.GateResult
		for _, v := range verdicts {
			results = append(results, compare.GateResult{Verdict: v})
		}
		if got := gatesText(results); got != want {
			t.Errorf("gates %v: %q, want %q", verdicts, got, want)
		}
	}
}

func TestVerdictsAreCounted(t *testing.T) {
	c := compare.Comparison{Changes: []compare.Change{{Verdict: compare.Worse}, {Verdict: compare.NoDifference}, {Verdict: compare.Worse}, {Verdict: compare.TooFew}}}
	const want = "Of 4 metrics: better 0, worse 2, no difference shown 1, too few samples 1"
	if got := verdictsText(c); got != want {
		t.Errorf("the verdicts are %q, want %q", got, want)
	}
}

func TestSameSchedule(t *testing.T) {
	a, b := attempted("alone", 1, 1, 1), attempted("fleet", 1, 1, 1, 1)
	b.Operations = b.Operations[1:]
	for i := range b.Operations { // one of two workers began 40 ms late
		b.Operations[i].VirtualUser = int64(i % 2)
		b.Operations[i].ScheduledTS = b.Operations[i].ScheduledTS.Add(time.Duration(i%2) * 40 * time.Millisecond)
	}
	b.WorkerResults = []runs.WorkerResult{{}, {Delay: 40 * time.Millisecond}}
	b.Operations[1].ScheduledTS = b.Operations[1].ScheduledTS.Add(-2500 * time.Microsecond)
	const want = "Purchases in both stages: 2; only in alone: 1; only in fleet: 1; due at most 2.5 ms apart"
	if got, err := sameSchedule(a, b); got != want || err != nil {
		t.Errorf("the schedules are %q, want %q", got, want)
	}
}

func TestApart(t *testing.T) {
	found := compare.Knee{Verdict: compare.KneeFound, Rate: 105}
	for _, c := range []struct {
		knee     compare.Knee
		capacity float64
		want     string
	}{
		{found, 100, "The knee, 105/s, and the capacity, 100/s, are 5 % apart"},
		{found, 120, "The knee, 105/s, and the capacity, 120/s, are 12 % apart"},
		{found, 0, "no probe held"},
		{compare.Knee{Verdict: compare.NoKnee, Highest: 2000}, 1600, "No knee was seen up to 2000/s; the capacity is 1600/s"},
		{compare.Knee{Verdict: compare.Unclear, Detail: "too short"}, 1600, "The knee is unclear: too short"},
	} {
		if got := kneeAgainstCapacity(c.knee, c.capacity); !strings.Contains(got, c.want) {
			t.Errorf("knee %+v and capacity %v: %q, want %q", c.knee, c.capacity, got, c.want)
		}
	}
}

// TestKneeAndCapacity runs a ramp and a search at a service that answers at once.
func TestKneeAndCapacity(t *testing.T) {
	l, text, _ := cells(t, confirm)
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.kneeAndCapacity("ramp", "search"); err == nil || !strings.Contains(err.Error(), `no stage "ramp"`) {
		t.Errorf("knee and capacity before both have run = %v, want it refused", err)
	}
	if err := l.load(load.Stage{Name: "ramp", Rate: load.Ramp(100, 300, 2*time.Second)}, order, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.capacity(CapacitySearch{Name: "search", From: 25, To: 50, Probe: time.Second, Order: order, Thresholds: []string{"error_ratio < 50%"}}); err != nil {
		t.Fatal(err)
	}
	text.Reset()
	if err := l.kneeAndCapacity("ramp", "search"); err != nil {
		t.Fatal(err)
	}
	Knee(l.Stages("ramp"))
	if got := text.String(); !regexp.MustCompile(`^(No knee was seen up to 300/s; the capacity is 50/s or more|The knee.*)\nramp: (no knee seen up to 300/s|knee at|unclear: )`).MatchString(got) {
		t.Errorf("the cells say %q", got)
	}
}

// TestGatesAreKept: the verdicts of gates are beside the session's run.
func TestGatesAreKept(t *testing.T) {
	l, text, _ := cells(t, confirm)
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"old", "new"} {
		if err := l.load(load.Stage{Name: name, Requests: 200, VUs: 4}, order, nil); err != nil {
			t.Fatal(err)
		}
	}
	stages := l.Stages("old", "new")
	Gates(compare.Repeats(stages[:1], stages[1:], compare.Options{}), "error_ratio < +10pp")
	got, err := must(l.current()).Gates()
	if err != nil || len(got) != 1 || got[0].Comparison != "new against old" || got[0].Gate != "error_ratio < +10pp" || got[0].Verdict != string(compare.GateHolds) {
		t.Errorf("kept %+v, %v; the cell said\n%s", got, err, text)
	}
}
