package nb

import (
	"fmt"
	"time"

	"sagalab/pkg/runs"
)

// SameSchedule prints whether two stages recorded the same purchases of one schedule,
// identified by their places in it, and how far apart the times are at which they were due,
// counted from the first purchase in both. The delay with which a worker of a fleet began
// is subtracted.
func SameSchedule(a, b runs.Stage) { printf("%s\n", sameSchedule(a, b)) }

func sameSchedule(a, b runs.Stage) string {
	due := map[int64]time.Time{}
	for i := range a.Operations {
		due[a.Operations[i].Index] = dueOf(a, &a.Operations[i])
	}
	both := 0
	var first, apart time.Duration // b after a
	for i := range b.Operations {
		o := &b.Operations[i]
		at, ok := due[o.Index]
		if !ok {
			continue
		}
		after := dueOf(b, o).Sub(at)
		if both++; both == 1 {
			first = after
		}
		apart = max(apart, (after - first).Abs())
	}
	return fmt.Sprintf("Purchases in both stages: %d; only in %s: %d; only in %s: %d; due at most %.3g ms apart",
		both, a.Stage, len(a.Operations)-both, b.Stage, len(b.Operations)-both, apart.Seconds()*1000)
}

// dueOf is when an operation was due, had its worker begun in time. Users are dealt
// out to workers in turn, as runs.Stage.ByWorker has it.
func dueOf(s runs.Stage, o *runs.Operation) time.Time {
	if n := len(s.WorkerResults); n > 0 {
		return o.ScheduledTS.Add(-s.WorkerResults[int(o.VirtualUser)%n].Delay)
	}
	return o.ScheduledTS
}
