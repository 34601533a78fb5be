// Package observe looks at a service while and after load runs on it: it samples
// values, waits until nothing is in progress any more, and reads the state that
// an audit judges. It only ever reads.
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
	"sagalab/pkg/runs"
)

// MaxRows bounds how many orders, and how many ledger entries, are read.
const MaxRows = 5_000_000

// pageSize is what is asked for at a time; the contract allows no more.
const pageSize = 1000

// Subjects are the products and users to look at.
type Subjects struct{ Products, Users []int64 }

// SubjectsOf is what a history bought and who did, with what its scene set; the
// scene may be nil.
func SubjectsOf(stages []runs.Stage, scene *purchase.Scene) Subjects {
	products, users := map[int64]bool{}, map[int64]bool{}
	for _, s := range stages {
		for i := range s.Operations {
			products[s.Operations[i].ProductID] = true
			users[s.Operations[i].UserID] = true
		}
	}
	if scene != nil {
		for _, p := range scene.Products {
			products[p.ProductID] = true
		}
		for _, u := range scene.Users {
			users[u.UserID] = true
		}
	}
	return Subjects{sorted(products), sorted(users)}
}

func sorted(set map[int64]bool) []int64 {
	ids := make([]int64, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// State reads everything that the service shows of the subjects, all orders and
// the whole ledger. A call that the service does not offer, or that fails, is
// noted in the state and no error; the error is context.Cause(ctx) when ctx
// ended.
func State(ctx context.Context, c *purchase.Client, of Subjects) (*audit.State, error) {
	s := &audit.State{At: time.Now(), Failed: map[audit.Call]string{}}
	var err error
	s.Orders, err = pages(ctx, func(after string) ([]purchase.Order, string, error) {
		page, err := c.Orders(ctx, after, pageSize)
		return page.Orders, page.Next, err
	})
	note(s, audit.OrdersCall, err)
	s.Ledger, err = pages(ctx, func(after string) ([]purchase.Entry, string, error) {
		page, err := c.Ledger(ctx, after, pageSize)
		return page.Entries, page.Next, err
	})
	note(s, audit.LedgerCall, err)
	s.Products, err = each(ctx, of.Products, purchase.UnknownProduct, c.Product)
	note(s, audit.ProductsCall, err)
	s.Users, err = each(ctx, of.Users, purchase.UnknownUser, c.User)
	note(s, audit.UsersCall, err)
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	return s, nil
}

// note records how a call failed, or that the service does not have it.
func note(s *audit.State, call audit.Call, err error) {
	var p purchase.Problem
	var status purchase.StatusError
	switch {
	case err == nil:
	case errors.As(err, &p) && absent(p.Status), errors.As(err, &status) && absent(int(status)):
		s.NotOffered = append(s.NotOffered, call)
	default:
		s.Failed[call] = err.Error()
	}
}

func absent(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

// pages reads page after page until there is none.
func pages[T any](ctx context.Context, page func(after string) ([]T, string, error)) ([]T, error) {
	var all []T
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
			return all, fmt.Errorf("the page after cursor %q leads nowhere: it has %d rows and points to %q", after, len(rows), next)
		case len(all) > MaxRows:
			return all, fmt.Errorf("more than %d rows, which is as many as are read", MaxRows)
		case ctx.Err() != nil:
			return all, context.Cause(ctx)
		}
		after = next
	}
}

// each reads one thing after another, passing over those that do not exist.
func each[T any](ctx context.Context, ids []int64, unknown purchase.Code, get func(context.Context, int64) (T, error)) ([]T, error) {
	var all []T
	for _, id := range ids {
		value, err := get(ctx, id)
		var p purchase.Problem
		if errors.As(err, &p) && p.Code == unknown {
			continue
		}
		if err != nil {
			return all, err
		}
		all = append(all, value)
	}
	return all, nil
}

// pending is the orders that may still change.
func pending(orders []purchase.Order) (ids []string) {
	for i := range orders {
		if !orders[i].Status.Terminal() {
			ids = append(ids, orders[i].OrderID)
		}
	}
	return ids
}

// pollEvery is how long Quiescent waits between two looks at what is pending.
const pollEvery = 100 * time.Millisecond

// Quiescent reads the state once no order is pending, nothing is reserved, and
// two reads agree, or when bound has passed: what is pending then stands in the
// state as it is. It must be called after load has stopped; a request whose client
// gave up may still be under way inside the service, which is why one read is not
// enough.
func Quiescent(ctx context.Context, c *purchase.Client, of Subjects, bound time.Duration) (*audit.State, error) {
	limit := time.Now().Add(bound)
	for last := (*audit.State)(nil); ; {
		s, err := State(ctx, c, of)
		if err != nil || settled(s) && last != nil && agree(last, s) || time.Now().After(limit) {
			return s, err
		}
		last = s
		// a large state is not read again and again for one order that hangs
		for open := pending(s.Orders); len(open) > 0 && time.Now().Before(limit); {
			if err := sleep(ctx, pollEvery); err != nil {
				return s, err
			}
			order, err := c.Order(ctx, open[0])
			if err != nil || order.Status.Terminal() {
				open = open[1:]
			}
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return s, err
		}
	}
}

// agree reports whether nothing happened between two reads.
func agree(a, b *audit.State) bool {
	return len(a.Orders) == len(b.Orders) && len(a.Ledger) == len(b.Ledger) &&
		slices.Equal(a.Products, b.Products) && slices.Equal(a.Users, b.Users)
}

func settled(s *audit.State) bool {
	if len(pending(s.Orders)) > 0 {
		return false
	}
	for _, p := range s.Products {
		if p.Reserved != 0 {
			return false
		}
	}
	return true
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
