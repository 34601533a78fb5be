package store

import "sagalab/pkg/purchase"

// Cart is what a saga is started with. The engine keeps it as JSON.
type Cart struct {
	OrderID   string `json:"order_id"`
	UserID    int64  `json:"user_id"`
	ProductID int64  `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	// Key is the purchase's idempotency key, "" without one. The saga does not use it:
	// injected trouble and defects are drawn by it.
	Key string `json:"key,omitempty"`
	// Attempt counts the calls of the step that is under way from 1, anew after each
	// start of the process; 0 is not known.
	Attempt int `json:"-"`
}

// DrawKey returns the key by which injected trouble and defects are drawn: without
// an idempotency key that is the order's id, which no second run repeats.
func (c Cart) DrawKey() string {
	if c.Key == "" {
		return c.OrderID
	}
	return c.Key
}

// Effect is a participant's answer to one step. The engine keeps it as JSON.
type Effect struct {
	// Refused is why the step had no effect, "" when it took effect.
	Refused purchase.Code `json:"refused,omitempty"`
	// Amount is price × quantity once the stock is reserved.
	Amount int64 `json:"amount,omitempty"`
	// At is when the effect took place, in nanoseconds since 1970.
	At int64 `json:"at"`
}

// Call asks a participant for one effect of a saga. It is idempotent. before is
// the effect of the call before, so that times never run backwards. A refusal is an
// Effect; an error means that the call may be repeated.
type Call func(c Cart, before Effect) (Effect, error)

// Calls holds all calls that a saga makes. They are function values so that
// package defect can wrap them.
type Calls struct {
	Reserve, Release, Sell             Call // of the stock
	Charge, Refund                     Call // of the payments
	BeginCompensation, Confirm, Cancel Call // of the orders
}
