package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// changeTimeout is how long toxiproxy may take to change what it does. It waits for
// every connection to pass on what it holds, so a client that never reads its
// reply would block it forever.
const changeTimeout = 10 * time.Second

// Wire is a TCP proxy on loopback that does the connection faults to everything
// that goes through it, a purchase or not. A fault also affects connections that
// are open already, each at the next byte that passes it; but one that was opened
// before a WireResetRequest or WireResetReply ends without an answer instead of
// a reset, because toxiproxy prepares a reset when a connection opens.
//
// toxiproxy leaks two goroutines for each reply that it breaks when the reply has
// more than one chunk of 32 KiB. A purchase's reply is smaller; read large pages from
// the service directly while WireReplyLost, WireReplyCut or WireResetReply is set.
type Wire struct {
	url           string
	changeTimeout time.Duration

	mu       sync.Mutex // held while toxiproxy changes what it does
	proxy    *toxiproxy.Proxy
	toxic    string // the name of the one that is set, "" for none
	unusable error  // why nothing can be changed any more
}

// NewWire starts a wire to a service, without a fault.
func NewWire(s Service) (*Wire, error) {
	u, err := s.target()
	if err != nil {
		return nil, fmt.Errorf("fault wire: %w", err)
	}
	address, err := FreeAddress() // one that is still free after WireDown
	if err != nil {
		return nil, fmt.Errorf("fault wire: %w", err)
	}
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()) // never listens
	w := &Wire{changeTimeout: changeTimeout, proxy: toxiproxy.NewProxy(api, "wire", address, hostPort(u))}
	if err := w.proxy.Start(); err != nil {
		return nil, fmt.Errorf("fault wire: %w", err)
	}
	w.url = u.Scheme + "://" + w.proxy.Listen + u.EscapedPath()
	return w, nil
}

// URL returns the wire's address, to be used instead of the service's.
func (w *Wire) URL() string { return w.url }

// Set puts a connection fault on the wire, instead of the one that is set. bytes is
// for WireReplyCut, and 0 for all others.
func (w *Wire) Set(k Kind, bytes int64) error {
	probe := Window{To: 1, Fault: k, Probability: 1, Bytes: bytes}
	if scopes[k] != connectionFault {
		return fmt.Errorf("fault wire: %q is not a fault of connections", clip(string(k), 40))
	}
	if err := errors.Join(probe.problems()...); err != nil {
		return fmt.Errorf("fault wire: %s: %w", k, err)
	}
	return w.change(func() error {
		if err := w.restore(); err != nil {
			return err
		}
		if k == WireDown {
			w.proxy.Stop()
			return nil
		}
		toxic, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxicOf(k, bytes)))
		if err != nil {
			return err
		}
		w.toxic = toxic.Name
		return nil
	})
}

// Clear removes the fault from the wire. Connections that hung are closed.
func (w *Wire) Clear() error { return w.change(w.restore) }

// Follow sets and clears the connection faults of plan, whose windows count from
// start, until all have closed or ctx ends, which is no error. The wire has no
// fault when it returns without an error.
func (w *Wire) Follow(ctx context.Context, plan Plan, start time.Time) ([]Change, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	return plan.follow(ctx, connectionFault, start, func(i int) error {
		if i < 0 {
			return w.Clear()
		}
		return w.Set(plan.Windows[i].Fault, plan.Windows[i].Bytes)
	})
}

// ErrClosed is what a Wire or a Process returns once it has been closed or
// stopped.
var ErrClosed = errors.New("closed")

// Close closes the wire and its connections.
func (w *Wire) Close() error {
	err := w.change(func() error {
		w.proxy.Stop()
		return nil
	})
	if errors.Is(err, ErrClosed) {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unusable == nil {
		w.unusable = fmt.Errorf("fault wire: %w", ErrClosed)
	}
	return err
}

// change runs op, one at a time, and gives up on it after changeTimeout.
func (w *Wire) change(op func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unusable != nil {
		return w.unusable
	}
	done := make(chan error, 1)
	go func() { done <- op() }()
	timer := time.NewTimer(w.changeTimeout)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("fault wire: %w", err)
		}
		return nil
	case <-timer.C:
		w.unusable = fmt.Errorf("fault wire: toxiproxy could not change a connection for %v, a client may not be reading its reply: make a new wire", w.changeTimeout)
		return w.unusable
	}
}

// restore removes the fault that is set.
func (w *Wire) restore() error {
	if name := w.toxic; name != "" {
		w.toxic = ""
		return w.proxy.Toxics.RemoveToxic(context.Background(), name)
	}
	if !w.proxy.Enabled {
		return w.proxy.Start()
	}
	return nil
}

// toxicOf returns the fault as a toxic of toxiproxy, in JSON.
func toxicOf(k Kind, bytes int64) string {
	limit := func(direction string) string {
		return fmt.Sprintf(`{"type": "limit_data", "stream": %q, "attributes": {"bytes": %d}}`, direction, bytes)
	}
	switch k {
	case WireRequestLost:
		return limit("upstream")
	case WireReplyLost, WireReplyCut:
		return limit("downstream")
	case WireHang:
		return `{"type": "timeout", "stream": "upstream", "attributes": {"timeout": 0}}`
	case WireResetRequest:
		return `{"type": "reset_peer", "stream": "upstream", "attributes": {"timeout": 0}}`
	case WireResetReply:
		return `{"type": "reset_peer", "stream": "downstream", "attributes": {"timeout": 0}}`
	}
	return "" // toxiproxy refuses it
}
