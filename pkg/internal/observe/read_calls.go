package observe

import (
	"context"
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// readOrder reads one order. One that is answered without its id gets the id that was asked
// for; one without a status is an error, because no rule can tell what became of it.
func readOrder(ctx context.Context, c *purchase.Client, id string) (o purchase.Order, err error) {
	if o, err = c.Order(ctx, id); err != nil {
		return o, err
	}
	history.Fill(&o.OrderID, id)
	return o, withoutStatus([]purchase.Order{o})
}

// productReader reads a product, userReader a user; one that is answered without its id gets
// the id that was asked for.
func productReader(c *purchase.Client) func(context.Context, purchase.ID) (purchase.Product, error) {
	return func(ctx context.Context, id purchase.ID) (p purchase.Product, err error) {
		if p, err = c.Product(ctx, id); err == nil {
			history.Fill(&p.ProductID, id)
		}
		return p, err
	}
}

func userReader(c *purchase.Client) func(context.Context, purchase.ID) (purchase.User, error) {
	return func(ctx context.Context, id purchase.ID) (u purchase.User, err error) {
		if u, err = c.User(ctx, id); err == nil {
			history.Fill(&u.UserID, id)
		}
		return u, err
	}
}

// withoutStatus returns an error that names the first order without a status, nil when all
// have one.
func withoutStatus(orders []purchase.Order) error {
	for i := range orders {
		if orders[i].Status == "" {
			return fmt.Errorf("order %q was read without a status", orders[i].OrderID)
		}
	}
	return nil
}
