package fault

import "slices"

// Kind names what goes wrong.
type Kind string

// Faults of single requests, which a Proxy does to a Probability of them. A client that sees a
// failure cannot know whether the service acted, unless the answer says so.
const (
	// Unavailable answers with 503, or the window's Status, and RetryAfter. The service does not see
	// the request and does not act; the client sees a definite answer that says to try later. Its
	// body is a problem document of the purchase API's contract, also before a service of another one.
	Unavailable Kind = "unavailable"
	// Slow forwards the request after the window's Delay. The service acts, later; the client
	// sees a slow answer, or its own timeout when the delay is longer.
	Slow Kind = "slow"
	// Stall forwards the request when the window closes, all of them at once. The service acts, then; the
	// client sees a slow answer, or its own timeout.
	Stall Kind = "stall"
	// DropRequest closes the connection. The service does not see the request and does not act;
	// the client sees the connection end without an answer (eof).
	DropRequest Kind = "drop_request"
	// DropReply forwards the request and closes the connection in place of the reply. The service
	// acts; the client sees the connection end without an answer (eof), as of DropRequest.
	DropReply Kind = "drop_reply"
	// ResetRequest resets the connection. The service does not see the request and does not act;
	// the client sees "connection reset" in place of an answer.
	ResetRequest Kind = "reset_request"
	// ResetReply forwards the request and resets the connection in place of the reply. The service
	// acts; the client sees "connection reset" in place of an answer, as of ResetRequest.
	ResetReply Kind = "reset_reply"
	// Hang gives no answer and closes the connection after the window's Delay, 0 for MaxDelay. The
	// service does not see the request and does not act; the client sees its own timeout.
	Hang Kind = "hang"
	// HangReply forwards the request, gives no answer and closes the connection after the window's
	// Delay, 0 for MaxDelay. The service acts; the client sees its own timeout, as of Hang.
	HangReply Kind = "hang_reply"
	// Duplicate forwards the request twice, the second time after the window's Delay. The service
	// acts twice, unless it recognises the idempotency key; the client sees the first reply, once
	// both have been given.
	Duplicate Kind = "duplicate"
)

// Faults of connections, which a Wire does to all of them at once.
const (
	// WireRequestLost closes connections at the first byte of a request. The service does not act;
	// the client sees the connection end without an answer.
	WireRequestLost Kind = "wire_request_lost"
	// WireReplyLost closes connections at the first byte of a reply. The service acts; the client
	// sees the connection end without an answer, as of WireRequestLost.
	WireReplyLost Kind = "wire_reply_lost"
	// WireReplyCut closes connections after the window's Bytes from the service. The service acts;
	// the client sees an answer that ends early.
	WireReplyCut Kind = "wire_reply_cut"
	// WireHang loses requests and keeps connections open. The service does not act; the client
	// sees its own timeout.
	WireHang Kind = "wire_hang"
	// WireResetRequest resets connections at the first byte of a request. The service does not act;
	// the client sees "connection reset" in place of an answer.
	WireResetRequest Kind = "wire_reset_request"
	// WireResetReply resets connections at the first byte of a reply. The service acts; the client
	// sees "connection reset" in place of an answer, as of WireResetRequest.
	WireResetReply Kind = "wire_reset_reply"
	// WireDown refuses connections and closes those that are open. The service does not act, but on
	// requests that it has already; the client sees "connection refused", or a connection that ends.
	WireDown Kind = "wire_down"
)

// Kill is the fault of a Process: SIGKILL when the window opens, started again when it closes. The
// service may have acted on the requests that it had; the client sees their connections end, and
// refused ones until the service is started again.
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
