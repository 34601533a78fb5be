package fault

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// CallProxy is an HTTP proxy on loopback that does the faults of a Schedule to calls of an
// execution, in front of a service or of one of its participants. Calls that it does not
// recognise pass. It forwards as Proxy does, HTTP/1.1 alone, and refuses upgrades of the
// protocol with 501. It is safe for concurrent use.
type CallProxy struct {
	proxy       *Proxy
	participant string
	which       Recognise

	mu        sync.Mutex
	execution *callExecution
}

// maxSeenCalls is how many calls of an execution are kept; more pass without a fault.
const maxSeenCalls = 10_000

// callExecution is one execution of a schedule. The mutex of its proxy guards it.
type callExecution struct {
	schedule     Schedule
	times        CallTimes
	calls        []*SeenCall
	attempts     map[Call]int // with Attempt 0
	unrecognised int
	active       int
}

// NewCallProxy starts a proxy in front of a service: listen is an address on loopback, "" for a
// free port. participant is the name of the service among the participants, "" for the service
// that the client asks. Until Start all calls pass.
func NewCallProxy(listen, participant string, s Service, which Recognise) (*CallProxy, error) {
	p := &CallProxy{participant: participant, which: which, execution: newCallExecution(Schedule{}, CallTimes{})}
	var err error
	if p.proxy, err = newProxy(listen, s, p); err != nil {
		return nil, err
	}
	return p, nil
}

func newCallExecution(s Schedule, t CallTimes) *callExecution {
	s.Faults = slices.Clone(s.Faults)
	return &callExecution{schedule: s, times: t, attempts: map[Call]int{}}
}

// URL returns the proxy's address, to be used instead of the target's.
func (p *CallProxy) URL() string { return p.proxy.URL() }

// Start begins an execution: what was seen is forgotten, and attempts count from 1. Requests
// under way still belong to the execution in which they arrived.
func (p *CallProxy) Start(s Schedule, t CallTimes) error {
	if err := s.Validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.execution = newCallExecution(s, t)
	return nil
}

// Calls returns the recognised calls since Start, in the order in which they arrived: the first
// 10 000 of them.
func (p *CallProxy) Calls() []SeenCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]SeenCall, len(p.execution.calls))
	for i, c := range p.execution.calls {
		list[i] = *c
	}
	return list
}

// Unrecognised returns how many requests passed since Start that belong to no purchase.
func (p *CallProxy) Unrecognised() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.execution.unrecognised
}

// Idle reports whether no request since Start is under way. A reply that hangs is, until its
// end.
func (p *CallProxy) Idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.execution.active == 0
}

// Close ends the proxy. Requests under way are cut off.
func (p *CallProxy) Close() error { return p.proxy.Close() }

// ServeHTTP forwards r, or does a fault to it. It is exported for http.Server only.
func (p *CallProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect || r.Header.Get("Upgrade") != "" {
		w.WriteHeader(http.StatusNotImplemented)
		io.WriteString(w, "the proxy of a search passes HTTP/1.1 requests alone, and no upgrade to another protocol\n")
		return
	}
	body, err := readBody(r, MaxBody)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	c, recognised := p.which(r, body.held)
	x, seen := p.arrived(c, recognised)
	defer p.left(x, seen)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.proxy.closed, cancel)()
	if seen != nil {
		ctx = context.WithValue(ctx, replyNote{}, func(status int) { p.replied(seen, status) })
	}
	f := faultedRequest{proxy: p.proxy, ctx: ctx, w: w, r: r, body: body, failed: func() { p.failed(seen) }}
	switch {
	case seen == nil || seen.Fault == "":
		f.pass()
	case seen.Fault == Kill:
		f.deliver()
		x.times.Kill()
		panic(http.ErrAbortHandler)
	default:
		f.window = Window{Fault: seen.Fault, Delay: x.times.delay(seen.Fault)}
		f.apply()
	}
}

// delay returns the Delay of a fault.
func (t CallTimes) delay(k Kind) time.Duration {
	if k == Duplicate {
		return t.Duplicate
	}
	return t.Hang
}

// arrived counts a request. seen is nil for one that is not kept.
func (p *CallProxy) arrived(c Call, recognised bool) (x *callExecution, seen *SeenCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x = p.execution
	x.active++
	if !recognised || len(x.calls) >= maxSeenCalls {
		x.unrecognised++
		return x, nil
	}
	c.Participant, c.Attempt = p.participant, 0
	x.attempts[c]++
	n := x.attempts[c]
	c.Attempt = n
	seen = &SeenCall{Call: c, Began: time.Now()}
	if kind, ok := x.schedule.At(c); ok && (kind != Kill || x.times.Kill != nil) {
		seen.Fault = kind
	}
	x.calls = append(x.calls, seen)
	return x, seen
}

// left notes that a request is over.
func (p *CallProxy) left(x *callExecution, seen *SeenCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.active--
	if seen != nil {
		seen.Ended = time.Now()
	}
}

// replied notes the status of a reply, the first one of a duplicate.
func (p *CallProxy) replied(seen *SeenCall, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seen.Status == 0 {
		seen.Status = status
	}
}

// failed notes that the target gave no reply.
func (p *CallProxy) failed(seen *SeenCall) {
	if seen == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	seen.Failed = true
}

// replyNote is the key under which the context of a request has a function of type func(int),
// which is called with the status of each reply of the target.
type replyNote struct{}

// noteReply calls the function under replyNote, if there is one and resp is not nil.
func noteReply(ctx context.Context, resp *http.Response) {
	if note, ok := ctx.Value(replyNote{}).(func(int)); ok && resp != nil {
		note(resp.StatusCode)
	}
}

// String names the proxy in messages.
func (p *CallProxy) String() string {
	if p.participant == "" {
		return fmt.Sprintf("the proxy before the service at %s", p.URL())
	}
	return fmt.Sprintf("the proxy before %s at %s", p.participant, p.URL())
}
