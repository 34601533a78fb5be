package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP forwards r, or does to it what the plan says. It is exported for
// http.Server only.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.closed, cancel)()
	if r.Method != http.MethodPost || r.URL.Path != purchasePath {
		p.pass(ctx, w, r, body{rest: r.Body}, func() {})
		return
	}
	b, err := readBody(r)
	if err != nil { // the client went
		panic(http.ErrAbortHandler)
	}
	if b.all == nil {
		p.pass(ctx, w, r, b, func() {})
		return
	}
	s := p.stage.Load()
	a, i, taken := s.decide(keyOf(r.Header, b.all), time.Now())
	if !taken {
		p.pass(ctx, w, r, b, func() { s.failed(a, true) })
		return
	}
	e := exchange{proxy: p, ctx: ctx, w: w, r: r, body: b, window: s.plan.Windows[i], at: a.at, failed: func() { s.failed(a, false) }}
	e.do()
}

// pass forwards r and returns the reply. Without one it closes the connection: a
// status of its own would be an answer that the service never gave.
func (p *Proxy) pass(ctx context.Context, w http.ResponseWriter, r *http.Request, b body, failed func()) {
	resp, err := p.forward(ctx, r, b)
	if err != nil {
		if ctx.Err() == nil { // else it was the client that went
			failed()
		}
		panic(http.ErrAbortHandler)
	}
	relay(w, resp)
}

// exchange is one request to which a fault is being done.
type exchange struct {
	proxy  *Proxy
	ctx    context.Context
	w      http.ResponseWriter
	r      *http.Request
	body   body
	window Window
	at     time.Duration // of its arrival, since the start of the stage
	failed func()        // notes that the service gave no reply
}

func (e exchange) do() {
	switch e.window.Fault {
	case Unavailable:
		e.refuse()
	case Slow:
		e.wait(e.window.Delay)
		e.pass()
	case Stall:
		e.wait(e.window.To - e.at)
		e.pass()
	case DropRequest:
		panic(http.ErrAbortHandler)
	case DropReply:
		e.act()
		panic(http.ErrAbortHandler)
	case ResetRequest:
		e.reset()
	case ResetReply:
		e.act()
		e.reset()
	case Hang:
		e.hang()
	case HangReply:
		e.act()
		e.hang()
	case Duplicate:
		e.duplicate()
	default: // Validate lets no other kind of this level through
		e.pass()
	}
}

func (e exchange) pass() { e.proxy.pass(e.ctx, e.w, e.r, e.body, e.failed) }

// act lets the service act on the request, and loses its reply.
func (e exchange) act() {
	if !swallow(e.proxy.forward(e.ctx, e.r, e.body)) && e.ctx.Err() == nil {
		e.failed()
	}
}

// wait returns after d, and not at all when the client goes.
func (e exchange) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// hang gives no answer until the client goes, or the delay ends.
func (e exchange) hang() {
	d := e.window.Delay
	if d == 0 {
		d = MaxDelay
	}
	e.wait(d)
	panic(http.ErrAbortHandler)
}

// reset closes the connection so that its end is not "no more data" but "reset":
// with a linger of 0 the kernel sends RST in place of FIN.
func (e exchange) reset() {
	conn, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails when the client has reset it already
	}
	conn.Close()
}

// refuse answers in the service's place, as a problem of the contract.
func (e exchange) refuse() {
	status := e.window.status()
	code := "internal"
	if status == http.StatusServiceUnavailable {
		code = "overloaded"
	}
	text, err := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "code": code,
		"detail": fmt.Sprintf("a fault on purpose: not forwarded to the service (%s)", e.window.Fault),
	})
	if err != nil { // strings and an int always marshal
		panic(err)
	}
	h := e.w.Header()
	h.Set("Content-Type", "application/problem+json")
	if e.window.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(e.window.RetryAfter/time.Second)))
	}
	e.w.WriteHeader(status)
	_, _ = e.w.Write(text) // the client may be gone
}

// duplicate delivers the request twice and returns the first delivery's reply,
// when both have been answered: nothing goes on after the client has its reply,
// so that a service is at rest when the load is over.
func (e exchange) duplicate() {
	second := make(chan struct{})
	go func() {
		defer close(second)
		timer := time.NewTimer(e.window.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			swallow(e.proxy.forward(e.ctx, e.r, e.body))
		case <-e.ctx.Done():
		}
	}()
	resp, err := e.proxy.forward(e.ctx, e.r, e.body)
	<-second
	if err != nil {
		if e.ctx.Err() == nil {
			e.failed()
		}
		panic(http.ErrAbortHandler)
	}
	relay(e.w, resp)
}
