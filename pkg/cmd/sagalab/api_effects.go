package main

import (
	"context"
	"fmt"

	"sagalab/pkg/internal/observe"
)

// readBefore reads what the one purchase is to change. What cannot be read now is reported
// when it is read after the purchase.
func (c *apiCheck) readBefore(ctx context.Context) {
	if c.offers.Product {
		if p, err := c.client.Product(ctx, c.flags.one.ProductID); err == nil {
			c.stockBefore = &p.Stock
		}
	}
	if c.offers.User {
		if u, err := c.client.User(ctx, c.flags.one.UserID); err == nil {
			c.balanceBefore = &u.Balance
		}
	}
	if c.offers.Orders && !c.file.FollowsPages() {
		if orders, err := observe.ReadOrders(ctx, c.client); err == nil {
			c.ordersBefore = len(orders)
		}
	}
}

// readAfter reads stock and balance after the one purchase, before there is another one.
func (c *apiCheck) readAfter(ctx context.Context) {
	c.early = map[string]apiRead{}
	if c.offers.Product {
		c.early["stock"] = c.readOne(ctx, "stock", c.readStock)
	}
	if c.offers.User {
		c.early["balance"] = c.readOne(ctx, "balance", c.readBalance)
	}
}

// readStock reads the stock of the product.
func (c *apiCheck) readStock(ctx context.Context) (f apiFinding) {
	p, err := c.client.Product(ctx, c.flags.one.ProductID)
	if err != nil {
		return c.failedRead(err)
	}
	f.found = fmt.Sprintf("product %v: %d can be bought, %d reserved", p.ProductID, p.Stock, p.Reserved)
	if p.Price != 0 {
		c.price, c.report.priced = p.Price, true
		f.found += fmt.Sprintf(", price %d", p.Price)
	}
	quantity, amount := c.flags.one.Quantity, c.confirmed.Answer.Amount
	switch {
	case p.Stock < 0 || p.Reserved < 0:
		f.problem = "a stock below 0: is it the right path?"
	case c.stockBefore == nil || !c.confirmed.Success():
	case p.Price > 0 && amount > 0 && amount != p.Price*quantity:
		f.problem = fmt.Sprintf("the answer named the amount %d, but price × quantity is %d: does times: of the amount or of the price differ, or is one of them the wrong member?", amount, p.Price*quantity)
	default:
		f.fell("stock", *c.stockBefore, p.Stock, quantity, "is value: the right member, that of what can still be bought?")
	}
	return f
}

// readBalance reads the balance of the user.
func (c *apiCheck) readBalance(ctx context.Context) (f apiFinding) {
	u, err := c.client.User(ctx, c.flags.one.UserID)
	if err != nil {
		return c.failedRead(err)
	}
	f.found = fmt.Sprintf("user %v: %d", u.UserID, u.Balance)
	if c.balanceBefore == nil || !c.confirmed.Success() {
		return f
	}
	due := c.confirmed.Answer.Amount
	if due == 0 {
		due = c.price * c.flags.one.Quantity
	}
	fell := *c.balanceBefore - u.Balance
	f.fell("balance", *c.balanceBefore, u.Balance, due, "is value: the right member, and is the product bought from this balance?")
	if due > 0 && fell > 0 && fell != due {
		f.problem, f.later = fmt.Sprintf("the balance fell by %d, but the purchase costs %d: does times: of the two differ, or is one of them the wrong member?", fell, due), true
	}
	return f
}

// fell says what the one purchase did to a number, which was to fall by want; 0 is not known.
func (f *apiFinding) fell(what string, before, after, want int64, ask string) {
	switch fell := before - after; {
	case fell <= 0:
		f.problem = fmt.Sprintf("the %s was %d before the purchase and is %d after it, it did not fall: %s Or are reads late (reads_lag:)?", what, before, after, ask)
		f.later, f.late = true, true
	case fell < want:
		f.problem = fmt.Sprintf("the %s fell by %d, but the purchase took %d: %s", what, fell, want, ask)
		f.later = true
	case fell > want && want > 0:
		f.found += fmt.Sprintf("; fell by %d, but the purchase took %d: others buy as well, or value: is another member's", fell, want)
	default:
		f.found += fmt.Sprintf("; fell by %d", fell)
	}
}
