package purchase

import "context"

// service is what the adapter reads with.
func (c *Client) service(ctx context.Context) Service { return Service{ctx, c} }

// Order reads one order. The error wraps ErrNotRead when the adapter does not offer it, as
// do those of the other reads.
func (c *Client) Order(ctx context.Context, id string) (o Order, err error) {
	defer c.ended("Order", &err)
	a, ok := c.adapter.(OrderReader)
	if !ok {
		return o, notRead(c.adapter, "one order")
	}
	return a.Order(c.service(ctx), id)
}

// Orders reads a page of about limit orders; after is "" for the first one.
func (c *Client) Orders(ctx context.Context, after string, limit int) (page Orders, err error) {
	defer c.ended("Orders", &err)
	switch a := c.adapter.(type) {
	case OrderPager:
		return a.OrdersPage(c.service(ctx), after, limit)
	case OrderLister:
		page.Orders, err = a.Orders(c.service(ctx))
		return page, err
	}
	return page, notRead(c.adapter, "the orders")
}

// Product reads price and stock of a product.
func (c *Client) Product(ctx context.Context, id ID) (p Product, err error) {
	defer c.ended("Product", &err)
	a, ok := c.adapter.(ProductReader)
	if !ok {
		return p, notRead(c.adapter, "the stock of a product")
	}
	return a.Product(c.service(ctx), id)
}

// User reads the balance of a user.
func (c *Client) User(ctx context.Context, id ID) (u User, err error) {
	defer c.ended("User", &err)
	a, ok := c.adapter.(UserReader)
	if !ok {
		return u, notRead(c.adapter, "the balance of a user")
	}
	return a.User(c.service(ctx), id)
}

// Ledger reads a page of about limit movements of money; after is "" for the first one.
func (c *Client) Ledger(ctx context.Context, after string, limit int) (page Ledger, err error) {
	defer c.ended("Ledger", &err)
	switch a := c.adapter.(type) {
	case LedgerPager:
		return a.LedgerPage(c.service(ctx), after, limit)
	case LedgerLister:
		page.Entries, err = a.Ledger(c.service(ctx))
		return page, err
	}
	return page, notRead(c.adapter, "the ledger")
}
