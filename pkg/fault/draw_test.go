package fault

import (
	"fmt"
	"math"
	"testing"
)

// v7 is the n-th key of a scenario: a UUID of version 7 made at a time, whose
// other bits depend on n alone.
func v7(unixMilli int64, n int) string {
	return fmt.Sprintf("%08x-%04x-7%03x-9%03x-%012x", unixMilli>>16, unixMilli&0xffff, n&0xfff, (n>>12)&0xfff, n*2654435761&0xffffffffffff)
}

func TestLasting(t *testing.T) {
	for _, tt := range []struct{ key, want string }{
		{"0198c5f2-7d3a-7abc-9def-0123456789ab", "7abc-9def-0123456789ab"},
		{"0198C5F2-7D3A-7ABC-9DEF-0123456789AB", "7abc-9def-0123456789ab"},
		{"0198c5f2-7d3a-4abc-9def-0123456789ab", "0198c5f2-7d3a-4abc-9def-0123456789ab"}, // version 4
		{"0198c5f2-7d3a-7abc-1def-0123456789ab", "0198c5f2-7d3a-7abc-1def-0123456789ab"}, // another variant
		{"0198c5f2-7d3a-7abc-9def-0123456789ag", "0198c5f2-7d3a-7abc-9def-0123456789ag"}, // not hexadecimal
		{"0198c5f27d3a7abc9def0123456789ab", "0198c5f27d3a7abc9def0123456789ab"},
		{"order 1", "order 1"},
		{"", ""},
	} {
		if got := lasting(tt.key); got != tt.want {
			t.Errorf("lasting(%q) = %q, want %q", tt.key, got, tt.want)
		}
	}
}

// The numbers are part of what a seed promises: a change here changes the faults
// of every recorded seed.
func TestDrawIsFixed(t *testing.T) {
	for _, tt := range []struct {
		seed   uint64
		window int
		key    string
		seen   uint64
		want   string
	}{
		{7, 0, "a", 1, "0.522284"},
		{7, 0, "a", 2, "0.388886"},
		{7, 1, "a", 1, "0.864528"},
		{8, 0, "a", 1, "0.175758"},
		{7, 0, "", 1, "0.294455"},
		{7, 0, "0198c5f2-7d3a-7abc-9def-0123456789ab", 1, "0.199695"},
		{7, 0, "0298C5F2-7D3A-7ABC-9DEF-0123456789AB", 1, "0.199695"},
	} {
		if got := fmt.Sprintf("%.6f", draw(tt.seed, tt.window, identify(tt.key), tt.seen)); got != tt.want {
			t.Errorf("draw(%d, %d, %q, %d) = %s, want %s", tt.seed, tt.window, tt.key, tt.seen, got, tt.want)
		}
	}
}

// TestShare checks that each share takes its part of the keys, of the attempts of
// one key and of requests without one, within 4 standard deviations. It always
// draws the same numbers.
func TestShare(t *testing.T) {
	const n = 2000
	for _, seed := range []uint64{0, 1, 7, math.MaxUint64} {
		for _, share := range []float64{0, 0.01, 0.05, 0.3, 0.5, 0.99, 1} {
			var keys, attempts, unkeyed float64
			for i := range n {
				if draw(seed, 0, identify(v7(1_700_000_000_000, i)), 1) < share {
					keys++
				}
				if draw(seed, 1, identify("one key"), uint64(i+1)) < share {
					attempts++
				}
				if draw(seed, 2, identity{}, uint64(i+1)) < share {
					unkeyed++
				}
			}
			bound := 4 * math.Sqrt(n*share*(1-share))
			for what, got := range map[string]float64{"keys": keys, "attempts": attempts, "requests without a key": unkeyed} {
				if math.Abs(got-n*share) > bound {
					t.Errorf("seed %d: a share of %v takes %v of %d %s, want %v ± %.0f", seed, share, got, n, what, n*share, bound)
				}
			}
		}
	}
}

// TestDrawsAreIndependent: what takes a request in one window, one attempt or
// under one seed says nothing of the others. Half of each would agree by chance.
func TestDrawsAreIndependent(t *testing.T) {
	const n = 4000
	for _, tt := range []struct {
		what          string
		first, second func(id identity) float64
	}{
		{"windows", func(id identity) float64 { return draw(7, 0, id, 1) }, func(id identity) float64 { return draw(7, 1, id, 1) }},
		{"attempts", func(id identity) float64 { return draw(7, 0, id, 1) }, func(id identity) float64 { return draw(7, 0, id, 2) }},
		{"seeds", func(id identity) float64 { return draw(7, 0, id, 1) }, func(id identity) float64 { return draw(8, 0, id, 1) }},
	} {
		agree := 0.0
		for i := range n {
			id := identify(v7(1_700_000_000_000, i))
			if (tt.first(id) < 0.5) == (tt.second(id) < 0.5) {
				agree++
			}
		}
		if bound := 4 * math.Sqrt(n*0.25); math.Abs(agree-n/2) > bound {
			t.Errorf("two %s agree on %v of %d keys, want %d ± %.0f", tt.what, agree, n, n/2, bound)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	s := newStage(Plan{Seed: 7, Windows: []Window{{To: MaxTime, Fault: DropReply, Share: 0.1}}}, testStart)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = v7(1_700_000_000_000, i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.decide(keys[i%len(keys)], testStart)
	}
}
