package runs

import (
	"fmt"
	"math"
	"strings"
	"time"

	"sagalab/pkg/load"
)

// Cost is what an operation costs a worker, as a fleet's stage measured it, and
// what a worker like those can send.
type Cost struct {
	Stage string
	// Workers took part, on Hosts machines.
	Workers, Hosts int
	// CPU is the processor time of a worker for an operation, all of its work
	// included: sending, recording, delivering.
	CPU time.Duration
	// Cores is how many of them a worker may use, on average. Workers that share a
	// machine share its cores.
	Cores float64
	// PerSecond is how many operations a worker started each second meanwhile. What
	// a worker does in any case is part of the cost, so that a low rate overstates it.
	PerSecond float64
	// Latency is the mean of how long an operation was under way.
	Latency time.Duration
}

// CostOf measures the cost in a stage that a fleet ran. The error says
// what the stage lacks: a fleet, or enough operations to mean something.
func CostOf(s Stage) (Cost, error) {
	const fewest = 1000
	if len(s.Shares) == 0 {
		return Cost{}, fmt.Errorf("stage %s was not sent by a fleet: what a worker costs was not measured", s.Stage)
	}
	c := Cost{Stage: s.Stage, Workers: len(s.Shares)}
	hosts := map[string]float64{} // cores
	var cpu, latency, elapsed time.Duration
	started := 0
	for _, h := range s.Shares {
		if h.Report == nil {
			continue
		}
		cpu, started, elapsed = cpu+h.Report.Machine.CPU, started+h.Started, elapsed+h.Report.Elapsed
		hosts[h.Host] = max(hosts[h.Host], h.Report.Machine.Allowed())
	}
	if cpu == 0 || elapsed == 0 || started < fewest {
		return c, fmt.Errorf("stage %s had %d operations that its workers told the cost of, want %d or more: run a longer one", s.Stage, started, fewest)
	}
	for i := range s.Operations {
		latency += time.Duration(s.Operations[i].LatencyMS * float64(time.Millisecond))
	}
	cores := 0.
	for _, n := range hosts {
		cores += n
	}
	c.Hosts, c.CPU, c.Cores = len(hosts), cpu/time.Duration(started), cores/float64(c.Workers)
	c.PerSecond, c.Latency = float64(started)/elapsed.Seconds(), latency/time.Duration(max(1, len(s.Operations)))
	return c, nil
}

// Reach is how many operations a second one worker gets to when all its cores do
// nothing else: then latencies are its own and no more the service's.
func (c Cost) Reach() float64 { return c.Cores / c.CPU.Seconds() }

// Rate is how many operations a second a worker is planned for: load.MaxBusy of
// what it reaches, above which the client counts as the bottleneck.
func (c Cost) Rate() float64 { return load.MaxBusy * c.Reach() }

// WorkersFor is how many workers a rate wants, at least 1.
func (c Cost) WorkersFor(rate float64) int { return max(1, int(math.Ceil(rate/c.Rate()))) }

// InFlight is how many operations are under way at once at a rate, by Little's law
// (1961): rate × latency.
func (c Cost) InFlight(rate float64) float64 { return rate * c.Latency.Seconds() }

// For is how many workers a rate wants, in words, with the arithmetic.
func (c Cost) For(rate float64) (string, error) {
	if !(rate > 0 && rate <= load.MaxRate) {
		return "", fmt.Errorf("the rate is %v/s, want it above 0 and up to %v", rate, float64(load.MaxRate))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured in stage %s: %d workers on %d machine(s), each %.0f/s\n", c.Stage, c.Workers, c.Hosts, c.PerSecond)
	fmt.Fprintf(&b, "an operation costs a worker  %.1f µs of processor time\n", float64(c.CPU)/1e3)
	fmt.Fprintf(&b, "a worker reaches             %.3g cores ÷ %.1f µs = %.0f/s\n", c.Cores, float64(c.CPU)/1e3, c.Reach())
	fmt.Fprintf(&b, "a worker is planned for      %.0f %% of that = %.0f/s, so that it is not the bottleneck\n", 100*load.MaxBusy, c.Rate())
	fmt.Fprintf(&b, "%.6g/s want                  %.6g ÷ %.0f = %.2f, so %d worker(s)\n", rate, rate, c.Rate(), rate/c.Rate(), c.WorkersFor(rate))
	fmt.Fprintf(&b, "under way at once            %.6g/s × %.1f ms = %.0f, if the service is as quick then: a cap above that\n", rate, float64(c.Latency)/1e6, c.InFlight(rate))
	if c.Hosts < c.Workers {
		b.WriteString("These workers share a machine, and its cores. Workers with a machine of their own can send more.\n")
	}
	return b.String(), nil
}
