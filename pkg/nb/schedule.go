package nb

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/runs"
)

// SameSchedule prints whether two stages recorded the same purchases of one schedule,
// identified by their places in it, and how far apart the times are at which they were due,
// counted from the first purchase in both. The delay with which a worker of a fleet began
// is subtracted.
func SameSchedule(a, b runs.Stage) {
	text, err := sameSchedule(a, b)
	exitOnError(err)
	printf("%s\n", text)
}

func sameSchedule(a, b runs.Stage) (text string, err error) {
	defer runs.CatchDamage(&err)
	x, y := dueTimes(a), dueTimes(b)
	both := 0
	var first, apart time.Duration // b after a
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i].index < y[j].index:
			i++
			continue
		case x[i].index > y[j].index:
			j++
			continue
		}
		after := time.Duration(y[j].due - x[i].due)
		if both++; both == 1 {
			first = after
		}
		apart = max(apart, (after - first).Abs())
		i, j = i+1, j+1
	}
	return fmt.Sprintf("Purchases in both stages: %d; only in %s: %d; only in %s: %d; due at most %.3g ms apart",
		both, a.Stage, a.OperationCount()-both, b.Stage, b.OperationCount()-both, apart.Seconds()*1000), nil
}

// dueTime is when a purchase was due.
type dueTime struct {
	index int64
	due   int64 // nanoseconds since 1970
}

// dueTimes returns when the purchases of a stage were due, had their workers begun in time,
// by their places in the schedule. Users are dealt out to workers in turn, as
// runs.Stage.ByWorker has it.
func dueTimes(s runs.Stage) []dueTime {
	list := make([]dueTime, 0, s.OperationCount())
	for o := range s.EachOperation("index", "scheduled_ts", "virtual_user") {
		t := dueTime{o.Index, o.ScheduledTS.UnixNano()}
		if n := len(s.WorkerResults); n > 0 {
			t.due -= int64(s.WorkerResults[int(o.VirtualUser)%n].Delay)
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b dueTime) int { return cmp.Compare(a.index, b.index) })
	return list
}
