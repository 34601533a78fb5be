package runner

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/runs"
)

// faultChain is what lies between a trial's client and the service:
//
//	client ──▶ wire (faults to connections) ──▶ proxy (to requests) ──▶ service
//
// Both are there in every trial with faults, so that the added latency does not
// depend on the kind of fault. The client marks its attempts at purchases, by which
// the proxy recognises those of any adapter; the proxy removes the mark.
type faultChain struct {
	plan    fault.Plan
	process *fault.Process
	text    json.RawMessage // the plan, for the run
	proxy   *fault.Proxy
	wire    *fault.Wire

	ctx      context.Context // of the goroutines that follow the plan
	stop     context.CancelFunc
	start    time.Time // of the plan, by the clock of the rows
	attempts *fault.AttemptCounter
	counts   fault.Counts // what the faults did, once end has been called

	done    sync.WaitGroup
	mu      sync.Mutex
	changes []fault.Change
	err     error // what went wrong with the faults themselves
}

// newFaultChain makes the chain of a trial whose plan is valid. Close it.
func newFaultChain(ctx context.Context, to Target, t Trial) (*faultChain, error) {
	text, err := json.Marshal(t.Faults)
	if err != nil {
		return nil, err
	}
	proxy, err := fault.NewProxy(fault.Service{Address: to.Endpoint.String(), AllowedHosts: []string{to.Endpoint.Host()}, TLS: to.Config.TLS})
	if err != nil {
		return nil, err
	}
	wire, err := fault.NewWire(fault.Service{Address: proxy.URL()})
	if err != nil {
		return nil, errors.Join(err, proxy.Close())
	}
	w := &faultChain{plan: t.Faults, process: t.Process, text: text, proxy: proxy, wire: wire, attempts: fault.NewAttemptCounter(t.Faults)}
	w.ctx, w.stop = context.WithCancel(ctx)
	return w, nil
}

func (c *faultChain) close() {
	c.stop()
	c.done.Wait()
	_ = errors.Join(c.wire.Close(), c.proxy.Close()) // there is nothing left to lose
}

// begin starts the clock of the plan's windows.
func (c *faultChain) begin(start time.Time) {
	c.start = start.Round(0)
	c.follow(c.wire.Follow, start)
	if c.process != nil {
		c.follow(c.process.Follow, start)
	}
	c.noteError(c.proxy.Start(c.plan, start))
}

// follow starts a goroutine in which a wire or a process does its faults of the plan.
func (c *faultChain) follow(f func(context.Context, fault.Plan, time.Time) ([]fault.Change, error), start time.Time) {
	c.done.Go(func() {
		changes, err := f(c.ctx, c.plan, start)
		c.noteError(err)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changes = append(c.changes, changes...)
	})
}

func (c *faultChain) noteError(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(c.err, err)
}

// countAttempts counts the attempts of records by the windows they fell into.
func (c *faultChain) countAttempts(records []runs.Record) {
	for i := range records {
		for j := range records[i].Attempts {
			a := &records[i].Attempts[j]
			sent := a.StartTS.Sub(c.start)
			c.attempts.Add(sent, sent+time.Duration(a.LatencyMS*float64(time.Millisecond)))
		}
	}
}

// end closes all windows once the load has ended and all attempts were counted, and
// returns what each of them did. loadEnd is when the last attempt ended.
func (c *faultChain) end() (windows []runs.FaultWindow, loadEnd time.Duration) {
	c.stop()
	c.done.Wait()
	c.counts = c.proxy.Counts()
	if len(c.counts.Windows) == len(c.plan.Windows) { // else the plan never began
		c.attempts.Complete(&c.counts, c.changes)
	}
	for i, n := range c.counts.Windows {
		p := c.plan.Windows[i]
		windows = append(windows, runs.FaultWindow{
			Fault: string(p.Fault), From: p.From, To: p.To, Probability: p.Probability, Met: n.Met, Taken: n.Taken, Detail: n.Detail,
		})
	}
	return windows, c.attempts.LastEnd()
}
