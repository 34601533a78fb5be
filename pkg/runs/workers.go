package runs

import (
	"errors"
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
	// Latency is the mean of how long an operation was under way, InFlight how many
	// a worker may have under way at once: its share of the cap, or of the users.
	Latency  time.Duration
	InFlight float64
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
	var cpu, latency time.Duration
	started, inFlight := 0, 0
	plan, err := load.ParseStage(s.Load)
	if err != nil {
		return c, err
	}
	for _, h := range s.Shares {
		if h.Report == nil {
			continue
		}
		cpu, started = cpu+h.Report.Machine.CPU, started+h.Started
		hosts[h.Host] = max(hosts[h.Host], h.Report.Machine.Allowed())
		inFlight += h.Connections(plan)
	}
	if cpu == 0 || started < fewest {
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
	c.Latency, c.InFlight = latency/time.Duration(max(1, len(s.Operations))), float64(inFlight)/float64(c.Workers)
	return c, nil
}

// Rate is how many operations a second one worker can send: its cores, of which a
// share of load.MaxBusy may be used, over the cost; and by Little's law (1961) what
// may be under way over the time that it is.
func (c Cost) Rate() float64 { return min(c.byCPU(), c.byInFlight()) }

func (c Cost) byCPU() float64 { return c.Cores * load.MaxBusy / c.CPU.Seconds() }

func (c Cost) byInFlight() float64 {
	if c.Latency <= 0 {
		return math.Inf(1)
	}
	return c.InFlight / c.Latency.Seconds()
}

// Reaches is how many operations a second so many workers can send, if the service
// takes them and none of the workers share a machine that those measured did not.
func (c Cost) Reaches(workers int) float64 { return float64(workers) * c.Rate() }

// For is how many workers a rate wants, in words, with the arithmetic.
func (c Cost) For(rate float64) (string, error) {
	if !(rate > 0 && rate <= load.MaxRate) {
		return "", errors.New("the rate is not above 0 and up to " + fmt.Sprint(float64(load.MaxRate)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured in stage %s, %d workers on %d machine(s):\n", c.Stage, c.Workers, c.Hosts)
	fmt.Fprintf(&b, "  an operation costs a worker %.1f µs of processor time and is under way for %.2f ms\n", float64(c.CPU)/1e3, float64(c.Latency)/1e6)
	fmt.Fprintf(&b, "  by processors: %.2g cores × %.0f %% ÷ %.1f µs = %.0f/s for a worker\n", c.Cores, 100*load.MaxBusy, float64(c.CPU)/1e3, c.byCPU())
	fmt.Fprintf(&b, "  by what may be under way: %.4g ÷ %.2f ms = %.0f/s for a worker\n", c.InFlight, float64(c.Latency)/1e6, c.byInFlight())
	fmt.Fprintf(&b, "For %.4g/s: %.4g ÷ %.0f = %.2f, so %d worker(s) like these", rate, rate, c.Rate(), rate/c.Rate(), c.WorkersFor(rate))
	return b.String(), nil
}

// WorkersFor is how many workers a rate wants, at least 1.
func (c Cost) WorkersFor(rate float64) int { return max(1, int(math.Ceil(rate/c.Rate()))) }

// ByWorker is a fleet's stage as one stage for each worker, named by it, so that
// figures and tables compare them. Users are dealt out by their numbers
// (load.Share).
func (s Stage) ByWorker() []Stage {
	list := make([]Stage, len(s.Shares))
	of := map[int64]int{} // share by operation
	for n, h := range s.Shares {
		list[n] = s.Named(h.Worker)
		list[n].Operations, list[n].Attempts = nil, nil
		list[n].Requests, list[n].Workers = h.Planned, 0
	}
	if len(list) == 0 {
		return nil
	}
	for _, op := range s.Operations {
		n := int(op.VirtualUser) % len(list)
		of[op.Index] = n
		list[n].Operations = append(list[n].Operations, op)
	}
	for _, a := range s.Attempts {
		n := of[a.Index]
		list[n].Attempts = append(list[n].Attempts, a)
	}
	return list
}
