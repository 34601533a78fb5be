package history

import (
	"slices"

	"sagalab/pkg/purchase"
)

// assignOrders finds the key and the purchase of each order: by the order's key,
// else by an answer that named the order, else by payload.
func (or *OrderIndex) assignOrders() {
	or.KeyOf, or.PurchaseOf = noneOf(len(or.Orders)), noneOf(len(or.Orders))
	if or.HasSteps() {
		or.byStep = make([]bool, len(or.Orders))
		or.findLoose()
	}
	var ambiguous []int32
	for i := range or.Orders {
		if or.Repeated[i] {
			continue
		}
		k := or.keyOfOrder(i)
		if k == None || or.isOther(i, k) {
			continue
		}
		or.complete(int32(i), k)
		if or.KeyOf[i] = k; or.isAmbiguous(k, &or.Orders[i]) {
			ambiguous = append(ambiguous, int32(i))
			continue
		}
		or.assign(int32(i), k)
	}
	for _, i := range ambiguous {
		or.assignVaguely(i, or.KeyOf[i])
	}
	or.assignByPayload()
	or.assignVague()
}

// keyOfOrder returns the key of the purchase that order row i shows, or that an answer which
// named it was to, else None.
func (or *OrderIndex) keyOfOrder(i int) int32 {
	o := &or.Orders[i]
	k, step := int32(None), false
	if o.IdempotencyKey != "" {
		k, step = or.keyWith(o.IdempotencyKey)
	}
	if k == None {
		if id, named := or.OrderIDIndex[o.OrderID]; named && o.OrderID != "" {
			if k = or.NamedBy(id); k == None && or.byStep != nil {
				k, step = or.begun(id), true
			}
		}
		if k != None && o.IdempotencyKey != "" && or.Keys[k].Name != "" {
			return None // the order carries a key that was not sent
		}
	}
	if or.byStep != nil && k != None {
		or.byStep[i] = step
	}
	return k
}

// assign assigns order row i to key k and, if one matches, to a purchase of it.
func (or *OrderIndex) assign(i, k int32) { or.assignTo(i, k, or.matchPurchase(k, &or.Orders[i])) }

// assignTo assigns order row i to key k and to purchase n of it, which may be None.
func (or *OrderIndex) assignTo(i, k, n int32) {
	or.KeyOf[i] = k
	o := &or.Orders[i]
	guessed := n != None && or.Purchases[n].Guessed
	if or.PurchaseOf[i] = n; or.ByStep(int(i)) && !IsConfirmed(o) { // perhaps a cart beside the order
		return
	}
	if n != None {
		p := &or.Purchases[n]
		p.Orders++
		if IsConfirmed(o) {
			p.ConfirmedOrders++
		}
		if p.OrderRow == None || IsConfirmed(o) {
			p.OrderRow = i
		}
	}
	if isLive(o) && !guessed {
		or.Keys[k].LiveOrders++
		if IsConfirmed(o) {
			or.Keys[k].ConfirmedOrders++
		}
	}
}

// maxVariants bounds the payloads of one key that are compared one by one.
const maxVariants = 20

// matchPurchase returns the purchase of key k that an order is for, or None. Beyond
// maxVariants payloads it finds one with exactly the order's payload, else one whose
// payload is not known.
func (or *OrderIndex) matchPurchase(k int32, o *purchase.Order) int32 {
	n := or.Keys[k].First
	for looked := 0; n != None && looked < maxVariants; looked++ {
		if or.Purchases[n].Matches(o) {
			return n
		}
		n = or.Purchases[n].NextOfKey
	}
	if n == None {
		return None
	}
	if d, known := or.variants[variant{k, Payload{o.UserID, o.ProductID, o.Quantity, o.PaymentMethodID}, false}]; known {
		return d
	}
	if d, known := or.variants[variant{k, Payload{}, true}]; known {
		return d
	}
	return None
}

