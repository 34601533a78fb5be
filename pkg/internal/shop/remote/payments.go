package remote

import (
	"context"
	"fmt"
	"strconv"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// Payments asks payments in another process. It is safe for concurrent use.
type Payments struct {
	*client
	charge, refund store.Call
}

// NewPayments connects to payments, which have to answer.
func NewPayments(ctx context.Context, t Target) (*Payments, error) {
	c, err := newClient(ctx, PaymentsName, t)
	if err != nil {
		return nil, err
	}
	return &Payments{client: c, charge: c.call("charge", purchase.ChargePayment), refund: c.call("refund", "undo_"+purchase.ChargePayment)}, nil
}

// Charge takes the amount of the effect before from the user's balance.
func (p *Payments) Charge(c store.Cart, before store.Effect) (store.Effect, error) {
	return p.charge(c, before)
}

// Refund gives back what was charged.
func (p *Payments) Refund(c store.Cart, before store.Effect) (store.Effect, error) {
	return p.refund(c, before)
}

// User reads one user.
func (p *Payments) User(id int64) (purchase.User, bool, error) {
	return read[purchase.User](p.client, "/users/"+strconv.FormatInt(id, 10))
}

// Ledger reads a page of at most limit entries after a cursor.
func (p *Payments) Ledger(after int64, limit int) (purchase.Ledger, error) {
	page, _, err := read[purchase.Ledger](p.client, fmt.Sprintf("/ledger?after=%d&limit=%d", after, limit))
	return page, err
}

// Reset sets the users of a fixture and drops all movements of money and all effects.
func (p *Payments) Reset(users []purchase.FixtureUser) error {
	return p.reset(fixture{Users: users})
}
