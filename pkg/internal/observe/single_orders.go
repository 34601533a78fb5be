package observe

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// singleOrders is how many orders are read one by one after the list of all.
const singleOrders = 100

// singleReadTime bounds how long they are read at a time.
const singleReadTime = 20 * time.Second

// readSingleOrders reads a sample of the orders that were acknowledged or are listed one by
// one, after the list was read, and returns what GET /orders/{id} says of them. The stages'
// seeds determine the sample. Orders that it does not find, or that read otherwise than in
// the list, are read again, each time after twice the wait before, until certain, when reads
// may not be late any more. A read that fails otherwise is left out.
//
// There is none where the service does not offer the call, or the state is not settled. The
// error is context.Cause(ctx) when ctx ended.
func readSingleOrders(ctx context.Context, c *purchase.Client, s *audit.State, stages []runs.Stage, certain time.Time) (samples []audit.Sample, err error) {
	if why, _ := s.Unusable(audit.OrdersCall, audit.OrderCall); why != "" || s.Unsettled != "" {
		return nil, nil
	}
	ids := drawSingleOrders(s.Orders, stages)
	listed := rowsOf(s.Orders, ids)
	limit := time.Now().Add(singleReadTime)
	for pause := pollEvery; len(ids) > 0; pause *= 2 {
		x := audit.Sample{Asked: time.Now()}
		last := !x.Asked.Before(certain)
		if ids, err = readEachOrder(ctx, c, ids, listed, &x, limit); err != nil {
			return nil, err
		}
		if len(x.Orders)+len(x.Gone) > 0 {
			samples = append(samples, x)
		}
		if last {
			break
		}
		limit = time.Now().Add(singleReadTime)
		if len(ids) > 0 {
			if err := sleep(ctx, min(pause, max(0, time.Until(certain)))); err != nil {
				return nil, err
			}
		}
	}
	return samples, nil
}

// readEachOrder reads orders into a sample, until limit, and returns those that were not found
// or are not as listed; one that is not listed, or has not ended there, has nothing to differ
// from. The error is context.Cause(ctx) when ctx ended.
func readEachOrder(ctx context.Context, c *purchase.Client, ids []string, listed map[string]*purchase.Order, x *audit.Sample, limit time.Time) (differ []string, err error) {
	for _, id := range ids {
		if time.Now().After(limit) {
			break
		}
		o, err := readOrder(ctx, c, id)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case IsStatus(err, http.StatusNotFound):
			x.Gone = append(x.Gone, id)
			differ = append(differ, id)
		case err == nil:
			x.Orders = append(x.Orders, o)
			if row := listed[id]; row != nil && row.Status.Terminal() && !audit.ReadsAlike(&o, row) {
				differ = append(differ, id)
			}
		}
	}
	x.Answered = time.Now()
	return differ, nil
}

// rowsOf returns the listed orders of some ids.
func rowsOf(orders []purchase.Order, ids []string) map[string]*purchase.Order {
	rows := make(map[string]*purchase.Order, len(ids))
	for _, id := range ids {
		rows[id] = nil
	}
	for i := range orders {
		if _, wanted := rows[orders[i].OrderID]; wanted {
			rows[orders[i].OrderID] = &orders[i]
		}
	}
	return rows
}

// drawSingleOrders draws at most singleOrders ids: half of them of orders that an answer
// confirmed, the others of any that are listed.
func drawSingleOrders(orders []purchase.Order, stages []runs.Stage) (ids []string) {
	var seed uint64
	var named drawnIDs
	for i := range stages {
		seed ^= stages[i].Seed
		for k := range stages[i].Attempts {
			if a := &stages[i].Attempts[k]; a.Means() == purchase.MeansConfirmed {
				named.add(stages[i].Seed, a.OrderID)
			}
		}
	}
	var listed drawnIDs
	for i := range orders {
		listed.add(seed, orders[i].OrderID)
	}
	ids = append(named.lowest(singleOrders/2), listed.lowest(singleOrders)...)
	var distinct []string
	for _, id := range ids {
		if len(distinct) < singleOrders && !slices.Contains(distinct, id) {
			distinct = append(distinct, id)
		}
	}
	return distinct
}

// drawnIDs are ids of orders by their draws, of which not many more than singleOrders are held.
type drawnIDs []drawnID

type drawnID struct {
	draw float64
	id   string
}

// add adds an id, unless it is empty.
func (d *drawnIDs) add(seed uint64, id string) {
	if id == "" {
		return
	}
	*d = append(*d, drawnID{keyed.Fraction(seed, "read alone", id, 0), id})
	if len(*d) >= 8*singleOrders {
		d.sort()
	}
}

// sort leaves the singleOrders lowest ids.
func (d *drawnIDs) sort() {
	slices.SortFunc(*d, func(a, b drawnID) int { return cmp.Or(cmp.Compare(a.draw, b.draw), cmp.Compare(a.id, b.id)) })
	*d = slices.Compact(*d)
	*d = (*d)[:min(len(*d), singleOrders)]
}

// lowest returns the n ids with the lowest draws.
func (d *drawnIDs) lowest(n int) (ids []string) {
	d.sort()
	for _, x := range (*d)[:min(n, len(*d))] {
		ids = append(ids, x.id)
	}
	return ids
}

// singlesCertain returns when a read of an order may not lack what the evidence shows any
// more: a declared lag, else settle, after the last answer, the last sample and the list of
// orders.
func singlesCertain(e *audit.Evidence, s *audit.State, settle time.Duration) time.Time {
	last := newAcknowledged(e.Stages, nil).last
	for i := range e.Samples {
		if at := e.Samples[i].Answered; at.After(last) {
			last = at
		}
	}
	for _, at := range []time.Time{s.At, s.Listed} {
		if at.After(last) {
			last = at
		}
	}
	allowed := settle
	if s.LagMS != nil {
		allowed = min(asDuration(s.LagMS), max(settle, longestLag))
	}
	return deadlineAfter(last, allowed+time.Millisecond, time.Now())
}
