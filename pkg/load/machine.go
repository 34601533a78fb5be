package load

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Machine describes the load on the process that sends a stage, while it ran.
type Machine struct {
	// CPU is the processor time that the process used, of all its work, not of
	// this stage alone; 0 where the system does not report it.
	CPU time.Duration `json:"cpu_ns"`
	// Cores is how many threads run Go code at once (GOMAXPROCS).
	Cores int `json:"cores"`
	// Quota is how many cores' worth of time its container is given, 0 when that is
	// not limited or not known.
	Quota float64 `json:"quota,omitempty"`
	// GCMax and GCTotal are the longest pause for a garbage collection and their
	// sum.
	GCMax   time.Duration `json:"gc_max_ns"`
	GCTotal time.Duration `json:"gc_total_ns"`
	// Waited is the 0.99-quantile of how long a goroutine that could run waited
	// for a processor: the upper end of a bucket of runtime/metrics.
	Waited time.Duration `json:"waited_p99_ns"`
	// ClockStep is by how much the wall clock was set, compared with the monotonic
	// clock: the largest difference, 0 if less than a millisecond.
	ClockStep time.Duration `json:"clock_step_ns"`
}

// machineWatch follows the machine from the start of a stage. Not safe for
// concurrent use.
type machineWatch struct {
	base    time.Time
	cpu     time.Duration
	gc      debug.GCStats
	total   time.Duration // of all pauses before the stage
	waiting []uint64      // as of the stage's start
	m       Machine
}

func watchMachine(base time.Time) *machineWatch {
	w := &machineWatch{base: base, cpu: cpuTime(), m: Machine{Cores: runtime.GOMAXPROCS(0), Quota: cgroupQuota()}}
	debug.ReadGCStats(&w.gc)
	w.total = w.gc.PauseTotal
	w.waiting = append(w.waiting, schedulingLatencies().Counts...)
	return w
}

// sample keeps what would be lost at the end: the runtime remembers 256
// pauses, and a clock may be set back again.
func (w *machineWatch) sample() {
	before := w.gc.NumGC
	debug.ReadGCStats(&w.gc)
	since := min(int(w.gc.NumGC-before), len(w.gc.Pause)) // newest first
	for _, p := range w.gc.Pause[:since] {
		w.m.GCMax = max(w.m.GCMax, p)
	}
	now := time.Now()
	w.noteClockStep(now.Round(0).Sub(w.base.Round(0)) - now.Sub(w.base))
}

func (w *machineWatch) noteClockStep(d time.Duration) {
	if d.Abs() >= time.Millisecond && d.Abs() > w.m.ClockStep.Abs() {
		w.m.ClockStep = d
	}
}

func (w *machineWatch) end() Machine {
	w.sample()
	w.m.CPU = cpuTime() - w.cpu
	w.m.GCTotal = w.gc.PauseTotal - w.total
	w.m.Waited = quantileSince(schedulingLatencies(), w.waiting, .99)
	return w.m
}

func schedulingLatencies() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram { // a runtime without it
		return &metrics.Float64Histogram{}
	}
	return sample[0].Value.Float64Histogram()
}

// quantileSince is the upper end of the bucket with the q-quantile of what h
// counted since it was at before, in seconds; 0 if it counted nothing.
func quantileSince(h *metrics.Float64Histogram, before []uint64, q float64) time.Duration {
	var total, seen uint64
	since := make([]uint64, len(h.Counts))
	for i, n := range h.Counts {
		since[i] = n
		if i < len(before) {
			since[i] -= before[i]
		}
		total += since[i]
	}
	rank := uint64(max(1, math.Ceil(q*float64(total))))
	for i, n := range since {
		if seen += n; total > 0 && seen >= rank {
			edge := h.Buckets[i+1]
			if math.IsInf(edge, 1) {
				edge = h.Buckets[i]
			}
			return time.Duration(edge * float64(time.Second))
		}
	}
	return 0
}
