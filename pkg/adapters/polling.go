package adapters

import (
	"fmt"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// polling is how the service is asked what became of a purchase. Without rules the answers are
// read as those of the step that is asked after.
type polling struct {
	buying
	times purchase.PollTimes
}

// readPoll reads the part poll of a file.
func (n node) readPoll(all []header) *polling {
	scope := n.callScope()
	p, r := new(polling), requestReader{scope: scope, node: n}
	n.fields(r.fields(map[string]func(node){
		"get":    r.readGet,
		"send":   r.readAddress,
		"every":  func(n node) { p.times.First = n.pollTime() },
		"most":   func(n node) { p.times.Most = n.pollTime() },
		"for":    func(n node) { p.times.For = n.pollTime() },
		"order":  func(n node) { p.order = n.readValue(scope) },
		"amount": func(n node) { p.amount = n.readValue(scope) },
		"means":  func(n node) { p.rules = n.readRules(scope) },
		"keep":   func(n node) { p.keep = n.readKeep(scope, func(name string) bool { return n.keepers[name] != "login" }) },
	}))
	r.headers = withDefaults(all, r.headers)
	p.request = r.finish()
	if n.isMapping() && !r.set {
		n.fault("has no get: that says what is asked for, such as get: /orders/{{.Order}}")
	}
	if err := p.times.Validate(); err != nil {
		n.fault("%v", err)
	}
	return p
}

// pollTime reads a time of polls; 0 for one that is wrong.
func (n node) pollTime() time.Duration {
	d, ok := n.duration(purchase.MaxPollFor)
	if ok && d < time.Millisecond {
		n.fault("%v is too short, want 1ms to %v", d, purchase.MaxPollFor)
		return 0
	}
	return d
}

// Poll implements purchase.Poller. The error wraps purchase.ErrNotRead when the file has no part
// poll.
func (f *File) Poll(c purchase.Call) (retry.Request, error) {
	if f.poll == nil {
		return retry.Request{}, f.lacks("poll")
	}
	in := inputs{call: c}
	r, err := f.poll.request.build(&in)
	if b := f.step(c.Step); err != nil && c.Order == "" && b != nil && b.order.set {
		err = fmt.Errorf("%w: order: of %s names none in the answer that is pending; is it the right path?", err, b.part())
	}
	return r, f.in("poll", err)
}

// ReadPoll implements purchase.Poller: by the rules of the poll, or by those of the step that it
// asks after.
func (f *File) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer {
	c.Poll = true
	if b := f.reading(c); b != nil {
		return b.read(c, a)
	}
	return purchase.Answer{}
}

// PollTimes implements purchase.PollTimer.
func (f *File) PollTimes() purchase.PollTimes {
	if f.poll == nil {
		return purchase.PollTimes{}
	}
	return f.poll.times
}
