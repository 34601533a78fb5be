package runner

import "sagalab/pkg/purchase"

// drawnPurchase is a purchase as it is sent, under its key; without one it is sent without.
type drawnPurchase struct {
	purchase.Request
	// owner is the purchase whose key of its own it is: itself, or an earlier one.
	owner purchase.Request
	// err says why it is not sent, nil when it is.
	err error
}

// withOwnKey returns a purchase that sends the key of no other one.
func withOwnKey(r purchase.Request) drawnPurchase { return drawnPurchase{Request: r, owner: r} }
