package scenario

import (
	"context"
	"errors"
	"sync"
	"time"

	"sagalab/pkg/fault"
)

// way is what lies between a trial's client and the service:
//
//	client ──▶ wire (faults to connections) ──▶ proxy (to requests) ──▶ service
//
// Both stand there in every trial with faults, whatever they are, so that a fault
// to requests and one to connections cost the same way.
type way struct {
	proxy *fault.Proxy
	wire  *fault.Wire

	done sync.WaitGroup
	mu   sync.Mutex
	err  error // what went wrong with the faults themselves
}

func open(to Target) (*way, error) {
	proxy, err := fault.NewProxy(fault.Service{Address: to.Endpoint.String(), AllowedHosts: []string{to.Endpoint.Host()}})
	if err != nil {
		return nil, err
	}
	wire, err := fault.NewWire(fault.Service{Address: proxy.URL()})
	if err != nil {
		return nil, errors.Join(err, proxy.Close())
	}
	return &way{proxy: proxy, wire: wire}, nil
}

func (w *way) close() { _ = errors.Join(w.wire.Close(), w.proxy.Close()) } // there is nothing left to lose

// begin starts the clock of the plan's windows.
func (w *way) begin(ctx context.Context, t Trial, start time.Time) error {
	w.follow(func() error { _, err := w.wire.Follow(ctx, t.Faults, start); return err })
	if t.Process != nil {
		w.follow(func() error { _, err := t.Process.Follow(ctx, t.Faults, start); return err })
	}
	return w.proxy.Start(t.Faults, start)
}

func (w *way) follow(f func() error) {
	w.done.Go(func() {
		if err := f(); err != nil && !errors.Is(err, context.Canceled) {
			w.mu.Lock()
			w.err = errors.Join(w.err, err)
			w.mu.Unlock()
		}
	})
}
