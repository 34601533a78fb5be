package history

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

// isDraft reports whether order row i may be what steps of some purchase have begun: in a run
// with steps one that no purchase explains, and that is not confirmed or was named by steps.
func (or *OrderIndex) isDraft(i int) bool {
	if or.byStep == nil {
		return false
	}
	id, known := or.OrderIDIndex[or.Orders[i].OrderID]
	return known && or.Orders[i].OrderID != "" && or.NamedByStep(id) || or.Orders[i].IdempotencyKey == "" && !IsConfirmed(&or.Orders[i])
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
		return true, false
	}
	if n == None {
		return false, false
	}
	p := &or.Purchases[n]
	if p.Steps.Begun == 0 {
		return false, false
	}
	if spare := or.ByStep(i) && p.Orders > 1; spare && p.ConfirmedAt < Forever {
		return true, false // of a cart that was made in vain
	}
	accepted := p.Accepted > 0 || p.InProgress > 0 || p.Confirmations > 0
	return !accepted && p.Unclear == 0, !accepted && p.Unclear > 0
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
