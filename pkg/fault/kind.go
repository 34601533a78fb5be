package fault

import "slices"

// Kind names what goes wrong.
type Kind string

// Faults of single requests, which a Proxy does. "Acts" means that the service gets
// the request, which a client that sees the failure cannot know.
const (
	Unavailable  Kind = "unavailable"   // answered with 503 and Retry-After; the service does not act
	Slow         Kind = "slow"          // held back for the delay, then forwarded; acts
	Stall        Kind = "stall"         // held back until the window closes, then forwarded; acts
	DropRequest  Kind = "drop_request"  // closed without an answer; does not act
	DropReply    Kind = "drop_reply"    // closed without an answer after the service gave one; acts
	ResetRequest Kind = "reset_request" // connection reset; does not act
	ResetReply   Kind = "reset_reply"   // connection reset after the service answered; acts
	Hang         Kind = "hang"          // no answer until the client closes; does not act
	HangReply    Kind = "hang_reply"    // no answer until the client closes, although the service answered; acts
	Duplicate    Kind = "duplicate"     // delivered twice, the first delivery's reply returned; acts twice, unless it is idempotent
)

// Faults of connections, which a Wire does to all of them at once.
const (
	WireRequestLost  Kind = "wire_request_lost"  // closed at the first byte of a request; does not act
	WireReplyLost    Kind = "wire_reply_lost"    // closed at the first byte of a reply; acts
	WireReplyCut     Kind = "wire_reply_cut"     // closed after so many bytes from the service; acts
	WireHang         Kind = "wire_hang"          // requests vanish, connections stay open; does not act
	WireResetRequest Kind = "wire_reset_request" // reset at the first byte of a request; does not act
	WireResetReply   Kind = "wire_reset_reply"   // reset at the first byte of a reply; acts
	WireDown         Kind = "wire_down"          // connections are refused, live ones are closed
)

// Kill is the fault of a Process: SIGKILL when the window opens, started again when it closes.
const Kill Kind = "kill"

// Failed is not for plans: it is the Kind of an Event in which the service
// behind a Proxy failed by itself, so that there was no reply to pass on.
const Failed Kind = "failed"

// scope is what a fault is done to.
type scope int

const (
	unknownKind     scope = iota
	requestFault          // by a Proxy
	connectionFault       // by a Wire
	processFault          // by a Process
)

var scopes = map[Kind]scope{
	Unavailable: requestFault, Slow: requestFault, Stall: requestFault, DropRequest: requestFault, DropReply: requestFault,
	ResetRequest: requestFault, ResetReply: requestFault, Hang: requestFault, HangReply: requestFault, Duplicate: requestFault,
	WireRequestLost: connectionFault, WireReplyLost: connectionFault, WireReplyCut: connectionFault, WireHang: connectionFault,
	WireResetRequest: connectionFault, WireResetReply: connectionFault, WireDown: connectionFault,
	Kill: processFault,
}

// Kinds returns all kinds that a plan may name, sorted.
func Kinds() []Kind {
	var all []Kind
	for k := range scopes {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
