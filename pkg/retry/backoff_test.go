package retry

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestBackoffWait(t *testing.T) {
	for _, tt := range []struct {
		b    Backoff
		want []time.Duration // after attempts 1, 2, 3, …
	}{
		{Default().Backoff, []time.Duration{1e9, 2e9, 4e9, 4e9}},
		{Backoff{}, []time.Duration{0, 0}},
		{Exponential(100*time.Millisecond, time.Second), []time.Duration{1e8, 2e8, 4e8, 8e8, 1e9, 1e9}},
		{Backoff{First: time.Second, Factor: 1}, []time.Duration{1e9, 1e9}},
		{Backoff{List: []time.Duration{time.Hour}, Max: time.Minute}, []time.Duration{time.Minute}},
		{Fixed(0, 0, time.Second), []time.Duration{0, 0, 1e9}},
	} {
		for i, want := range tt.want {
			if got := tt.b.Wait(i + 1); got != want {
				t.Errorf("%+v.Wait(%d) = %v, want %v", tt.b, i+1, got, want)
			}
		}
	}
	if got := (Backoff{First: time.Hour, Factor: 10}).Wait(100); got <= 0 {
		t.Errorf("an enormous wait overflowed to %v", got)
	}
}

func TestJitterBounds(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	b := Exponential(100*time.Millisecond, 2*time.Second)
	for _, tt := range []struct {
		jitter    Jitter
		n         int
		last      time.Duration
		low, high time.Duration
	}{
		{Full, 1, 0, 0, 100e6}, {Full, 9, 0, 0, 2e9},
		{Equal, 1, 0, 50e6, 100e6}, {Equal, 3, 0, 200e6, 400e6},
		{Decorrelated, 1, 0, 100e6, 300e6}, {Decorrelated, 2, 400e6, 100e6, 1200e6}, {Decorrelated, 3, 2e9, 100e6, 2e9},
	} {
		p := Policy{Backoff: b, Jitter: tt.jitter}
		low, high := time.Duration(math.MaxInt64), time.Duration(0)
		for range 2000 {
			w := p.Wait(tt.n, tt.last, rnd)
			low, high = min(low, w), max(high, w)
		}
		if low < tt.low || high > tt.high {
			t.Errorf("%s jitter after attempt %d: waits in [%v, %v], want within [%v, %v]", tt.jitter, tt.n, low, high, tt.low, tt.high)
		}
		if spread := tt.high - tt.low; high-low < spread*8/10 {
			t.Errorf("%s jitter after attempt %d: waits in [%v, %v] do not fill [%v, %v]", tt.jitter, tt.n, low, high, tt.low, tt.high)
		}
	}
}
