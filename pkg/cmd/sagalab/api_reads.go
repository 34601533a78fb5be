package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"sagalab/pkg/purchase"
)

// mostPages is how many pages of a list are read for a check.
const mostPages = 200

// readAll reads each state that the file has.
func (c *apiCheck) readAll(ctx context.Context) {
	for _, read := range []struct {
		name  string
		there bool
		read  func(context.Context) (found, problem string)
	}{
		{"orders", c.offers.Orders, c.readOrders}, {"order", c.offers.Order, c.readOrder}, {"stock", c.offers.Product, c.readStock},
		{"balance", c.offers.User, c.readBalance}, {"ledger", c.offers.Ledger, c.readLedger},
	} {
		r := apiRead{Read: read.name, Skipped: "the file has no " + read.name + ":"}
		if read.there {
			found, problem := c.untilFound(ctx, read.read)
			r = apiRead{Read: read.name, Found: shortened(found, 200), Problem: problem}
		}
		c.report.Reads = append(c.report.Reads, r)
	}
}

// untilFound reads again while something is missing: a service may show a purchase late.
func (c *apiCheck) untilFound(ctx context.Context, read func(context.Context) (string, string)) (found, problem string) {
	lag, _ := c.file.ReadsLag()
	until := time.Now().Add(lag + 2*time.Second)
	for {
		found, problem = read(ctx)
		if problem == "" || !strings.HasSuffix(problem, notFoundYet) || !time.Now().Before(until) {
			return found, strings.TrimSuffix(problem, notFoundYet)
		}
		select {
		case <-ctx.Done():
			return found, problem
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// notFoundYet ends a problem that a later read may not have. It is not printed.
const notFoundYet = "\x00"

// orderID returns the order of the one purchase, "" when none is known.
func (c *apiCheck) orderID() string { return c.confirmed.OrderID }

// problemOf returns the text of an error, without secrets.
func (c *apiCheck) problemOf(err error) string { return c.sender.Redact(err.Error()) }

// readOrders reads all orders and looks for the confirmed one among them.
func (c *apiCheck) readOrders(ctx context.Context) (found, problem string) {
	after, count, mine := "", 0, (*purchase.Order)(nil)
	for range mostPages {
		page, err := c.client.Orders(ctx, after, 100)
		if err != nil {
			return "", c.problemOf(err)
		}
		count += len(page.Orders)
		for i, o := range page.Orders {
			if id := c.orderID(); id != "" && o.OrderID == id || id == "" && c.confirmed.Success() && o.IdempotencyKey != "" && o.IdempotencyKey == c.confirmed.Request.IdempotencyKey {
				mine = &page.Orders[i]
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	found = fmt.Sprintf("%d orders", count)
	switch {
	case mine != nil:
		c.report.keysInOrders = mine.IdempotencyKey != ""
		found, problem = found+"; of the purchase: "+orderText(*mine), c.differs(*mine)
	case after != "":
		found += fmt.Sprintf(" on the first %d pages, more were not read", mostPages)
	case c.orderID() != "":
		problem = "the confirmed order " + c.orderID() + " is not among them" + notFoundYet
	}
	return found, problem
}

// orderText returns the members of an order that are there.
func orderText(o purchase.Order) string {
	text := fmt.Sprintf("%s %s", o.OrderID, o.Status)
	if o.UserID != 0 {
		text += fmt.Sprintf(", user %v", o.UserID)
	}
	if o.ProductID != 0 {
		text += fmt.Sprintf(", product %v", o.ProductID)
	}
	if o.Quantity != 0 {
		text += fmt.Sprintf(", quantity %d", o.Quantity)
	}
	if o.Amount != 0 {
		text += fmt.Sprintf(", amount %d", o.Amount)
	}
	if o.IdempotencyKey != "" {
		text += ", key " + o.IdempotencyKey
	}
	return text
}

// differs says in what an order is otherwise than the confirmed purchase, "" in nothing.
// What the service does not show is left out.
func (c *apiCheck) differs(o purchase.Order) string {
	r := c.confirmed.Request
	var list []string
	if o.Status != purchase.Confirmed {
		list = append(list, "its status is "+string(o.Status))
	}
	for _, m := range []struct {
		name      string
		want, got any
		zero      bool
	}{
		{"user", r.UserID, o.UserID, o.UserID == 0}, {"product", r.ProductID, o.ProductID, o.ProductID == 0},
		{"quantity", r.Quantity, o.Quantity, o.Quantity == 0}, {"key", r.IdempotencyKey, o.IdempotencyKey, o.IdempotencyKey == ""},
	} {
		if !m.zero && m.want != m.got {
			list = append(list, fmt.Sprintf("its %s is %v, not %v", m.name, m.got, m.want))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "the order of the confirmed purchase differs: " + strings.Join(list, ", ") + notFoundYet
}

// readOrder reads the one order.
func (c *apiCheck) readOrder(ctx context.Context) (found, problem string) {
	if c.orderID() == "" {
		return "no order to read: no answer named one", ""
	}
	o, err := c.client.Order(ctx, c.orderID())
	if err != nil {
		return "", c.problemOf(err) + notFoundYet
	}
	problem = c.differs(o)
	if o.OrderID != c.orderID() {
		problem = fmt.Sprintf("the order %s is shown as %s", c.orderID(), o.OrderID)
	}
	return orderText(o), problem
}

// readStock reads the stock of the product.
func (c *apiCheck) readStock(ctx context.Context) (found, problem string) {
	p, err := c.client.Product(ctx, c.flags.one.ProductID)
	if err != nil {
		return "", c.problemOf(err)
	}
	found = fmt.Sprintf("product %v: %d can be bought, %d reserved", p.ProductID, p.Stock, p.Reserved)
	if p.Price != 0 {
		c.report.priced = true
		found += fmt.Sprintf(", price %d", p.Price)
	}
	if p.Stock < 0 || p.Reserved < 0 {
		problem = "a stock below 0: is it the right path?"
	}
	return found, problem
}

// readBalance reads the balance of the user.
func (c *apiCheck) readBalance(ctx context.Context) (found, problem string) {
	u, err := c.client.User(ctx, c.flags.one.UserID)
	if err != nil {
		return "", c.problemOf(err)
	}
	return fmt.Sprintf("user %v: %d", u.UserID, u.Balance), ""
}

// readLedger reads the ledger and looks for the charge of the confirmed order.
func (c *apiCheck) readLedger(ctx context.Context) (found, problem string) {
	after, count, charged := "", 0, false
	for range mostPages {
		page, err := c.client.Ledger(ctx, after, 100)
		if err != nil {
			return "", c.problemOf(err)
		}
		count += len(page.Entries)
		for _, e := range page.Entries {
			if e.OrderID == c.orderID() && e.Kind == purchase.Charge {
				charged, found = true, fmt.Sprintf("; of the purchase: %s %d", e.Kind, e.Amount)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !charged && after == "" && c.orderID() != "" && cmp.Or(c.confirmed.Answer.Amount, 1) > 0 {
		problem = "the confirmed order " + c.orderID() + " has no charge in it" + notFoundYet
	}
	return fmt.Sprintf("%d entries%s", count, found), problem
}
