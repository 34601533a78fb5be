package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
)

// mostStartPages is how many pages of orders are read to find the end of the list when
// sampling begins. Behind more of them no other clients are looked for.
const mostStartPages = 50

// findEndWithin is how long that may take; when it takes longer no other clients are looked for.
const findEndWithin = 5 * time.Second

// otherClients counts the orders that appear while load runs under keys that the load did
// not send. It is safe for concurrent use.
type otherClients struct {
	sent  *SentKeys // nil when nothing is looked for
	steps []string  // of a purchase
	begun time.Time
	old   map[string]bool // ids of the last orders that were there before

	mu      sync.Mutex
	counted map[string]bool // ids, at most mostOthers
	example string
}

// mostOthers bounds how many orders of other clients are counted.
const mostOthers = 10_000

// Others returns how many orders the sampler has seen that appeared meanwhile under keys
// which were not sent, with an example; it sees a part of the orders only. Safe for
// concurrent use with the sampling.
func (s *Sampler) Others() (n int, example string) {
	o := &s.others
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.counted), o.example
}

// findEnd moves to the last page of the orders that are there before the load.
func (s *Sampler) findEnd(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, findEndWithin)
	defer cancel()
	cursor := ""
	for range mostStartPages {
		page, err := s.client.Orders(ctx, cursor, PageSize)
		if err != nil || page.Next == cursor && cursor != "" {
			break
		}
		if page.Next == "" {
			s.cursor, s.others.old = cursor, map[string]bool{}
			for _, o := range page.Orders {
				s.others.old[o.OrderID] = true
			}
			return
		}
		cursor = page.Next
	}
	s.others.sent = nil
}

// look counts the orders of a page that the load did not make. A key that was made before
// the load began, by the time in it, may be of an earlier stage.
func (o *otherClients) look(orders []purchase.Order) {
	if o.sent == nil {
		return
	}
	for i := range orders {
		key, id := purchaseKey(orders[i].IdempotencyKey, o.steps), orders[i].OrderID
		earlier := keyed.Stable(key) != key && keyTime(key).Before(o.begun)
		if key == "" || earlier || o.old[id] || o.sent.Has(key) {
			continue
		}
		o.mu.Lock()
		if o.counted == nil {
			o.counted, o.example = map[string]bool{}, fmt.Sprintf("order %s under key %s", id, key)
		}
		if len(o.counted) < mostOthers {
			o.counted[id] = true
		}
		o.mu.Unlock()
	}
}

// areOld reports whether all orders of a page were there before the load.
func (o *otherClients) areOld(orders []purchase.Order) bool {
	for i := range orders {
		if !o.old[orders[i].OrderID] {
			return false
		}
	}
	return true
}

// newest returns the ids of the last orders of a page, at most most: of a page that is the
// whole list without those that were there before the load.
func (o *otherClients) newest(orders []purchase.Order, most int) (ids []string) {
	for i := len(orders) - 1; i >= 0 && len(ids) < most; i-- {
		if len(orders) <= most || !o.old[orders[i].OrderID] {
			ids = append(ids, orders[i].OrderID)
		}
	}
	slices.Reverse(ids)
	return ids
}
