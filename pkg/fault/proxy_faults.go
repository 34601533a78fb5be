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

// ServeHTTP forwards r, or does a fault of the plan to it. It is exported for
// http.Server only.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.closed, cancel)()
	m, b, isPurchase := readPurchase(r)
	if !isPurchase {
		p.pass(ctx, w, r, b, func() {})
		return
	}
	active := p.active.Load()
	a, i, taken := active.decide(m, time.Now())
	if !taken {
		p.pass(ctx, w, r, b, func() { active.noteFailed(a, true) })
		return
	}
	e := faultedRequest{proxy: p, ctx: ctx, w: w, r: r, body: b, window: active.plan.Windows[i], at: a.at, failed: func() { active.noteFailed(a, false) }}
	e.apply()
}

// pass forwards r and returns the reply. Without one it closes the connection: a
// status of its own would be an answer that the service never gave.
func (p *Proxy) pass(ctx context.Context, w http.ResponseWriter, r *http.Request, b requestBody, failed func()) {
	resp, err := p.forward(ctx, r, b)
	if err != nil {
		if ctx.Err() == nil { // otherwise the client closed the connection
			failed()
		}
		panic(http.ErrAbortHandler)
	}
	copyReply(w, resp)
}

// faultedRequest is one request to which a fault is being done.
type faultedRequest struct {
	proxy  *Proxy
	ctx    context.Context
	w      http.ResponseWriter
	r      *http.Request
	body   requestBody
	window Window
	at     time.Duration // of its arrival, since the start of the stage
	failed func()        // notes that the service gave no reply
}

func (f faultedRequest) apply() {
	switch f.window.Fault {
	case Unavailable:
		f.answerUnavailable()
	case Slow:
		f.wait(f.window.Delay)
		f.pass()
	case Stall:
		f.wait(f.window.To - f.at)
		f.pass()
	case DropRequest:
		panic(http.ErrAbortHandler)
	case DropReply:
		f.deliver()
		panic(http.ErrAbortHandler)
	case ResetRequest:
		f.reset()
	case ResetReply:
		f.deliver()
		f.reset()
	case Hang:
		f.hang()
	case HangReply:
		f.deliver()
		f.hang()
	case Duplicate:
		f.duplicate()
	default: // Validate lets no other kind of this level through
		f.pass()
	}
}

func (f faultedRequest) pass() { f.proxy.pass(f.ctx, f.w, f.r, f.body, f.failed) }

// deliver lets the service act on the request, and loses its reply.
func (f faultedRequest) deliver() {
	if !discardReply(f.proxy.forward(f.ctx, f.r, f.body)) && f.ctx.Err() == nil {
		f.failed()
	}
}

// wait returns after d. It panics with ErrAbortHandler, which closes the connection,
// when the client closes it first.
func (f faultedRequest) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// hang gives no answer until the client closes the connection, or the delay ends.
func (f faultedRequest) hang() {
	d := f.window.Delay
	if d == 0 {
		d = MaxDelay
	}
	f.wait(d)
	panic(http.ErrAbortHandler)
}

// reset closes the connection so that its end is not "no more data" but "reset":
// with a linger of 0 the kernel sends RST in place of FIN.
func (f faultedRequest) reset() {
	conn, _, err := http.NewResponseController(f.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails when the client has reset it already
	}
	conn.Close()
}

// answerUnavailable answers instead of the service, with a problem document of the
// purchase API's contract.
func (f faultedRequest) answerUnavailable() {
	status := f.window.status()
	code := "internal"
	if status == http.StatusServiceUnavailable {
		code = "overloaded"
	}
	text, err := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "code": code,
		"detail": fmt.Sprintf("a fault on purpose: not forwarded to the service (%s)", f.window.Fault),
	})
	if err != nil { // strings and an int always marshal
		panic(err)
	}
	h := f.w.Header()
	h.Set("Content-Type", "application/problem+json")
	if f.window.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(f.window.RetryAfter/time.Second)))
	}
	f.w.WriteHeader(status)
	_, _ = f.w.Write(text) // the client may be gone
}

// duplicate delivers the request twice and returns the first delivery's reply when
// both have been answered: no delivery is under way after the client has its reply,
// so that the service is quiescent when the load is over.
func (f faultedRequest) duplicate() {
	second := make(chan struct{})
	go func() {
		defer close(second)
		timer := time.NewTimer(f.window.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			discardReply(f.proxy.forward(f.ctx, f.r, f.body))
		case <-f.ctx.Done():
		}
	}()
	resp, err := f.proxy.forward(f.ctx, f.r, f.body)
	<-second
	if err != nil {
		if f.ctx.Err() == nil {
			f.failed()
		}
		panic(http.ErrAbortHandler)
	}
	copyReply(f.w, resp)
}
