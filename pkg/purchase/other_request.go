package purchase

import "sagalab/pkg/retry"

// OtherKind is what a request of a purchase is for that is no attempt at it.
type OtherKind string

// The kinds of other requests.
const (
	// PollRequest asks what became of an accepted purchase (Poller).
	PollRequest OtherKind = "poll"
	// LoginRequest logs its user in (Authenticator).
	LoginRequest OtherKind = "login"
)

// OtherRequest is a request that was sent for a purchase and is no attempt at it: it does not
// count as a retry.
type OtherRequest struct {
	Kind OtherKind
	// Attempt is the request. Its Number is how many attempts at the purchase came before it,
	// its Key that of the step that a poll asks after, "" for a login. It has no Body for a login,
	// nor for a poll that is followed by others when their bodies exceed 64 KiB.
	Attempt retry.Attempt
	// Answer is what the answer to a poll says, with its Step. That of a login has a Reason
	// alone when it failed.
	Answer Answer
}
