package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// apiFinding is what one read found.
type apiFinding struct {
	found, problem string
	later          bool // a later read may not have the problem
	late           bool // late reads explain it: where the file declares how late they are it is no problem
}

// failedRead is the finding of a read that failed.
func (c *apiCheck) failedRead(err error) apiFinding {
	return apiFinding{problem: c.sender.Redact(err.Error())}
}

// readAll reports each state that the file has. Stock and balance were read before.
func (c *apiCheck) readAll(ctx context.Context) {
	for _, read := range []struct {
		name  string
		there bool
		read  func(context.Context) apiFinding
	}{
		{"orders", c.offers.Orders, c.readOrders}, {"order", c.offers.Order, c.readOrder}, {"stock", c.offers.Product, nil},
		{"balance", c.offers.User, nil}, {"ledger", c.offers.Ledger, c.readLedger},
	} {
		r := apiRead{Read: read.name, Skipped: "the file has no " + read.name + ":"}
		switch {
		case !read.there:
		case read.name == "order" && c.orderID() == "":
			r.Skipped = "not read: no answer named an order"
		case read.read == nil:
			r = c.early[read.name]
		default:
			r = c.readOne(ctx, read.name, read.read)
		}
		c.report.Reads = append(c.report.Reads, r)
	}
	reset := apiRead{Read: "reset", Skipped: "the file has no reset:"}
	if c.offers.Reset {
		reset.Skipped = "not sent: load --reset sends it"
	}
	c.report.Reads = append(c.report.Reads, reset)
}

// readOne makes a read again while something is missing: a service may show a purchase late.
func (c *apiCheck) readOne(ctx context.Context, name string, read func(context.Context) apiFinding) apiRead {
	lag, declared := c.file.ReadsLag()
	f := untilFound(ctx, lag+2*time.Second, read)
	if f.late && declared {
		f.found, f.problem = strings.TrimPrefix(f.found+"; "+f.problem, "; "), ""
	}
	return apiRead{Read: name, Found: shortened(f.found, 300), Problem: f.problem}
}

// untilFound reads until nothing is missing, for about as long as wait.
func untilFound(ctx context.Context, wait time.Duration, read func(context.Context) apiFinding) apiFinding {
	until := time.Now().Add(wait)
	for {
		f := read(ctx)
		if !f.later || !time.Now().Before(until) {
			return f
		}
		select {
		case <-ctx.Done():
			return f
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// orderID returns the order of the one purchase, "" when none is known.
func (c *apiCheck) orderID() string { return cmp.Or(c.confirmed.OrderID, c.listedID) }

// isMine reports whether an order is that of the one purchase: by its id, else by its key.
func (c *apiCheck) isMine(o purchase.Order) bool {
	if id := c.confirmed.OrderID; id != "" {
		return o.OrderID == id
	}
	return c.confirmed.Success() && o.IdempotencyKey != "" && o.IdempotencyKey == c.confirmed.Request.IdempotencyKey
}

// readOrders reads all orders, page by page as the audit does, and looks for that of the one
// purchase among them.
func (c *apiCheck) readOrders(ctx context.Context) (f apiFinding) {
	orders, err := observe.ReadOrders(ctx, c.client)
	if err != nil {
		f = c.failedRead(err)
		f.problem += c.limitHint(err)
		return f
	}
	var mine *purchase.Order
	keys := false
	for i, o := range orders {
		keys = keys || o.IdempotencyKey != ""
		if c.isMine(o) {
			mine = &orders[i]
		}
	}
	f.found = counted(len(orders), "order")
	switch {
	case mine != nil:
		c.listedID = mine.OrderID
		c.report.keysInOrders, c.report.costed = mine.IdempotencyKey != "", mine.Amount != 0
		f.found += "; of the purchase: " + orderText(*mine)
		if f.problem = c.differs(*mine); f.problem != "" {
			f.later = true
		} else {
			f.problem = c.onlyOnePage(len(orders))
		}
	case !c.confirmed.Success():
	case c.orderID() != "" || keys:
		f.problem, f.later = "the confirmed order "+cmp.Or(c.orderID(), "under key "+c.confirmed.Request.IdempotencyKey)+" is not among them: "+c.whyMissing(), true
	default:
		f.found += "; which one is of the purchase is not known: no answer named it, and the orders show no keys"
	}
	return f
}

// limitHint says what {{.Limit}} is when a list was refused, "" where the file does not use it.
func (c *apiCheck) limitHint(err error) string {
	refused := observe.IsStatus(err, http.StatusBadRequest) || observe.IsStatus(err, http.StatusUnprocessableEntity)
	if !refused || !strings.Contains(c.file.Contents(), "{{.Limit}}") {
		return ""
	}
	return fmt.Sprintf(" ({{.Limit}} is %d: where the service takes less, write the number that it takes)", observe.PageSize)
}

// whyMissing asks for what the file may lack when an order is missing in the list.
func (c *apiCheck) whyMissing() string {
	more := "are there more pages (the file has no next:)"
	if c.file.FollowsPages() {
		more = "does next: lead to all pages"
	}
	return more + ", does except: leave it out, does the list show the orders of one user alone, or are reads late (reads_lag:)?"
}

// onlyOnePage says that a list without next: had as many orders before the purchase as after
// it, "" where it grew.
func (c *apiCheck) onlyOnePage(after int) string {
	if c.file.FollowsPages() || c.ordersBefore < 1 || after > c.ordersBefore {
		return ""
	}
	return fmt.Sprintf("the list had %s before the purchases and has %d with them: it seems to be one page of several; say in next: how the others are asked for", counted(c.ordersBefore, "order"), after)
}

// orderText names the members of an order that the service shows.
func orderText(o purchase.Order) string {
	text := o.OrderID + " " + string(o.Status)
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
		{"amount", c.confirmed.Answer.Amount, o.Amount, o.Amount == 0 || c.confirmed.Answer.Amount == 0},
	} {
		if !m.zero && m.want != m.got {
			list = append(list, fmt.Sprintf("its %s is %v, not %v", m.name, m.got, m.want))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "the order of the confirmed purchase differs: " + strings.Join(list, ", ")
}

// readOrder reads the one order.
func (c *apiCheck) readOrder(ctx context.Context) apiFinding {
	o, err := c.client.Order(ctx, c.orderID())
	if err != nil {
		f := c.failedRead(err)
		f.later = true
		return f
	}
	f := apiFinding{found: orderText(o), problem: c.differs(o)}
	if f.later = f.problem != ""; o.OrderID != c.orderID() {
		f.problem = fmt.Sprintf("the order %s is shown as %s", c.orderID(), o.OrderID)
	}
	return f
}

// readLedger reads the ledger and looks for the charge of the confirmed order.
func (c *apiCheck) readLedger(ctx context.Context) (f apiFinding) {
	entries, _, err := observe.ReadLedger(ctx, c.client)
	if err != nil {
		return c.failedRead(err)
	}
	f.found = "1 entry"
	if len(entries) != 1 {
		f.found = fmt.Sprintf("%d entries", len(entries))
	}
	charged := false
	for _, e := range entries {
		if e.OrderID == c.orderID() && e.Kind == purchase.Charge && !charged {
			charged = true
			f.found += fmt.Sprintf("; of the purchase: %s %d", e.Kind, e.Amount)
		}
	}
	if !charged && c.orderID() != "" && cmp.Or(c.confirmed.Answer.Amount, 1) > 0 {
		f.problem, f.later = "the confirmed order "+c.orderID()+" has no charge in it: are there more pages (next:), or are reads late (reads_lag:)?", true
	}
	return f
}
