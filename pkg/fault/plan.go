// Package fault makes things go wrong between a client and a purchase service,
// on purpose and repeatably. A Plan says what and when; a Proxy does it to single
// requests, a Wire to connections, and a Process to the service itself.
//
// Everything listens on loopback. It is safe for concurrent use unless it says
// otherwise, and what it starts ends with Close, Stop or the context.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The limits of a plan.
const (
	MaxWindows    = 1000
	MaxDelay      = 5 * time.Minute // of Delay, and how long a hang lasts without one
	MaxRetryAfter = time.Hour
	MaxTime       = 24 * time.Hour // of To
)

// Plan is what goes wrong when, in one stage. The zero value is a stage without
// faults.
//
// Windows may overlap. A Proxy asks them in their order, and the first one that
// is open and whose share takes the request decides, so that a later window's
// share is one of what earlier windows left. Of the windows of a Wire or a
// Process the first open one counts. Proxy, Wire and Process do not look at one
// another's windows: one plan serves all three.
type Plan struct {
	// Seed decides which requests a share takes: under the same seed, a window
	// takes the same attempts of the same keys, in whatever order they come. Which
	// of them come while it is open is up to the clock.
	Seed    uint64   `json:"seed"`
	Windows []Window `json:"windows"`
}

// Window is one fault for some time.
type Window struct {
	// From and To count from the start of the stage; From is in the window, To is not.
	From, To time.Duration
	Fault    Kind
	// Share is the part of the requests that is taken, from 0, none, to 1, all;
	// in JSON it is 1 when left out. For the faults of a Wire and a Process it
	// must be 1: toxiproxy would draw connections by dice that nobody seeds.
	Share float64
	// Status of Unavailable, 0 for 503. Only 5xx: a 4xx would be a definite
	// refusal, which the service, asked again, would contradict.
	Status int
	// RetryAfter of Unavailable is sent as a header, in whole seconds; 0 sends none.
	RetryAfter time.Duration
	// Delay is how long Slow holds a request back, how long Hang and HangReply
	// last at most (0: MaxDelay), and how long after the first delivery the
	// second of Duplicate starts (0: at once).
	Delay time.Duration
	// Bytes is how much from the service WireReplyCut lets through, headers
	// included, on each connection.
	Bytes int64
}

// Validate reports everything that is wrong with p at once, nil when nothing is.
func (p Plan) Validate() error {
	if n := len(p.Windows); n > MaxWindows {
		return fmt.Errorf("fault plan: %d windows, want at most %d", n, MaxWindows)
	}
	var errs []error
	for i, w := range p.Windows {
		for _, err := range w.faults() {
			errs = append(errs, fmt.Errorf("fault plan: windows[%d] (%s): %w", i, clip(string(w.Fault), 40), err))
		}
	}
	return errors.Join(errs...)
}

func (w Window) faults() []error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	want(w.From >= 0, "from is %v, want 0s or later", w.From)
	want(w.To > w.From, "to is %v, want later than from, %v", w.To, w.From)
	want(w.To <= MaxTime, "to is %v, want at most %v", w.To, MaxTime)
	want(w.Share >= 0 && w.Share <= 1, "share is %v, want 0 to 1", w.Share) // refuses NaN, too
	switch levels[w.Fault] {
	case unknown:
		want(false, "no such fault; there are %v", Kinds())
		return errs
	case connection, process:
		want(w.Share == 1, "share is %v, want 1: this fault takes all or nothing", w.Share)
	}
	errs = append(errs, w.parameterFaults()...)
	return errs
}

// parameterFaults are those in what only some kinds have.
func (w Window) parameterFaults() []error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if w.Fault == Unavailable {
		want(w.Status == 0 || w.Status/100 == 5, "status is %d, want 500 to 599", w.Status)
		want(w.RetryAfter >= 0 && w.RetryAfter <= MaxRetryAfter, "retry_after is %v, want 0s to %v", w.RetryAfter, MaxRetryAfter)
		want(w.RetryAfter%time.Second == 0, "retry_after is %v, want whole seconds: the header has no fractions", w.RetryAfter)
	} else {
		want(w.Status == 0, "status is %d, which only %s has", w.Status, Unavailable)
		want(w.RetryAfter == 0, "retry_after is %v, which only %s has", w.RetryAfter, Unavailable)
	}
	switch w.Fault {
	case Slow:
		want(w.Delay > 0 && w.Delay <= MaxDelay, "delay is %v, want more than 0s and at most %v", w.Delay, MaxDelay)
	case Hang, HangReply, Duplicate:
		want(w.Delay >= 0 && w.Delay <= MaxDelay, "delay is %v, want 0s to %v", w.Delay, MaxDelay)
	default:
		want(w.Delay == 0, "delay is %v, which only %s, %s, %s and %s have", w.Delay, Slow, Hang, HangReply, Duplicate)
	}
	if w.Fault == WireReplyCut {
		want(w.Bytes >= 1, "bytes is %d, want at least 1; %s lets none through", w.Bytes, WireReplyLost)
	} else {
		want(w.Bytes == 0, "bytes is %d, which only %s has", w.Bytes, WireReplyCut)
	}
	return errs
}

// open reports whether w is open so long after the start.
func (w Window) open(since time.Duration) bool { return since >= w.From && since < w.To }

func (w Window) status() int {
	if w.Status == 0 {
		return http.StatusServiceUnavailable
	}
	return w.Status
}

// clip is s, n bytes at most.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
