package remote

import (
	"context"
	"strconv"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// Stock asks a stock in another process. It is safe for concurrent use.
type Stock struct {
	*client
	reserve, release, sell store.Call
}

// NewStock connects to a stock, which has to answer.
func NewStock(ctx context.Context, t Target) (*Stock, error) {
	c, err := newClient(ctx, StockName, t)
	if err != nil {
		return nil, err
	}
	return &Stock{client: c, reserve: c.call("reserve", purchase.ReserveStock),
		release: c.call("release", "undo_"+purchase.ReserveStock), sell: c.call("sell", purchase.ConfirmOrder)}, nil
}

// Reserve reserves the quantity of a cart.
func (s *Stock) Reserve(c store.Cart, before store.Effect) (store.Effect, error) {
	return s.reserve(c, before)
}

// Release gives a reservation back.
func (s *Stock) Release(c store.Cart, before store.Effect) (store.Effect, error) {
	return s.release(c, before)
}

// Sell consumes a reservation.
func (s *Stock) Sell(c store.Cart, before store.Effect) (store.Effect, error) {
	return s.sell(c, before)
}

// Product reads one product.
func (s *Stock) Product(id int64) (purchase.Product, bool, error) {
	return read[purchase.Product](s.client, "/products/"+strconv.FormatInt(id, 10))
}

// Reset sets the products of a fixture and drops all effects.
func (s *Stock) Reset(products []purchase.FixtureProduct) error {
	return s.reset(fixture{Products: products})
}
