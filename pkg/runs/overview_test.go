package runs

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// mixed is record with failures for several reasons among the successes.
func mixed(i int) Record {
	r := record("mixed", i)
	o := &r.Operation
	o.EndTS = o.StartTS.Add(time.Duration(i*7919%1000) * time.Millisecond)
	o.LatencyMS = float64(i * 7919 % 100_003)
	switch {
	case i%17 == 0:
		o.Success, o.StatusStr, o.Outcome, o.Reason, o.Message = false, "failure", purchase.Unknown, "timeout", fmt.Sprint("no answer to ", i)
	case i%4000 == 1:
		o.Success, o.StatusStr, o.Outcome, o.Reason, o.Message = false, "failure", purchase.Failed, fmt.Sprintf("http_%d", 400+i%3), fmt.Sprint("refused ", i)
	}
	return r
}

// TestOverviewsSayWhatStagesSay compares what is counted column by column, over
// several groups of rows, with what is counted of the rows themselves: of a
// finished stage, of one that runs and of one whose process died.
func TestOverviewsSayWhatStagesSay(t *testing.T) {
	defer func(was int) { rowGroup = was }(rowGroup)
	rowGroup = 10_000
	const n = 25_000
	var all []Record
	for i := range n {
		all = append(all, mixed(i))
	}
	slices.Reverse(all) // the first in the schedule is the last to end
	_, r := newRun(t)
	check := func(how string) {
		t.Helper()
		got, err := r.Overviews()
		if err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		s := onlyStage(t, r)
		want := []Overview{{Info: s.Info, Summary: Summarize(s), Reasons: Reasons(s)}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: Overviews() = %+v\nwant %+v", how, got, want)
		}
		if o := got[0]; o.Summary.Requests != n || len(o.Reasons) != 4 || o.Reasons[0].Example != "no answer to 0" {
			t.Errorf("%s: %d requests, reasons %v; want %d, 4 reasons and the first in the schedule as example", how, o.Summary.Requests, o.Reasons, n)
		}
	}
	w := begin(t, r, "mixed", n)
	for part := range slices.Chunk(all, 10_000) {
		if err := w.Append(part); err != nil {
			t.Fatal(err)
		}
	}
	check("running")
	if err := w.Finish(Complete, ""); err != nil {
		t.Fatal(err)
	}
	check("finished")

	w = begin(t, r, "mixed", n)
	if err := w.Append(all); err != nil {
		t.Fatal(err)
	}
	w.abandon() // which unlocks the journal, as the end of the process does
	check("dead")
	check("salvaged")

	if got, err := r.Overviews("other"); err != nil || len(got) != 0 {
		t.Errorf("Overviews of a stage that the run has not = %v, %v; want none", got, err)
	}
	if err := begin(t, r, "empty", 5).Finish(Interrupted, "stopped"); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Overviews("empty"); err != nil || len(got) != 1 || got[0].Summary.Requests != 0 || got[0].Summary.P50 == got[0].Summary.P50 {
		t.Errorf("Overviews of an empty stage = %+v, %v; want one without requests, its percentiles NaN", got, err)
	}
}

// TestMemoryOfAStage records a stage and summarises it within a heap that does
// not grow with it: what a group of rows takes, and some bytes an operation for
// the percentiles.
func TestMemoryOfAStage(t *testing.T) {
	const n = 250_000
	live := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	_, r := newRun(t)
	before, most := live(), 0
	w := begin(t, r, "million", n)
	const batch = 2000
	list := make([]Record, batch)
	for i := range n / batch {
		for j := range list {
			list[j] = record("million", i*batch+j)
		}
		if err := w.Append(list); err != nil {
			t.Fatal(err)
		}
		if i%10 == 9 {
			most = max(most, live()-before)
		}
	}
	if err := w.Finish(Complete, ""); err != nil {
		t.Fatal(err)
	}
	if most > 64<<20 {
		t.Errorf("recording %d operations held %d MB, want at most 64: no more than a group of rows", n, most>>20)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	taken := m.TotalAlloc
	o, err := r.Overviews()
	if err != nil || len(o) != 1 || o[0].Summary.Requests != n {
		t.Fatalf("Overviews() = %+v, %v", o, err)
	}
	runtime.ReadMemStats(&m)
	if taken = m.TotalAlloc - taken; taken > uint64(32<<20+64*n) {
		t.Errorf("summarising %d operations took %d MB in all, want at most 32 and 64 bytes for each", n, taken>>20)
	}
	t.Logf("%d operations: %d MB live while recording, %d MB taken for the overview", n, most>>20, taken>>20)
}
