package runner

import "time"

// clock converts times of this process to times for a file, which cannot hold the
// monotonic clock: what the wall clock showed at the start plus what the monotonic
// clock counted since. All rows of a stage are so in the order in which they
// happened, even when the wall clock was set in between.
type clock struct{ base, origin time.Time }

// startClock is a clock that shows origin now; zero means this machine's wall clock.
func startClock(origin time.Time) clock {
	now := time.Now()
	if origin.IsZero() {
		origin = now
	}
	return clock{now, origin.Round(0).UTC()}
}

func (c clock) wall(t time.Time) time.Time { return c.origin.Add(t.Sub(c.base)) }
