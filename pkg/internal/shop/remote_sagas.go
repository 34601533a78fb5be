package shop

import (
	"context"
	"sync"
	"time"

	"sagalab/pkg/internal/shop/store"
)

// remotePollInterval is how often the orders of other processes for which requests
// wait here are read, all of them by one query.
const remotePollInterval = 20 * time.Millisecond

// remoteSagas holds the orders whose sagas run in another process, or in none, and
// for which requests wait here. It is safe for concurrent use.
type remoteSagas struct {
	orders *store.Orders

	mu      sync.Mutex
	byOrder map[string]*remoteSaga
	added   chan struct{} // has an element when there may be orders to poll
}

type remoteSaga struct {
	*inflightSaga
	waiting int // requests
}

func newRemoteSagas(orders *store.Orders) *remoteSagas {
	return &remoteSagas{orders: orders, byOrder: map[string]*remoteSaga{}, added: make(chan struct{}, 1)}
}

// poll runs until ctx ends and completes the sagas whose orders have ended.
func (rs *remoteSagas) poll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-rs.added:
		}
		for ids := rs.orderIDs(); len(ids) > 0 && ctx.Err() == nil; ids = rs.orderIDs() {
			ended, err := rs.orders.Ended(ids)
			if err != nil {
				ended = nil // each waiting request has its own timeout
			}
			for id := range ended {
				rs.complete(id)
			}
			select {
			case <-ctx.Done():
			case <-time.After(remotePollInterval):
			}
		}
	}
}

// join returns the saga of an order to wait for. The caller calls leave when it no
// longer waits.
func (rs *remoteSagas) join(orderID string) (f *inflightSaga, leave func()) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.byOrder[orderID]
	if r == nil {
		r = &remoteSaga{inflightSaga: newInflightSaga("")}
		rs.byOrder[orderID] = r
	}
	r.waiting++
	select {
	case rs.added <- struct{}{}:
	default:
	}
	return r.inflightSaga, func() { rs.leave(orderID, r) }
}

func (rs *remoteSagas) leave(orderID string, r *remoteSaga) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r.waiting--; r.waiting == 0 && rs.byOrder[orderID] == r {
		delete(rs.byOrder, orderID)
	}
}

func (rs *remoteSagas) complete(orderID string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r := rs.byOrder[orderID]; r != nil {
		r.complete(nil)
		delete(rs.byOrder, orderID)
	}
}

func (rs *remoteSagas) orderIDs() (ids []string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for id := range rs.byOrder {
		ids = append(ids, id)
	}
	return ids
}
