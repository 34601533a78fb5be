package audit

import (
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// The effects below are counted by plain loops over the evidence, which share nothing
// with the rules.

// lastPiecesLeft counts pieces that are left although a purchase with enough money was refused.
func lastPiecesLeft(s *sim, e Evidence) int {
	if s.effects > 0 && e.After.Products[0].Stock > 0 {
		return 1
	}
	return 0
}

// ordersByKey lists the orders of each key.
func ordersByKey(e Evidence) map[string][]purchase.Order {
	list := map[string][]purchase.Order{}
	for _, o := range e.After.Orders {
		list[o.IdempotencyKey] = append(list[o.IdempotencyKey], o)
	}
	return list
}

func refusedAndConfirmed(_ *sim, e Evidence) int {
	n := 0
	for _, list := range ordersByKey(e) {
		var refused, confirmed bool
		for _, o := range list {
			confirmed = confirmed || o.Status == purchase.Confirmed
			refused = refused || o.Status == purchase.Cancelled && o.Reason != "withdrawn"
		}
		if refused && confirmed {
			n++
		}
	}
	return n
}

// keysAnswered counts keys whose attempts that were sent all ended so.
func keysAnswered(e Evidence, fits func(runs.Attempt) bool, order bool) int {
	bad, good := map[string]bool{}, map[string]bool{}
	for _, a := range e.Stages[0].Attempts {
		if !a.Sent {
			continue
		}
		if fits(a) {
			good[a.Key] = true
		} else {
			bad[a.Key] = true
		}
	}
	orders, n := ordersByKey(e), 0
	for key := range good {
		if !bad[key] && (len(orders[key]) > 0) == order {
			n++
		}
	}
	return n
}

func turnedAwayWithOrder(_ *sim, e Evidence) int {
	return keysAnswered(e, func(a runs.Attempt) bool { return a.Reason == "overloaded" || a.Status == 429 }, true)
}

func inProgressWithoutOrder(_ *sim, e Evidence) int {
	return keysAnswered(e, func(a runs.Attempt) bool { return a.Reason == "in_progress" }, false)
}

func reusedAnswers(_ *sim, e Evidence) int {
	n := 0
	for _, a := range e.Stages[0].Attempts {
		if a.Reason == "key_reused" {
			n++
		}
	}
	return n
}

// secondOrdersShown counts payloads of which more orders were confirmed than keys
// were sent.
func secondOrdersShown(_ *sim, e Evidence) int {
	type payload struct{ user, product, quantity int64 }
	keys, orders := map[payload]map[string]bool{}, map[payload]int{}
	for _, op := range e.Stages[0].Operations {
		p := payload{int64(op.UserID), int64(op.ProductID), op.Quantity}
		if keys[p] == nil {
			keys[p] = map[string]bool{}
		}
		keys[p][op.Key] = true
	}
	for _, o := range e.After.Orders {
		if o.Status == purchase.Confirmed {
			orders[payload{int64(o.UserID), int64(o.ProductID), o.Quantity}]++
		}
	}
	n := 0
	for p, list := range keys {
		if orders[p] > len(list) {
			n++
		}
	}
	return n
}

// replayedAfterNothing counts the keys with a replayed confirmation before whose end
// nothing was sent but what was turned away, of which some had ended before it began.
func replayedAfterNothing(_ *sim, e Evidence) (n int) {
	byKey := map[string][]runs.Attempt{}
	for _, a := range e.Stages[0].Attempts {
		if a.Sent {
			byKey[a.Key] = append(byKey[a.Key], a)
		}
	}
	end := func(a runs.Attempt) int64 { return a.StartTS.UnixNano() + int64(a.LatencyMS*1e6) }
	for _, list := range byKey {
		var replay *runs.Attempt
		for i, a := range list {
			if a.Replayed && a.Status == 200 && (replay == nil || end(a) < end(*replay)) {
				replay = &list[i]
			}
		}
		if replay == nil {
			continue
		}
		before, other := 0, 0
		for i, a := range list {
			turnedAway := a.Status == 503 || a.Status == 404
			switch {
			case &list[i] == replay || a.StartTS.UnixNano() > end(*replay):
			case !turnedAway && a.Status != 422:
				other++
			case turnedAway && end(a) < replay.StartTS.UnixNano():
				before++
			}
		}
		if before > 0 && other == 0 {
			n++
		}
	}
	return n
}

// triedAnew counts the keys with several orders that were cancelled for lack of stock or
// money, and none that is confirmed.
func triedAnew(_ *sim, e Evidence) (n int) {
	refused, bought := map[string]int{}, map[string]bool{}
	for _, o := range e.After.Orders {
		bought[o.IdempotencyKey] = bought[o.IdempotencyKey] || o.Status == purchase.Confirmed
		if o.Status == purchase.Cancelled && (o.Reason == purchase.OutOfStock || o.Reason == purchase.InsufficientBalance) {
			refused[o.IdempotencyKey]++
		}
	}
	for key, orders := range refused {
		if orders > 1 && !bought[key] {
			n++
		}
	}
	return n
}
