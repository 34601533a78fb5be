package runs

import (
	"iter"
	"time"

	"sagalab/pkg/purchase"
)

// Step is one step of an operation, as its attempts and polls tell.
type Step struct {
	// Index is the operation's, Name the step's.
	Index int64
	Name  string
	// Attempts counts the attempts at the step, the first included, and Polls the polls.
	Attempts, Polls int64
	// LatencyMS is from the start of the first attempt to the end of the last attempt or poll, in
	// milliseconds. UncertaintyMS is how much less the true time may be, as in Operation: a poll
	// that was not answered, or not understood, is no observation.
	LatencyMS, UncertaintyMS float64
	// Outcome is OK for a step that is done, Failed for one that was refused or cannot have
	// done anything, else Unknown.
	Outcome purchase.Outcome
}

// stepColumns are what EachStep looks at.
var stepColumns = []string{"index", "number", "kind", "step", "key", "start_ts", "latency_ms", "status", "class", "sent", "reason", "meaning"}

// EachStep iterates over the steps that were begun by the stage's operations, wherever its rows
// are, in memory that does not grow with their number: the steps of an operation in their order,
// the operations in that of EachAttempt. A purchase of one request has one step, whose Name is "".
// A Step is valid until the next one. It panics as EachAttempt does.
func (s Stage) EachStep() iter.Seq[*Step] {
	return func(yield func(*Step) bool) {
		var b stepBuilder
		for a := range s.EachAttempt(stepColumns...) {
			if !b.add(a, yield) {
				return
			}
		}
		b.end(yield)
	}
}

// stepBuilder makes steps of attempts that come in the order in which they were sent.
type stepBuilder struct {
	step        Step
	first, last time.Time // the start of the first attempt, and the end of the last request
	underWay    time.Time // the start of the last request whose answer said that the step was under way
	key         string
	keys        bool // the attempts have several keys, or none
	doubt       bool // an attempt may have done something
	accepted    bool // the last attempt may do something yet
	refused     bool
	done        bool
}

// add adds a request. It returns false when yield did.
func (b *stepBuilder) add(a *Attempt, yield func(*Step) bool) bool {
	if a.Kind == Login || a.Kind == Again {
		return true
	}
	if b.step.Attempts == 0 || a.Index != b.step.Index || a.Step != b.step.Name {
		if !b.end(yield) {
			return false
		}
		b.begin(a)
	}
	if a.Kind == Poll {
		b.addPoll(a)
	} else {
		b.addAttempt(a)
	}
	if b.last = later(b.last, a.end()); a.Means() == purchase.MeansPending {
		b.underWay = a.StartTS
	}
	return true
}

func (b *stepBuilder) begin(a *Attempt) {
	*b = stepBuilder{step: Step{Index: a.Index, Name: a.Step}, first: a.StartTS, key: a.Key, keys: a.Key == ""}
}

func (b *stepBuilder) addAttempt(a *Attempt) {
	b.step.Attempts++
	b.step.UncertaintyMS, b.underWay = 0, time.Time{}
	b.keys = b.keys || a.Key != b.key
	b.doubt, b.accepted = b.doubt || b.accepted, false
	switch m := a.Means(); {
	case m == purchase.MeansConfirmed, m == purchase.MeansStepDone:
		b.done = true
	case m.IsRefusal():
		b.refused = true
	case m == purchase.MeansPending:
		b.accepted = true
	case m != purchase.MeansNotSent && !m.DidNothing():
		b.doubt = true
	}
}

// addPoll adds a poll, which settles what the last attempt did or says nothing of it.
func (b *stepBuilder) addPoll(a *Attempt) {
	b.step.Polls++
	switch m := a.Means(); {
	case m == purchase.MeansConfirmed, m == purchase.MeansStepDone:
		b.done = true
	case m.IsRefusal():
		b.refused, b.accepted = true, false
	default:
		return
	}
	b.step.UncertaintyMS = b.openMS(a)
}

// openMS returns how long before the end of a poll that settled the step that may have been, in
// milliseconds.
func (b *stepBuilder) openMS(poll *Attempt) float64 {
	if b.underWay.IsZero() { // the record lacks the answer that was pending
		return milliseconds(poll.end().Sub(b.first))
	}
	return milliseconds(poll.end().Sub(b.underWay))
}

// end passes the step on that was begun, if there is one.
func (b *stepBuilder) end(yield func(*Step) bool) bool {
	if b.step.Attempts == 0 {
		return true
	}
	b.step.LatencyMS, b.step.Outcome = milliseconds(b.last.Sub(b.first)), purchase.Failed
	switch {
	case b.done:
		b.step.Outcome = purchase.OK
	case (b.doubt || b.accepted) && !(b.refused && !b.keys):
		b.step.Outcome = purchase.Unknown
		if !b.underWay.IsZero() {
			b.step.UncertaintyMS = milliseconds(b.last.Sub(b.underWay))
		}
	}
	return yield(&b.step)
}

// end is when the answer of the attempt had been read, or it had failed.
func (a *Attempt) end() time.Time {
	return a.StartTS.Add(time.Duration(a.LatencyMS * float64(time.Millisecond)))
}

// milliseconds is a time in milliseconds.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
