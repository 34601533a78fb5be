package nb

import (
	"fmt"
	"time"

	"sagalab/pkg/runs"
)

// SameSchedule says whether two stages recorded the same purchases of one schedule,
// by their places in it, and how far the moments at which they were due are apart.
func SameSchedule(a, b runs.Stage) { say("%s\n", sameSchedule(a, b)) }

func sameSchedule(a, b runs.Stage) string {
	due := map[int64]time.Duration{}
	for i := range a.Operations {
		due[a.Operations[i].Index] = a.Operations[i].ScheduledTS.Sub(a.Started)
	}
	both, apart := 0, time.Duration(0)
	for i := range b.Operations {
		o := &b.Operations[i]
		if at, ok := due[o.Index]; ok {
			both++
			apart = max(apart, (o.ScheduledTS.Sub(b.Started) - at).Abs())
		}
	}
	return fmt.Sprintf("Purchases in both stages: %d; only in %s: %d; only in %s: %d; due at most %.3g ms apart",
		both, a.Stage, len(a.Operations)-both, b.Stage, len(b.Operations)-both, apart.Seconds()*1000)
}
