package runner

import (
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestPollsAreCountedOnce: polls count when they are recorded, those of a purchase that waits and
// those that it had when it ended, each once.
func TestPollsAreCountedOnce(t *testing.T) {
	tl := newTally(Load{Stage: load.Stage{Name: "s", Requests: 2, VUs: 2}})
	waits := func(index, polls int64) { tl.addPolls(&runs.Operation{Index: index, Polls: polls}, false) }
	ends := func(index, polls int64) {
		tl.add(&runs.Record{Operation: runs.Operation{Index: index, Polls: polls, Outcome: purchase.OK}})
	}
	for i, step := range []struct {
		do    func()
		total int
	}{
		{func() { waits(0, 0) }, 0},
		{func() { waits(0, 2) }, 2},
		{func() { waits(1, 1) }, 3},
		{func() { waits(0, 3) }, 4},
		{func() { ends(0, 5) }, 6},
		{func() { waits(0, 1) }, 7}, // the index of another worker's purchase
		{func() { ends(1, 1) }, 7},
	} {
		if step.do(); tl.now.Polls != step.total {
			t.Errorf("%d polls after step %d, want %d", tl.now.Polls, i, step.total)
		}
	}
	if tl.progress(load.Progress{Elapsed: 2 * time.Second}); tl.now.Recent.Polls != 3.5 {
		t.Errorf("%v polls a second in 2 s, want 3.5", tl.now.Recent.Polls)
	}
	if tl.end(load.Report{Elapsed: 7 * time.Second}); tl.now.Recent.Polls != 1 {
		t.Errorf("%v polls a second in 7 s, want 1", tl.now.Recent.Polls)
	}
}
