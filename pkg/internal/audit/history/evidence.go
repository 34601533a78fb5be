package history

import (
	"cmp"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Evidence is what is judged. Only Stages is needed; what else is missing lowers
// the tier or makes single rules answer unknown, and the report says which. Judge
// changes nothing in it.
type Evidence struct {
	// Stages is the history: every executed stage and case that touched the state,
	// in the order of execution. One that is left out shows as orders without a
	// purchase.
	Stages []runs.Stage
	// Fixture is the state that was set before the first stage, nil when none was.
	Fixture *purchase.Fixture
	// Before is the state read before the first stage, for a service that was not
	// reset: what it had sold before is taken off. nil when it was not read.
	Before *State
	// After is the state read after the last stage, nil when the service offers
	// none of the reading calls.
	After *State
	// Samples are values read while load ran (rules C6 and C7, and C5 and C8).
	Samples []Sample
	// SamplesDamaged is why a part of Samples is missing that had been recorded, "" when none
	// is: rules that rest on Samples alone do not hold then.
	SamplesDamaged string
	// Sealed says that only Stages used the service between Fixture or Before and
	// After, as when one program did all three. Then every order that the history does
	// not explain was made by the service itself. Not sealed, an order
	// under a key that Stages did not send may be another client's, and rules that it
	// touches answer unknown and not violated.
	Sealed bool
	// AskedAgain are purchases that were sent again, under the same key and with the same
	// payload, once the state had been read; nil when none was.
	AskedAgain []Repeat
	// NotAskedAgain is why purchases that were to be sent again for this audit were not, or
	// why none of them was answered; "" when some was, or none was to be sent.
	NotAskedAgain string
	// Seed is what reproduces the run, in words; it is repeated in the report.
	Seed string
	// Notes are sentences on what happened to the service meanwhile; they are repeated
	// in the report's.
	Notes []string
}

// Call is one of the service's reading calls.
type Call string

// The reading calls that make up a State.
const (
	OrdersCall   Call = "GET /orders"
	ProductsCall Call = "GET /products/{id}"
	UsersCall    Call = "GET /users/{id}"
	LedgerCall   Call = "GET /ledger"
	OrderCall    Call = "GET /orders/{id}" // not part of a State; samples need it
)

// State is what the reading calls answered. A service is not read in one moment:
// orders have to be read before the rest, so that what moved for an order that is
// listed as ended is in the ledger that was read after it.
type State struct {
	// At is the client's clock when the reading began; zero when it is not known,
	// which means after the last answer.
	At time.Time `json:"at,omitzero"`
	// Listed is the client's clock when the list of orders had been read; zero when it is
	// not known, as in states from before it was recorded, which means At.
	Listed time.Time `json:"listed,omitzero"`
	// Orders are in the order of creation, as the service lists them.
	Orders   []purchase.Order   `json:"orders"`
	Products []purchase.Product `json:"products"`
	Users    []purchase.User    `json:"users"`
	// Ledger is in the order in which money moved, as the service lists it.
	Ledger []purchase.Entry `json:"ledger"`
	// LedgerPages are the rows of Ledger at which a page begins, beyond the first page; nil
	// when the ledger was one page, when all its entries have ids, and in states from before it
	// was recorded.
	LedgerPages []int `json:"ledger_pages,omitempty"`
	// NotOffered are calls that the service does not have: rules that need them are
	// beyond reach. Failed are calls that failed, also on a later page, and why:
	// rules that need them are unknown.
	NotOffered []Call          `json:"not_offered,omitempty"`
	Failed     map[Call]string `json:"failed,omitempty"`
	// Unread says of such calls why in the words of the service's adapter, which reads by
	// other calls. It is nil for a service of the contract, and in older states.
	Unread map[Call]string `json:"unread,omitempty"`
	// Unsettled is why the state need not be what the run leaves behind, or was changing
	// while it was read, although the time for settling was over; "" when it is settled.
	Unsettled string `json:"unsettled,omitempty"`
	// LagMS is how late a read may be, in milliseconds, as the service declares it; nil
	// when it declares nothing.
	LagMS *int64 `json:"lag_ms,omitempty"`
}

// Repeat is a purchase of the run that was asked for again after the load.
type Repeat struct {
	Request purchase.Request
	// Attempt is how it was answered; its Key, StartTS and Meaning are set.
	Attempt runs.Attempt
}

// Sample is what one read, or several at once, saw while load ran; a value is from
// some moment between Asked and Answered. Both are the clock of the stage that ran
// meanwhile: the same program's, or they cannot be compared with its answers.
type Sample struct {
	Asked, Answered time.Time
	Products        []purchase.Product
	Users           []purchase.User
	Orders          []purchase.Order
	// Gone are ids of orders that were asked for and answered with 404.
	Gone []string
}

// Unusable returns why what a call reads cannot be used, "" when it can. beyond is
// true when the service does not offer it. A nil State was not read.
func (s *State) Unusable(calls ...Call) (why string, beyond bool) {
	if s == nil {
		return "no state was read: only the history is judged", true
	}
	for _, call := range calls {
		for _, missing := range s.NotOffered {
			if missing == call {
				return cmp.Or(s.Unread[call], "the service does not offer "+string(call)), true
			}
		}
	}
	for _, call := range calls {
		if cause, failed := s.Failed[call]; failed {
			return cmp.Or(s.Unread[call], string(call)+" failed: "+cause), false
		}
	}
	return "", false
}
