package fault

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// purchasePath is the path of a purchase in the purchase API's contract.
const purchasePath = "/purchase"

// MaxBody is the largest body, in bytes, of a POST /purchase without an AttemptMark; one with
// a larger body is not a purchase, and passes. The body of a marked request has no limit.
const MaxBody = 1 << 20

// Proxy is an HTTP reverse proxy on loopback that does the request faults of a
// plan to purchases: to requests with an AttemptMark, whatever their method and path, and to
// POST /purchase without one, whose key is its Idempotency-Key header or the member
// idempotency_key of its body. Other requests pass untouched.
//
// In what it forwards it changes only the headers that belong to one connection, and removes
// AttemptHeader. It sends a request twice only for Duplicate. When the service gives no reply,
// the client's connection is closed.
type Proxy struct {
	target *url.URL
	server *http.Server
	url    string
	done   chan struct{} // closed when serving has ended
	closed context.Context
	close  context.CancelFunc
	active atomic.Pointer[activePlan]

	// singleUse opens a connection for each request. net/http sends a request without
	// a body again by itself when a reused connection dies, and one with a body
	// that it cannot rewind never: only the latter may reuse connections.
	keepAlive, singleUse *http.Transport
}

// NewProxy starts a proxy in front of a service. Until Start all requests pass.
func NewProxy(s Service) (*Proxy, error) { return newProxy("", s, nil) }

// newProxy starts a proxy at an address on loopback, "" for a free port, whose requests handler
// serves, nil for the proxy itself.
func newProxy(listen string, s Service, handler http.Handler) (*Proxy, error) {
	u, err := s.target()
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if host, _, err := net.SplitHostPort(listen); err != nil || !loopback(host) {
		return nil, fmt.Errorf("fault proxy: %q is no address on this machine: write it like 127.0.0.1:9001", clip(listen, 100))
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	p := &Proxy{target: u, url: "http://" + listener.Addr().String(), done: make(chan struct{}), keepAlive: newTransport(s.TLS), singleUse: newTransport(s.TLS)}
	p.singleUse.DisableKeepAlives = true
	p.closed, p.close = context.WithCancel(context.Background())
	p.active.Store(newActivePlan(Plan{}, time.Now()))
	if handler == nil {
		handler = p
	}
	p.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 30 * time.Second,
		ReadTimeout:       2 * MaxDelay, // of a whole request; it also ends a fault's wait
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(p.done)
		_ = p.server.Serve(listener) // ErrServerClosed, or clients are refused
	}()
	return p, nil
}

func newTransport(config *tls.Config) *http.Transport {
	one := new(http.Protocols)
	one.SetHTTP1(true)
	return &http.Transport{
		Protocols:           one,
		TLSClientConfig:     config.Clone(),
		DisableCompression:  true, // otherwise it would ask for gzip, and unpack it
		MaxIdleConnsPerHost: 1024,
		IdleConnTimeout:     time.Minute,
	}
}

// URL returns the proxy's address, to be used instead of the service's.
func (p *Proxy) URL() string { return p.url }

// Start begins a stage: the windows of plan count from start, and counts, events
// and how often keys came begin anew. Requests under way still belong to the
// stage in which they arrived.
func (p *Proxy) Start(plan Plan, start time.Time) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	p.active.Store(newActivePlan(plan, start))
	return nil
}

// End closes all windows: from now on requests pass. The counts stay.
func (p *Proxy) End() { p.active.Load().end() }

// Counts returns what was done since Start.
func (p *Proxy) Counts() Counts {
	c, _ := p.active.Load().report()
	return c
}

// Events returns the requests since Start that did not simply pass, in the order in
// which that was decided: the first MaxEvents of them.
func (p *Proxy) Events() []Event {
	_, e := p.active.Load().report()
	return e
}

// Close ends the proxy. Requests under way are cut off.
func (p *Proxy) Close() error {
	p.close()
	err := p.server.Close()
	<-p.done
	p.keepAlive.CloseIdleConnections()
	p.singleUse.CloseIdleConnections()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("fault proxy: %w", err)
	}
	return nil
}
