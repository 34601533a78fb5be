package history

import "sagalab/pkg/purchase"

// An order may be begun by a step before the one that decides, as a cart, and then be shown
// under the key of that step, or under an id that its answer named. What such a purchase leaves
// when it ends between its steps is no order that was bought, and need not end.

// noteBegun notes that a step named an order.
func (or *OrderIndex) noteBegun(a *Attempt) {
	switch k := or.Purchases[a.Purchase].Key; or.begunBy[a.OrderID] {
	case None:
		or.begunBy[a.OrderID] = k
	case k:
	default:
		or.begunBy[a.OrderID] = several
	}
}

// begun returns the key of the one purchase whose steps named an order id, else None.
func (or *OrderIndex) begun(id int32) int32 {
	if int(id) >= len(or.begunBy) || or.begunBy[id] == several {
		return None
	}
	return or.begunBy[id]
}

// NamedByStep reports whether a step before the one that decides named an order id.
func (or *OrderIndex) NamedByStep(id int32) bool {
	return id != None && int(id) < len(or.begunBy) && or.begunBy[id] != None
}

// ByStep reports whether the key or the answer of a step before the one that decides alone says
// whose order row i is.
func (or *OrderIndex) ByStep(i int) bool { return or.byStep != nil && or.byStep[i] }

// isOther reports whether order row i of key k, of which only a step says whose it is, is for
// something else than was to be bought, as when several purchases share a cart.
func (or *OrderIndex) isOther(i int, k int32) bool {
	return or.ByStep(i) && or.matchPurchase(k, &or.Orders[i]) == None
}

// idOf returns the place of the id of order row i, None without one.
func (or *OrderIndex) idOf(i int) int32 {
	id, known := or.OrderIDIndex[or.Orders[i].OrderID]
	if !known || or.Orders[i].OrderID == "" {
		return None
	}
	return id
}

// isDraft reports whether order row i may be what steps of some purchase have begun: in a run
// with steps one that no purchase explains and that was named by steps, or is not confirmed and
// shows no key, or any where attempts may be missing; and one without a key that a loose key may
// have bought again.
func (or *OrderIndex) isDraft(i int) bool {
	if or.byStep == nil {
		return false
	}
	if or.Orders[i].IdempotencyKey == "" && or.mayBeLoose(&or.Orders[i]) {
		return true
	}
	return or.NamedByStep(or.idOf(i)) || !IsConfirmed(&or.Orders[i]) && (or.Orders[i].IdempotencyKey == "" || or.Incomplete != "")
}

// findLoose lists what loose keys were sent with.
func (or *OrderIndex) findLoose() {
	or.loose = map[Payload]bool{}
	for n := range or.Purchases {
		if p := &or.Purchases[n]; or.IsLooseKey(p.Key) {
			payload := p.Payload
			payload.Method = Payload{}.Method
			or.loose[payload] = true
		}
	}
}

// mayBeLoose reports whether an order may be for what a loose key was sent with.
func (or *OrderIndex) mayBeLoose(o *purchase.Order) bool {
	return len(or.loose) > 0 && shownOf(o) != showsPayload || or.loose[payloadOf(o)]
}

// LeftBehind reports whether row i is an order that has not ended because its purchase ended
// before the step that decides; perhaps that an attempt at this step has no answer, and may not
// have arrived.
func (or *OrderIndex) LeftBehind(i int) (left, perhaps bool) {
	n := or.PurchaseOf[i]
	if or.Repeated[i] || or.Orders[i].Status.Terminal() {
		return false, false
	}
	if or.Origins[i] == Begun {
		return or.Incomplete == "", or.Incomplete != ""
	}
	if n == None {
		return false, false
	}
	p := &or.Purchases[n]
	if p.Steps.Begun == 0 && !or.ByStep(i) {
		return false, false
	}
	if or.ByStep(i) && (p.Orders > 0 || p.Steps.Held > 1 || or.IsLooseKey(p.Key)) { // a cart in vain
		perhaps = p.Orders == 0 || or.Incomplete != ""
		return !perhaps, perhaps
	}
	refused := p.RefusedAt < Forever && p.Confirmations == 0 && (or.ByStep(i) || or.NamedByStep(or.idOf(i)))
	if !refused && (p.Accepted > 0 || p.InProgress > 0 || p.Confirmations > 0) {
		return false, false
	}
	perhaps = !refused && p.Unclear > 0 || or.Incomplete != ""
	return !perhaps, perhaps
}

// countLeft counts the orders that were left behind, and makes purchases vague of which one may
// be whose owner is not known.
func (or *OrderIndex) countLeft() {
	for i := range or.Orders {
		if left, _ := or.LeftBehind(i); left {
			or.Left++
		}
	}
	if or.byStep == nil {
		return
	}
	for i := range or.All {
		a := &or.All[i]
		if a.OrderID == None || a.Part != Prepares && a.Part != AsksStep || or.namedByAnswer(a.OrderID) {
			continue
		}
		if row := or.Row(a.OrderID); row != None && or.Origins[row] == Begun {
			or.Purchases[a.Purchase].Vague = true
		}
	}
}

// namedByAnswer reports whether an answer that decides named an order id.
func (or *OrderIndex) namedByAnswer(id int32) bool { return or.NamedBy(id) != None }
