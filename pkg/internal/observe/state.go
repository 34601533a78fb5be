package observe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// MaxRows bounds how many orders, and how many ledger entries, are read.
const MaxRows = 5_000_000

// PageSize is how many rows are asked for at a time, the most that the contract
// allows.
const PageSize = 1000

// ReadState reads what the service shows of the subjects, all orders and the whole
// ledger. A call that the service does not offer, or that fails, is noted in the
// state and is no error; the error is context.Cause(ctx) when ctx ended.
func ReadState(ctx context.Context, c *purchase.Client, of Subjects) (*audit.State, error) {
	s := &audit.State{At: time.Now(), Failed: map[audit.Call]string{}}
	var err error
	s.Orders, err = ReadOrders(ctx, c)
	if err == nil {
		err = withoutStatus(s.Orders)
	}
	s.Listed = time.Now()
	recordFailure(c, s, audit.OrdersCall, err)
	s.Ledger, s.LedgerPages, err = ReadLedger(ctx, c)
	recordFailure(c, s, audit.LedgerCall, err)
	s.Products, err = readEach(ctx, of.Products, purchase.UnknownProduct, productReader(c))
	recordFailure(c, s, audit.ProductsCall, err)
	s.Users, err = readEach(ctx, of.Users, purchase.UnknownUser, userReader(c))
	recordFailure(c, s, audit.UsersCall, err)
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	return s, nil
}

// ReadOrders reads the list of all orders, at most about MaxRows. Cursors that lead back to an
// earlier page are an error.
func ReadOrders(ctx context.Context, c *purchase.Client) ([]purchase.Order, error) {
	return readPages(ctx, func(after string) ([]purchase.Order, string, error) {
		page, err := c.Orders(ctx, after, PageSize)
		return page.Orders, page.Next, err
	})
}

// ReadLedger reads the whole ledger, as ReadOrders does the orders. pages are as
// audit.State.LedgerPages.
func ReadLedger(ctx context.Context, c *purchase.Client) (entries []purchase.Entry, pages []int, err error) {
	rows := 0
	entries, err = readPages(ctx, func(after string) ([]purchase.Entry, string, error) {
		page, err := c.Ledger(ctx, after, PageSize)
		pages, rows = append(pages, rows), rows+len(page.Entries)
		return page.Entries, page.Next, err
	})
	if len(pages) < 2 || !slices.ContainsFunc(entries, func(e purchase.Entry) bool { return e.EntryID == "" }) {
		return entries, nil, err
	}
	return entries, pages[1:], err
}

// readPages reads page after page of a list until there is none, at most about MaxRows rows.
// Cursors that lead back to an earlier page are an error.
func readPages[T any](ctx context.Context, page func(after string) ([]T, string, error)) ([]T, error) {
	var all []T
	mark, power, steps := "", 1, 0 // Brent's search for a cycle: no cursors are kept
	for after := ""; ; {
		rows, next, err := page(after)
		if err != nil {
			return all, err
		}
		all = append(all, rows...)
		switch {
		case next == "":
			return all, nil
		case next == after || len(rows) == 0:
			return all, fmt.Errorf("the page after cursor %q does not advance: its next cursor is %q, its number of rows %d", after, next, len(rows))
		case next == mark:
			return all, fmt.Errorf("the pages go round in a circle: the cursor %q came twice", next)
		case len(all) > MaxRows:
			return all, fmt.Errorf("more than %d rows, the most that are read", MaxRows)
		case ctx.Err() != nil:
			return all, context.Cause(ctx)
		}
		if steps++; steps == power {
			mark, power, steps = next, 2*power, 0
		}
		after = next
	}
}

// readEach reads one id after the other, without those that the service does not know: their
// answer has the code unknown, or is any 404 while others are found. When all are such a
// 404 the service does not have the route, which the error says.
func readEach[T any](ctx context.Context, ids []purchase.ID, unknown purchase.Code, get func(context.Context, purchase.ID) (T, error)) ([]T, error) {
	var all []T
	var notFound error
	route := false
	for _, id := range ids {
		value, err := get(ctx, id)
		var p purchase.Problem
		switch {
		case err == nil:
			all, route = append(all, value), true
		case errors.As(err, &p) && p.Code == unknown:
			route = true
		case IsStatus(err, http.StatusNotFound):
			notFound = err
		default:
			return all, err
		}
	}
	if route {
		notFound = nil
	}
	return all, notFound
}
