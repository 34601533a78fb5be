package runs

import (
	"fmt"
	"math"
	"strings"
	"time"

	"sagalab/pkg/load"
)

// Cost is the processor time of an operation on a worker, as measured in a stage of
// a fleet, from which follows what a worker like those can send.
type Cost struct {
	// Stage is the name of the measured stage, Workers how many took part in it, on
	// Hosts machines.
	Stage          string
	Workers, Hosts int
	// CPU is a worker's processor time per operation, with all of its work: sending,
	// recording, delivering.
	CPU time.Duration
	// Cores is how many processors a worker may use, on average. Workers on the same
	// machine share its processors.
	Cores float64
	// PerSecond is how many operations a second each worker started. CPU includes what a
	// worker does without load, too, so that it is overstated when PerSecond is low.
	PerSecond float64
	// Latency is the mean latency of an operation.
	Latency time.Duration
}

// CostOf computes the cost from a stage. It returns an error for a stage that was
// not sent by a fleet or has fewer than 1000 operations with a worker's report.
func CostOf(s Stage) (_ Cost, err error) {
	defer CatchDamage(&err)
	const minOperations = 1000
	if len(s.WorkerResults) == 0 {
		return Cost{}, fmt.Errorf("stage %s was not sent by a fleet: the cost of an operation on a worker was not measured", s.Stage)
	}
	c := Cost{Stage: s.Stage, Workers: len(s.WorkerResults)}
	hosts := map[string]float64{} // cores
	var cpu, latency, elapsed time.Duration
	started := 0
	for _, h := range s.WorkerResults {
		if h.Report == nil {
			continue
		}
		cpu, started, elapsed = cpu+h.Report.Machine.CPU, started+h.Started, elapsed+h.Report.Elapsed
		hosts[h.Host] = max(hosts[h.Host], h.Report.Machine.Allowed())
	}
	if cpu == 0 || elapsed == 0 || started < minOperations {
		return c, fmt.Errorf("stage %s has %d operations with a worker's report of their cost, want %d or more: run a longer stage", s.Stage, started, minOperations)
	}
	for o := range s.EachOperation("latency_ms") {
		latency += time.Duration(o.LatencyMS * float64(time.Millisecond))
	}
	cores := 0.
	for _, n := range hosts {
		cores += n
	}
	c.Hosts, c.CPU, c.Cores = len(hosts), cpu/time.Duration(started), cores/float64(c.Workers)
	c.PerSecond, c.Latency = float64(started)/elapsed.Seconds(), latency/time.Duration(max(1, s.OperationCount()))
	return c, nil
}

// MaxRate returns how many operations a second one worker sends with all its
// processors busy. Latencies measured then are the worker's, not the service's.
func (c Cost) MaxRate() float64 { return c.Cores / c.CPU.Seconds() }

// PlannedRate returns how many operations a second to plan for one worker:
// load.MaxBusy of MaxRate, above which the client counts as the bottleneck.
func (c Cost) PlannedRate() float64 { return load.MaxBusy * c.MaxRate() }

// WorkersFor returns how many workers a rate in operations a second needs, at least 1.
func (c Cost) WorkersFor(rate float64) int { return max(1, int(math.Ceil(rate/c.PlannedRate()))) }

// InFlight returns how many operations are in flight at once at a rate in operations
// a second, by Little's law (1961): rate × latency.
func (c Cost) InFlight(rate float64) float64 { return rate * c.Latency.Seconds() }

// Explain returns how many workers a rate in operations a second needs, in words with
// the arithmetic. It returns an error for a rate that is not in (0, load.MaxRate].
func (c Cost) Explain(rate float64) (string, error) {
	if !(rate > 0 && rate <= load.MaxRate) {
		return "", fmt.Errorf("the rate is %v/s, want it above 0 and up to %v", rate, float64(load.MaxRate))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured in stage %s: %s on %s, each %.0f/s\n", c.Stage, counted(c.Workers, "worker"), counted(c.Hosts, "machine"), c.PerSecond)
	fmt.Fprintf(&b, "an operation costs a worker  %.1f µs of processor time\n", float64(c.CPU)/1e3)
	fmt.Fprintf(&b, "a worker can send            %.3g cores ÷ %.1f µs = %.0f/s\n", c.Cores, float64(c.CPU)/1e3, c.MaxRate())
	fmt.Fprintf(&b, "a worker is planned for      %.0f %% of that = %.0f/s, so that it is not the bottleneck\n", 100*load.MaxBusy, c.PlannedRate())
	fmt.Fprintf(&b, "%.6g/s need                  %.6g ÷ %.0f = %.2f, so %s\n", rate, rate, c.PlannedRate(), rate/c.PlannedRate(), counted(c.WorkersFor(rate), "worker"))
	fmt.Fprintf(&b, "in flight at once            %.6g/s × %.1f ms = %.0f, if latencies stay the same: set a cap above that\n", rate, float64(c.Latency)/1e6, c.InFlight(rate))
	if c.Hosts < c.Workers {
		b.WriteString("These workers share a machine and its processors. Workers on separate machines can send more.\n")
	}
	return b.String(), nil
}

// counted returns "1 worker" or "2 workers".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
