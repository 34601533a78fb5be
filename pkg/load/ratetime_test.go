package load

import (
	"testing"
	"time"
)

func TestRateTime(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	open, closed := Stage{Rate: Constant(60, 7*s)}, Stage{Requests: 10, VUs: 2}
	for _, c := range []struct {
		name          string
		stage         Stage
		took, fastest time.Duration
		complete      bool
		want          time.Duration
	}{
		{"a fast service that keeps up", open, 7*s + 5*ms, 5 * ms, true, 7 * s},
		{"a slower one that keeps up as well", open, 7*s + 260*ms, 260 * ms, true, 7 * s},
		{"one that does not keep up", open, 14 * s, 5 * ms, true, 14*s - 5*ms},
		{"a stage that was stopped", open, 3 * s, 5 * ms, false, 3*s - 5*ms},
		{"one that was stopped at its first answer", open, 5 * ms, 5 * ms, false, 5 * ms},
		{"latencies that cannot be", open, 8 * s, -s, true, 8 * s},
		{"users who wait", closed, 2 * s, 260 * ms, true, 2 * s},
	} {
		if got := c.stage.RateTime(c.took, c.fastest, c.complete); got != c.want {
			t.Errorf("%s: RateTime = %v, want %v", c.name, got, c.want)
		}
	}
}
