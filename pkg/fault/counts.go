package fault

import "time"

// MaxEvents is how many events of a stage a Proxy keeps.
const MaxEvents = 1 << 16

// Event is one request that did not simply pass.
type Event struct {
	At  time.Duration // since the start of the stage
	Key string        // its idempotency key, "" without one; at most 255 bytes
	// Attempt is the number in the request's AttemptMark, 0 when it had none.
	Attempt int
	// Seen is 1 for the first request under the key in this stage; requests
	// without one are counted together.
	Seen int
	// Fault is what was done to it, or Failed.
	Fault Kind
	// Window is the index of the window in the plan, -1 for Failed.
	Window int
}

// Counts is what a Proxy did in a stage to purchases.
type Counts struct {
	Requests int
	// Passed were forwarded, and their replies returned, untouched.
	Passed int
	// Faults are those done, by kind, and under Failed the requests whose reply
	// the service itself failed to give, whether a fault was done or not.
	Faults map[Kind]int
	// Unrecorded is how many events there were beyond MaxEvents.
	Unrecorded int
	// Windows is what each window of the plan did, in the plan's order; nil for a plan
	// without windows. A Proxy counts for request faults only; an AttemptCounter
	// completes it for the faults of connections and of the process.
	Windows []WindowCount
}

// WindowCount is what one window of a plan did in a stage. The zero value is a
// window that met no request.
type WindowCount struct {
	// Met is how many requests came while the window was open.
	//
	// Of a request fault these are the purchases that reached the Proxy from From on and
	// before To, whatever other windows did to them: requests for POST /purchase, and all
	// that had an AttemptMark.
	//
	// Of a fault of connections or of the process these are the client's attempts of
	// which some part, from sending to the end, lay in the window; an attempt that
	// several open windows of a Wire, or of a Process, met counts for the first of
	// them in the plan's order. Attempts that could not connect are included.
	Met int
	// Taken is to how many of them the fault was done. Of a request fault these
	// are the ones that its probability drew and no earlier window took. A fault of
	// connections or of the process is done to all that it met, or to none when it
	// did not begin to take effect before the last attempt had ended.
	Taken int
	// Detail says why a window took nothing, where the counts do not show it; otherwise "".
	Detail string
}

// The details of windows that took nothing.
const (
	takenBefore = "earlier windows of the plan took all of them"
	shadowed    = "an earlier window of the plan was open all the while"
	tooLate     = "it was not in effect before the load had ended"
)
