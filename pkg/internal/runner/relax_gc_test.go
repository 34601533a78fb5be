package runner

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestTheCollectorIsRestored runs stages that overlap, in a process with a
// setting of its own and in one without.
func TestTheCollectorIsRestored(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	now := func() (int, int64) {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p, debug.SetMemoryLimit(-1)
	}
	for _, tt := range []struct {
		percent, during int
		limit           int64
	}{
		{100, relaxedPercent, math.MaxInt64},
		{100, relaxedPercent, 64 << 20},
		{50, 50, 1 << 30}, // asked for
		{1000, 1000, math.MaxInt64},
		{-1, -1, 64 << 20},
	} {
		debug.SetGCPercent(tt.percent)
		debug.SetMemoryLimit(tt.limit)
		first := relaxGC()
		second := relaxGC()
		p, l := now()
		if most := min(tt.limit, memory()+2*relaxedRoom); p != tt.during || p == relaxedPercent && l > most {
			t.Errorf("GOGC %d, limit %d: %d and %d while stages run, want %d and at most %d", tt.percent, tt.limit, p, l, tt.during, most)
		}
		first()
		first()
		if q, _ := now(); q != p {
			t.Errorf("GOGC %d: %d while the second stage runs, want %d still", tt.percent, q, p)
		}
		second()
		if p, l := now(); p != tt.percent || l != tt.limit {
			t.Errorf("GOGC %d, limit %d: %d and %d after the last stage, want them restored", tt.percent, tt.limit, p, l)
		}
	}
}
