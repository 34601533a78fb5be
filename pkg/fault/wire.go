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

// patience is how long toxiproxy may take to change what it does. It waits for
// every connection to pass on what it holds, so a client that never reads its
// reply would stop it for ever.
const patience = 10 * time.Second

// Wire is a TCP proxy on loopback that does the connection faults to everything
// that goes through it, POST /purchase or not. A fault takes the connections that
// are open, too, each at the next byte that passes it; but one that was opened
// before a WireResetRequest or WireResetReply ends without an answer in place of
// a reset, because toxiproxy prepares a reset when a connection opens.
//
// Of a reply that it breaks, toxiproxy keeps two goroutines for ever when the
// reply has more than one chunk of 32 KiB. A purchase's has not; so read large
// pages past the wire while WireReplyLost, WireReplyCut or WireResetReply is on it.
type Wire struct {
	url      string
	patience time.Duration

	mu     sync.Mutex // held while toxiproxy changes what it does
	proxy  *toxiproxy.Proxy
	toxic  string // the name of the one that is set, "" for none
	broken error  // why nothing can be changed any more
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
	w := &Wire{patience: patience, proxy: toxiproxy.NewProxy(api, "wire", address, hostPort(u))}
	if err := w.proxy.Start(); err != nil {
		return nil, fmt.Errorf("fault wire: %w", err)
	}
	w.url = u.Scheme + "://" + w.proxy.Listen + u.EscapedPath()
	return w, nil
}

// URL is the wire's address, to be used in place of the service's.
func (w *Wire) URL() string { return w.url }

// Set puts a fault of connections on the wire, in place of the one that is on it.
// bytes is for WireReplyCut, and 0 for all others.
func (w *Wire) Set(k Kind, bytes int64) error {
	probe := Window{To: 1, Fault: k, Share: 1, Bytes: bytes}
	if levels[k] != connection {
		return fmt.Errorf("fault wire: %q is no fault of connections", clip(string(k), 40))
	}
	if err := errors.Join(probe.faults()...); err != nil {
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

// Clear takes the fault off the wire. Connections that hung are closed.
func (w *Wire) Clear() error { return w.change(w.restore) }

// Follow sets and clears the connection faults of plan, whose windows count from
// start, until all have closed or ctx ends, which is no error. The wire is clear
// when it returns without one.
func (w *Wire) Follow(ctx context.Context, plan Plan, start time.Time) ([]Change, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	return plan.follow(ctx, connection, start, func(i int) error {
		if i < 0 {
			return w.Clear()
		}
		return w.Set(plan.Windows[i].Fault, plan.Windows[i].Bytes)
	})
}

// ErrClosed is what a Wire or a Process returns once it has been closed or
// stopped.
var ErrClosed = errors.New("closed")

// Close ends the wire and its connections.
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
	if w.broken == nil {
		w.broken = fmt.Errorf("fault wire: %w", ErrClosed)
	}
	return err
}

// change does op alone, and gives up on it after patience.
func (w *Wire) change(op func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	done := make(chan error, 1)
	go func() { done <- op() }()
	timer := time.NewTimer(w.patience)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("fault wire: %w", err)
		}
		return nil
	case <-timer.C:
		w.broken = fmt.Errorf("fault wire: toxiproxy could not change a connection for %v, a client may not be reading its reply: make a new wire", w.patience)
		return w.broken
	}
}

// restore takes off what is set.
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

// toxicOf is what toxiproxy calls the fault.
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
