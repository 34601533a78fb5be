package buyers

import (
	"errors"
	"fmt"

	"sagalab/pkg/purchase"
)

// Func is buyers of whom a function says what purchase i is, from 0. It is called by many
// virtual users at once. A request without a key gets one of its own; for a key that is sent
// again, or a purchase without one, use Mix.
//
//	lab.Stage("heavy", 1000, 200, buyers.Func(func(i int) purchase.Request {
//		return purchase.Request{UserID: purchase.ID(i%10 + 1), ProductID: 1, Quantity: 1, PaymentMethodID: purchase.ID(i%10 + 1)}
//	}))
//
// A function cannot be sent to the workers of a fleet: use Mix or Feed there.
type Func func(i int) purchase.Request

// Buy returns what the function says, whatever the seed.
func (f Func) Buy(_ uint64, i int) purchase.Buy { return purchase.Buy{Request: f(i)} }

// Validate reports that there is no function, or what is wrong with purchase 0.
func (f Func) Validate() error {
	if f == nil {
		return errors.New("buyers: the function is nil")
	}
	if err := f(0).Validate(); err != nil {
		return fmt.Errorf("buyers: purchase 0 of the function: %w", err)
	}
	return nil
}

// String returns "a function", which Parse does not read.
func (f Func) String() string { return "a function" }
