package history

import "sagalab/pkg/purchase"

// Payload is what a purchase asks for.
type Payload struct {
	User, Product purchase.ID
	Quantity      int64
	Method        purchase.ID
}

// Purchase is all attempts that carried one key and one payload, and the orders of
// the state that belong to them. Attempts are those at the step that decides; what came of
// the steps before is counted apart.
type Purchase struct {
	Payload
	PayloadUnknown bool // the payload was not recorded
	// Key is an index into History.Keys; NextOfKey the key's next purchase, which has
	// another payload, or None.
	Key, NextOfKey int32
	// FirstSent is when the first attempt was sent, of the steps before as well, Forever when
	// none was; LastEnd is when the last one, or the last poll, ended.
	FirstSent, LastEnd int64
	// ConfirmedAt and RefusedAt are when the first confirming and the first refusing
	// answer had been read, to an attempt or a poll, Forever without one. A step before the
	// one that decides refuses a purchase of which no attempt at that was sent.
	ConfirmedAt, RefusedAt int64
	// Refusal is the meaning of the first refusing answer.
	Refusal Meaning
	// Sent counts the attempts that may have reached the service. Unclear, InProgress,
	// KeyReused and Confirmations count those among them with such an answer, DidNothing
	// those of which the answer says that nothing was done (purchase.Meaning.DidNothing), and
	// Accepted those that were accepted and not ended (Pending). Polls that confirm are among
	// Confirmations alone.
	Sent, Unclear, InProgress, KeyReused, Confirmations, DidNothing, Accepted int32
	// Steps is about the steps before the one that decides, with zeros of a purchase of one
	// request; never nil.
	Steps *StepCounts
	// AnsweredOrderID is the order that the first confirming answer named, an index
	// into History.OrderIDs, or None.
	AnsweredOrderID int32

	// Orders and ConfirmedOrders count its orders in the state.
	Orders, ConfirmedOrders int32
	// OrderRow is one of them, a confirmed one if there is one: an index into
	// OrderIndex.Orders, or None.
	OrderRow int32
	// BeforeRun: its order was in the state before the run.
	BeforeRun bool
	// Guessed: its order was assigned by payload alone, and may belong to another
	// purchase with the same payload.
	Guessed bool
	// Vague: an order that may be its own does not show what it is for. What that order took
	// is not known, nor whether the purchase has one.
	Vague bool
}

// Matches reports whether an order has the payload of the purchase, or the payload
// is not known. What an order does not show matches any.
func (p *Purchase) Matches(o *purchase.Order) bool {
	return p.PayloadUnknown ||
		agrees(o.UserID, p.User) && agrees(o.ProductID, p.Product) && agrees(o.Quantity, p.Quantity) && agrees(o.PaymentMethodID, p.Method)
}
