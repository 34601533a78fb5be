package audit

import (
	"slices"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

func withdrawn(c *simConfig)  { plenty(c); c.withdraw = .5 }
func twoUsers(c *simConfig)   { withdrawn(c); c.users = 2 + c.users%2 }
func dear(c *simConfig)       { withdrawn(c); c.price += 10 }
func firstly(c *simConfig)    { withdrawn(c); c.shape.chargeFirst = true }
func parallelly(c *simConfig) { withdrawn(c); c.shape.parallel = true }

// stateDefectRows are defects of amounts, payers, answers' bodies and of other sagas.
var stateDefectRows = []defectRow{
	{name: "charge_other", rule: "C3", tune: twoUsers, says: "went to user"},
	{name: "refund_other", rule: "C3", tune: twoUsers, says: "the refund of order"},
	{name: "wrong_amount", rule: "C3", tune: dear, says: "has an amount of"},
	{name: "short_charge", rule: "C3", tune: dear, says: "was charged 1 too little ("},
	{name: "short_refund", rule: "C3", tune: dear, says: "but refunded 1 too little ("},
	{name: "no_charge", rule: "C3", tune: plenty, effect: confirmedUncharged, says: "is confirmed, but was never charged"},
	{name: "no_charge", rule: "C3", tune: withdrawn, effect: refundedUnchargedOrders, says: " without a charge"},
	{name: "no_refund", rule: "C3", tune: withdrawn, says: "was never refunded"},
	{name: "unmoved_charge", rule: "C2", tune: plenty, says: "higher than charges and refunds leave it"},
	{name: "unmoved_refund", rule: "C2", tune: withdrawn, says: "lower than charges and refunds leave it"},
	{name: "wrong_payload", rule: "C4", tune: calm, effect: wrongPayloads},
	{name: "an answer's amount", rule: "C4", tune: plenty, spoil: spoilAmounts, says: "names an amount of"},
	{name: "an answer's user", rule: "C4", tune: plenty, spoil: spoilUsers, says: " says user 77"},
	{name: "a lost order, read alone", rule: "C8", tune: plenty, spoil: spoilReads, says: "GET /orders/{id} answered 404"},
	{name: "unreadable", rule: "C8", tune: plenty, says: "but GET /orders/{id} answered 404"},
	{name: "a refused order, read alone", rule: "C8", tune: withdrawn, spoil: unreadableCancelled, says: "answered 404"},
	{name: "repriced", rule: "C4", tune: plenty, says: "GET /orders/{id} says an amount of"},
	{name: "other_owner", rule: "C4", tune: plenty, says: "GET /orders/{id} says user"},
	{name: "orders lost where reads are late", rule: "C8", tune: plenty, spoil: loseUnsettled, says: "although it lists an order that was begun at least"},
	{name: "orders lost where reads are late", rule: "C4", tune: plenty, spoil: loseUnsettled, says: "was confirmed, but the state has no such order"},
	{name: "the list ends, the ledger goes on", rule: "C8", tune: plenty, spoil: endList, says: "although GET /ledger has an entry of an order that was begun at least"},
	{name: "later than declared", rule: "C7", tune: plenty, spoil: func(s *sim, e *Evidence) int { return readLate(s, e, 9, 1) }, says: "went from CONFIRMED to PENDING"},

	{name: "lost_refund", rule: "C3", tune: firstly, says: "was never refunded"},
	{name: "lost_refund", rule: "T1", tune: firstly, says: "but step charge_payment was never undone"},
	{name: "lost_release", rule: "C1", tune: firstly, says: "never released"},
	{name: "lost_release", rule: "T1", tune: firstly, says: "but step reserve_stock was never undone"},
	{name: "step_twice", rule: "T4", tune: firstly, says: "do reserve_stock"},
	{name: "hanging", rule: "T3", tune: firstly, says: "although it had been compensated before"},
	{name: "no_last_step", rule: "T1", tune: firstly, says: "step confirm_order never took effect"},
	{name: "lost_refund", rule: "C3", tune: parallelly, says: "was never refunded"},
	{name: "lost_refund", rule: "T1", tune: parallelly, says: "but step charge_payment was never undone"},
	{name: "lost_release", rule: "C1", tune: parallelly, says: "never released"},
	{name: "lost_release", rule: "T1", tune: parallelly, says: "but step reserve_stock was never undone"},
	{name: "no_last_step", rule: "T1", tune: parallelly, says: "step confirm_order never took effect"},
	{name: "stuck", rule: "C5", tune: parallelly, says: "is still "},
}

// movedFor counts the charges and refunds of each order.
func movedFor(e Evidence) (charges, refunds map[string]int) {
	charges, refunds = map[string]int{}, map[string]int{}
	for _, x := range e.After.Ledger {
		if x.Kind == purchase.Charge {
			charges[x.OrderID]++
		} else {
			refunds[x.OrderID]++
		}
	}
	return charges, refunds
}

func confirmedUncharged(_ *sim, e Evidence) (n int) {
	charges, _ := movedFor(e)
	for _, o := range e.After.Orders {
		if o.Status == purchase.Confirmed && charges[o.OrderID] == 0 {
			n++
		}
	}
	return n
}

func refundedUnchargedOrders(_ *sim, e Evidence) (n int) {
	charges, refunds := movedFor(e)
	for _, o := range e.After.Orders {
		if o.Status == purchase.Cancelled && charges[o.OrderID] == 0 && refunds[o.OrderID] > 0 {
			n++
		}
	}
	if confirmedUncharged(nil, e) > 0 && n < 5 {
		return 0 // the first, worst and last counterexample may be of the other kind
	}
	return n
}

// spoilAnswers changes every fifth confirming answer.
func spoilAnswers(e *Evidence, change func(*runs.Attempt)) (n int) {
	keys := map[string]int{}
	for _, op := range e.Stages[0].Operations {
		keys[op.Key]++
	}
	stage := e.Stages[0]
	stage.Attempts = slices.Clone(stage.Attempts)
	for i := range stage.Attempts {
		a := &stage.Attempts[i]
		if (a.Status == 200 || a.Status == 201) && i%5 == 0 && keys[a.Key] == 1 {
			change(a)
			n++
		}
	}
	e.Stages = []runs.Stage{stage}
	return n
}

func spoilAmounts(_ *sim, e *Evidence) int {
	return spoilAnswers(e, func(a *runs.Attempt) { a.AnsweredAmount++ })
}

func spoilUsers(_ *sim, e *Evidence) int {
	return spoilAnswers(e, func(a *runs.Attempt) { a.AnswerDiffers = "user_id 77" })
}

// spoilReads lets reads of single orders answer 404 for some that were confirmed.
func spoilReads(_ *sim, e *Evidence) (n int) {
	e.Samples = slices.Clone(e.Samples)
	for i, a := range e.Stages[0].Attempts {
		if (a.Status == 200 || a.Status == 201) && i%5 == 0 {
			at := a.StartTS.Add(1_000_000_000)
			e.Samples = append(e.Samples, Sample{Asked: at, Answered: at.Add(1000), Gone: []string{a.OrderID}})
			n++
		}
	}
	return n
}

// confirmedBetween lists the orders that were confirmed before another listed one was
// first asked for, by the plain times of operations.
func confirmedBetween(e *Evidence) (ids []string) {
	known, begun := map[string]int64{}, map[string]int64{}
	for _, a := range e.Stages[0].Attempts {
		start := a.StartTS.UnixNano()
		if at, seen := begun[a.Key]; !seen || start < at {
			begun[a.Key] = start
		}
		if a.Status == 200 || a.Status == 201 {
			if end := start + int64(a.LatencyMS*1e6); known[a.OrderID] == 0 || end < known[a.OrderID] {
				known[a.OrderID] = end
			}
		}
	}
	latest := int64(0)
	for _, o := range e.After.Orders {
		if known[o.OrderID] != 0 {
			latest = max(latest, begun[o.IdempotencyKey])
		}
	}
	for _, o := range e.After.Orders {
		if at := known[o.OrderID]; at != 0 && at < latest {
			ids = append(ids, o.OrderID)
		}
	}
	return ids
}

// loseUnsettled takes every fifth of these orders out of the list of a service that
// declares no lag, and of which a read therefore says that it is not settled.
func loseUnsettled(_ *sim, e *Evidence) (n int) {
	lost := map[string]bool{}
	for i, id := range confirmedBetween(e) {
		if i%5 == 0 {
			lost[id], n = true, n+1
		}
	}
	withAfter(e, func(st *State) {
		st.Orders = slices.DeleteFunc(st.Orders, func(o purchase.Order) bool { return lost[o.OrderID] })
		st.Unsettled, st.LagMS = "confirmed purchases are not in the state", nil
	})
	return n
}

// endList ends the list of such a service after a third, and not the ledger.
func endList(s *sim, e *Evidence) (n int) {
	between := confirmedBetween(e)
	withAfter(e, func(st *State) {
		for _, o := range st.Orders[len(st.Orders)/3:] {
			if slices.Contains(between, o.OrderID) {
				n++
			}
		}
		st.Orders = st.Orders[:len(st.Orders)/3]
		st.At, st.Unsettled, st.LagMS = moments(s.now+int64(time.Hour)), "confirmed purchases are not in the state", nil
	})
	return n
}
