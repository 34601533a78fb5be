package history

import "sagalab/pkg/purchase"

// assignOrders finds the key and the purchase of each order: by the order's key,
// else by an answer that named the order, else by payload.
func (x *OrderIndex) assignOrders() {
	x.KeyOf, x.PurchaseOf = noneOf(len(x.Orders)), noneOf(len(x.Orders))
	for i := range x.Orders {
		o := &x.Orders[i]
		if x.Repeated[i] {
			continue
		}
		k, known := x.keyOf[o.IdempotencyKey]
		if o.IdempotencyKey == "" || !known {
			k = None
			if id, named := x.OrderIDIndex[o.OrderID]; named && o.OrderID != "" {
				k = x.NamedBy(id)
			}
			if k != None && o.IdempotencyKey != "" && x.Keys[k].Name != "" {
				k = None // the order carries a key that was not sent
			}
		}
		if k != None {
			x.assign(int32(i), k)
		}
	}
	x.assignByPayload()
}

// assign gives order row i to key k and, if one matches, to a purchase of it.
func (x *OrderIndex) assign(i, k int32) {
	x.KeyOf[i] = k
	o := &x.Orders[i]
	n := x.matchPurchase(k, o)
	guessed := n != None && x.Purchases[n].Guessed
	if n != None {
		p := &x.Purchases[n]
		x.PurchaseOf[i] = n
		p.Orders++
		if IsConfirmed(o) {
			p.ConfirmedOrders++
		}
		if p.OrderRow == None || IsConfirmed(o) {
			p.OrderRow = i
		}
	}
	if isLive(o) && !guessed {
		x.Keys[k].LiveOrders++
	}
}

// maxVariants bounds the payloads of one key that are compared one by one.
const maxVariants = 20

// matchPurchase returns the purchase of key k that an order is for, or None. Beyond
// maxVariants payloads only a purchase with exactly the order's payload is found.
func (x *OrderIndex) matchPurchase(k int32, o *purchase.Order) int32 {
	n := x.Keys[k].First
	for looked := 0; n != None && looked < maxVariants; looked++ {
		if x.Purchases[n].Matches(o) {
			return n
		}
		n = x.Purchases[n].NextOfKey
	}
	if n == None {
		return None
	}
	if d, known := x.variants[variant{k, Payload{o.UserID, o.ProductID, o.Quantity, o.PaymentMethodID}, false}]; known {
		return d
	}
	if d, known := x.variants[variant{k, Payload{}, true}]; known {
		return d
	}
	return None
}

// assignByPayload assigns orders that carry no key and that no answer named to
// purchases with the same payload, one each. If the service shows keys, only
// purchases without a key can have made such orders. Which purchase an order
// belongs to cannot be known, so these are marked as Guessed: a live order goes to
// a confirmed purchase first, then to one without an answer, then to a refused one;
// a cancelled order the other way round.
func (x *OrderIndex) assignByPayload() {
	var lost map[Payload]*unassigned
	for _, bought := range []bool{true, false} {
		for i := range x.Orders {
			o := &x.Orders[i]
			if x.Repeated[i] || x.KeyOf[i] != None || o.IdempotencyKey != "" || isLive(o) != bought {
				continue
			}
			if lost == nil {
				lost = x.collectUnassigned()
			}
			c := lost[Payload{o.UserID, o.ProductID, o.Quantity, 0}]
			if d := c.next(bought); d != None {
				x.Purchases[d].Guessed = true
				x.assign(int32(i), x.Purchases[d].Key)
			}
		}
	}
}

// unassigned is the purchases of one payload without an order: confirmed,
// unanswered and refused.
type unassigned [3][]int32

// next removes and returns the purchase that an order most probably belongs to,
// None when there is none left.
func (c *unassigned) next(bought bool) int32 {
	if c == nil {
		return None
	}
	order := [...]int{0, 1, 2}
	if !bought {
		order = [...]int{2, 1, 0}
	}
	for _, i := range order {
		if len(c[i]) > 0 {
			d := c[i][0]
			c[i] = c[i][1:]
			return d
		}
	}
	return None
}

// collectUnassigned lists the purchases that may have made an order which is not
// assigned, by payload without the payment method.
func (x *OrderIndex) collectUnassigned() map[Payload]*unassigned {
	lost := map[Payload]*unassigned{}
	for n := range x.Purchases {
		d := &x.Purchases[n]
		if f, _ := x.effect(d, true, true); f == NoEffect || d.Orders > 0 || d.AnsweredOrderID != None || x.keysShown && x.Keys[d.Key].Name != "" {
			continue
		}
		p := d.Payload
		p.Method = 0
		if lost[p] == nil {
			lost[p] = &unassigned{}
		}
		kind := 1
		if d.ConfirmedAt < Forever {
			kind = 0
		} else if d.RefusedAt < Forever {
			kind = 2
		}
		lost[p][kind] = append(lost[p][kind], int32(n))
	}
	return lost
}

// findOrigins says where each order comes from. Without a key of the history, an
// order between the run's own is a phantom; outside of them only if sealed.
func (x *OrderIndex) findOrigins(sealed bool) {
	x.Origins = make([]Origin, len(x.Orders))
	first, last := len(x.Orders), -1
	old := func(i int) bool { return len(x.Before) > 0 && x.Before[x.OrderIDIndex[x.Orders[i].OrderID]] }
	for i := range x.Orders {
		if x.KeyOf[i] != None && !old(i) {
			first, last = min(first, i), i
		}
	}
	for i := range x.Orders {
		switch {
		case x.Repeated[i]:
		case old(i):
			x.Origins[i] = Earlier
			if d := x.PurchaseOf[i]; d != None {
				x.Purchases[d].BeforeRun = true
			}
		case x.KeyOf[i] != None:
		case sealed || i > first && i < last:
			x.Origins[i] = Phantom
			x.PhantomCount++
		default:
			x.Origins[i] = Foreign
			x.ForeignCount++
		}
	}
}
