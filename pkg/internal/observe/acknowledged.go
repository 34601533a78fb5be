package observe

import (
	"cmp"
	"slices"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// acknowledged are the purchases of some stages that were confirmed, which every later
// read has to show.
type acknowledged struct {
	stages []runs.Stage
	list   []confirmation
	// last is when the last answer of the stages came, the zero time without any.
	last time.Time
	// before counts the orders that were confirmed before the stages, older are the ids of
	// all that were there.
	before int
	older  hashSet
}

// confirmation is one confirmed purchase: the hashes of the order's id that the answer
// named and of its key, and the place of the attempt.
type confirmation struct {
	id, key        uint64
	stage, attempt int32
}

// newAcknowledged lists what the stages' answers confirmed. before is the state before
// them, nil when there was no order.
func newAcknowledged(stages []runs.Stage, before *audit.State) *acknowledged {
	t := &acknowledged{stages: stages}
	for s := range stages {
		for n := range stages[s].Attempts {
			a := &stages[s].Attempts[n]
			if end := endOf(a); end.After(t.last) {
				t.last = end
			}
			if a.Means() == purchase.MeansConfirmed {
				t.list = append(t.list, confirmation{hashOf(a.OrderID), hashOf(a.Key), int32(s), int32(n)})
			}
		}
	}
	slices.SortFunc(t.list, func(a, b confirmation) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.key, b.key)) })
	t.list = slices.CompactFunc(t.list, func(a, b confirmation) bool {
		return a.id == b.id && a.key == b.key && (a.id != 0 || a.key != 0) // without both, each is a purchase of its own
	})
	if before != nil {
		t.before = countConfirmed(before.Orders)
		t.older, _ = shownOrders(before.Orders)
	}
	return t
}

// endOf returns when an attempt ended, by the client's clock.
func endOf(a *runs.Attempt) time.Time {
	return a.StartTS.Add(time.Duration(a.LatencyMS * float64(time.Millisecond)))
}

func countConfirmed(orders []purchase.Order) (n int) {
	for i := range orders {
		if orders[i].Status == purchase.Confirmed {
			n++
		}
	}
	return n
}

// unseen counts the confirmed purchases that a state does not show, with an example. A
// purchase is looked for by the id that its answer named; when the service shows none of
// these ids, or the answer named none, by its key; without keys the confirmed orders are
// counted. known is false when the state shows neither orders nor, in their place, a
// ledger with entries of all of them: then it cannot be told how fresh the read is.
func (t *acknowledged) unseen(s *audit.State) (n int, example string, known bool) {
	if len(t.list) == 0 {
		return 0, "", true
	}
	if why, _ := s.Unusable(audit.OrdersCall); why != "" {
		return 0, "", t.inLedger(s)
	}
	ids, keys := shownOrders(s.Orders)
	byID := slices.ContainsFunc(t.list, func(c confirmation) bool { return ids.has(c.id) })
	byCount := 0
	for _, c := range t.list {
		switch {
		case byID && c.id != 0:
			if ids.has(c.id) {
				continue
			}
		case len(keys) > 0 && c.key != 0:
			if keys.has(c.key) {
				continue
			}
		case c.id == 0, !byID && len(keys) == 0 && len(s.Orders) > 0:
			byCount++
			continue
		}
		n, example = n+1, t.name(c)
	}
	if lacking := len(t.list) - (countConfirmed(s.Orders) - t.before); byCount > 0 && lacking > n {
		n = min(lacking, n+byCount)
	}
	return n, example, true
}

// shownOrders returns the ids and the keys of orders.
func shownOrders(orders []purchase.Order) (ids, keys hashSet) {
	id, key := make([]uint64, len(orders)), make([]uint64, len(orders))
	for i := range orders {
		id[i], key[i] = hashOf(orders[i].OrderID), hashOf(orders[i].IdempotencyKey)
	}
	return newHashSet(id), newHashSet(key)
}

// inLedger reports whether the ledger has an entry of every confirmed order.
func (t *acknowledged) inLedger(s *audit.State) bool {
	if why, _ := s.Unusable(audit.LedgerCall); why != "" {
		return false
	}
	ids := make([]uint64, len(s.Ledger))
	for i := range s.Ledger {
		ids[i] = hashOf(s.Ledger[i].OrderID)
	}
	shown := newHashSet(ids)
	return !slices.ContainsFunc(t.list, func(c confirmation) bool { return !shown.has(c.id) })
}

// name returns how a confirmed purchase is called in a sentence.
func (t *acknowledged) name(c confirmation) string {
	a := &t.stages[c.stage].Attempts[c.attempt]
	if a.OrderID != "" {
		return "order " + a.OrderID
	}
	return "key " + a.Key
}
