package fault

import (
	"fmt"
	"net/http"
	"time"
)

// Window is one fault for some time. To is required, and so is Probability but in JSON:
//
//	fault.Window{To: time.Minute, Fault: fault.Unavailable, Probability: 0.1}
type Window struct {
	// From and To count from the start of the stage; From is in the window, To is not. To is
	// required and later than From: time.Hour outlasts any stage of an hour or less.
	From, To time.Duration
	Fault    Kind
	// Probability is the fraction of the requests that is taken, from 0, none, to 1,
	// all; in JSON it is 1 when left out. For the faults of a Wire and a Process it
	// must be 1: toxiproxy would draw connections from a source without a seed.
	Probability float64
	// Status of Unavailable, 0 for 503. Only 5xx: a 4xx would be a definite
	// refusal, which the service would contradict on the next attempt.
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

	// Share is the old name of Probability. Plan.Validate refuses a plan that sets it.
	//
	// Deprecated: set Probability.
	Share float64
}

// shareRenamed returns the error of a window that sets Share, nil for others.
func (w Window) shareRenamed() error {
	if w.Share == 0 {
		return nil
	}
	return fmt.Errorf("Window.Share was renamed: write Probability: %v", w.Share)
}

// Every returns windows of one fault that takes all requests: the last part, lasting,
// of each period until until. Every(5*time.Second, time.Second, time.Minute,
// Stall) stalls a service one second in every five for a minute. Impossible values
// (no period, a fault that lasts longer than its period) give one window that
// Plan.Validate refuses.
func Every(period, lasting, until time.Duration, kind Kind) []Window {
	if period <= 0 || lasting <= 0 || lasting > period {
		return []Window{{From: period, To: period - max(lasting, 0), Fault: kind, Probability: 1}}
	}
	var windows []Window
	for end := period; end <= until && len(windows) <= MaxWindows; end += period {
		windows = append(windows, Window{From: end - lasting, To: end, Fault: kind, Probability: 1})
	}
	return windows
}

// problems returns everything that is wrong with w.
func (w Window) problems() []error {
	if err := w.shareRenamed(); err != nil {
		w.Probability = w.Share // so that its own faults are not reported beside
		w.Share = 0
		return append([]error{err}, w.problems()...)
	}
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	want(w.From >= 0, "from is %v, want 0s or later", w.From)
	want(w.To > w.From, "to is %v, want later than from, %v", w.To, w.From)
	want(w.To <= MaxTime, "to is %v, want at most %v", w.To, MaxTime)
	want(w.Probability >= 0 && w.Probability <= 1, "probability is %v, want 0 to 1", w.Probability) // refuses NaN, too
	switch scopes[w.Fault] {
	case unknownKind:
		want(false, "no such fault; there are %v", Kinds())
		return errs
	case connectionFault, processFault:
		want(w.Probability == 1, "probability is %v, want 1: this fault takes all or nothing", w.Probability)
	}
	errs = append(errs, w.parameterProblems()...)
	return errs
}

// parameterProblems returns what is wrong with the fields that only some kinds have.
func (w Window) parameterProblems() []error {
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

// isOpen reports whether w is open so long after the start of the stage.
func (w Window) isOpen(since time.Duration) bool { return since >= w.From && since < w.To }

// status returns the status of Unavailable.
func (w Window) status() int {
	if w.Status == 0 {
		return http.StatusServiceUnavailable
	}
	return w.Status
}