// assignByPayload assigns orders that carry no key and that no answer named to
// purchases with the same payload, one each. If the service shows keys, only
// purchases without a key can have made such orders. Which purchase an order
// belongs to cannot be known, so these are marked as Guessed: a live order goes to
// a confirmed purchase first, then to one without an answer, then to a refused one;
// a cancelled order the other way round. Where others may have used the service an order
// that contradicts the answer, live though refused or cancelled though confirmed, is theirs
// rather than that purchase's, and is not assigned.
func (or *OrderIndex) assignByPayload() {
	var lost map[Payload]*unassigned
	for _, live := range []bool{true, false} {
		for i := range or.Orders {
			o := &or.Orders[i]
			if or.Repeated[i] || or.KeyOf[i] != None || o.IdempotencyKey != "" || isLive(o) != live || shownOf(o) != showsPayload || or.isEarlier(i) || or.isDraft(i) {
				continue
			}
			if lost == nil {
				lost = or.collectUnassigned()
			}
			c := lost[payloadOf(o)]
			if d := c.next(live, or.shared); d != None {
				or.Purchases[d].Guessed = true
				or.assign(int32(i), or.Purchases[d].Key)
			}
		}
	}
}

// unassigned is the purchases of one payload without an order, by Purchase.settled.
type unassigned [3][]int32

// The places in unassigned: confirmed, unanswered and refused purchases.
const (
	bought = iota
	unanswered
	refused
)

// settled returns the place of a purchase in unassigned.
func (p *Purchase) settled() int {
	switch {
	case p.ConfirmedAt < Forever:
		return bought
	case p.RefusedAt < Forever || p.EndedBetween():
		return refused
	}
	return unanswered
}

// next removes and returns the purchase that an order most probably belongs to,
// None when there is none left. shared: one whose answer the order contradicts does not count.
func (u *unassigned) next(live, shared bool) int32 {
	if u == nil {
		return None
	}
	order := []int{bought, unanswered, refused}
	if !live {
		order = []int{refused, unanswered, bought}
	}
	if shared {
		order = order[:2]
	}
	for _, i := range order {
		if len(u[i]) > 0 {
			d := u[i][0]
			u[i] = u[i][1:]
			return d
		}
	}
	return None
}

// collectUnassigned lists the purchases that may have made an order which is not
// assigned, by payload without the payment method.
func (or *OrderIndex) collectUnassigned() map[Payload]*unassigned {
	lost := map[Payload]*unassigned{}
	for n := range or.Purchases {
		d := &or.Purchases[n]
		if f, _ := or.effect(d, true, true); f == NoEffect || d.Orders > 0 || d.AnsweredOrderID != None || or.keysShown && or.Keys[d.Key].Name != "" {
			continue
		}
		p := d.Payload
		p.Method = 0
		if lost[p] == nil {
			lost[p] = &unassigned{}
		}
		lost[p][d.settled()] = append(lost[p][d.settled()], int32(n))
	}
	return lost
}

// isEarlier reports whether row i is an order that the state before the run has.
func (or *OrderIndex) isEarlier(i int) bool {
	return len(or.Before) > 0 && or.Before[or.OrderIDIndex[or.Orders[i].OrderID]]
}

// findOrigins says where each order comes from. An order under a key that the history
// does not have is a phantom if the run alone used the service (sealed): the service
// made it by itself. Otherwise others may have, and it is foreign; so is an order without
// a key where requests without one were delivered twice.
func (or *OrderIndex) findOrigins(sealed bool) {
	or.Origins = make([]Origin, len(or.Orders))
	twice := or.DeliveredTwice() != "" && slices.ContainsFunc(or.Keys, func(k Key) bool { return k.Name == "" })
	for i := range or.Orders {
		switch {
		case or.Repeated[i]:
		case or.isEarlier(i):
			or.Origins[i] = Earlier
			if d := or.PurchaseOf[i]; d != None {
				or.Purchases[d].BeforeRun = true
			}
		case or.KeyOf[i] != None:
		case or.isDraft(i):
			or.Origins[i] = Begun
		case sealed && !(twice && or.Orders[i].IdempotencyKey == ""):
			or.Origins[i] = Phantom
			or.PhantomCount++
		default:
			or.Origins[i] = Foreign
			or.ForeignCount++
		}
	}
}
