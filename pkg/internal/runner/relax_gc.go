package runner

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// How far the heap may grow while load runs. Sending allocates ten times a stage's
// live heap each second, so that with the default of 100 % the garbage collector
// runs all the time: with 800 % a purchase takes a sixth less processor time.
const (
	relaxedPercent = 800
	// relaxedRoom is how much more memory this may take in all; the heap is
	// collected sooner when it would be passed.
	relaxedRoom = 200 << 20
)

// gcSetting is what to restore after the last of the stages that run: the process's
// own setting of the garbage collector.
var gcSetting struct {
	mu      sync.Mutex
	stages  int
	percent int
	limit   int64
}

// relaxGC lets the garbage collector run less often until restore is called,
// within bounds, unless the process has a setting of its own (GOGC). Safe for
// concurrent use.
func relaxGC() (restore func()) {
	c := &gcSetting
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stages++; c.stages == 1 {
		c.limit = debug.SetMemoryLimit(-1)
		if c.percent = debug.SetGCPercent(relaxedPercent); c.percent == 100 {
			debug.SetMemoryLimit(min(c.limit, memory()+relaxedRoom))
		} else {
			debug.SetGCPercent(c.percent)
		}
	}
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.stages--; c.stages == 0 {
			debug.SetGCPercent(c.percent)
			debug.SetMemoryLimit(c.limit)
		}
	})
}

// memory is what this process has of the system, as a memory limit counts it.
func memory() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 || s[1].Value.Kind() != metrics.KindUint64 {
		return math.MaxInt64 - relaxedRoom
	}
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}
