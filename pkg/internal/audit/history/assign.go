package history

import "sagalab/pkg/purchase"

// place finds each order's purchase: by its key, else by an answer that named it.
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
			if id, named := x.OrderIndexes[o.OrderID]; named && o.OrderID != "" {
				k = x.NamedBy(id)
			}
			if k != None && o.IdempotencyKey != "" && x.Keys[k].Name != "" {
				k = None // it belongs to a key of somebody else
			}
		}
		if k != None {
			x.assign(int32(i), k)
		}
	}
	x.assignByPayload()
}

// give books an order on a key and, if one fits, on a purchase of it.
func (x *OrderIndex) assign(i, k int32) {
	x.KeyOf[i] = k
	o := &x.Orders[i]
	n := x.matchPurchase(k, o)
	guessed := n != None && x.Purchases[n].Guessed
	if n != None {
		d := &x.Purchases[n]
		x.PurchaseOf[i] = n
		d.Orders++
		if IsConfirmed(o) {
			d.ConfirmedOrders++
		}
		if d.Order == None || IsConfirmed(o) {
			d.Order = i
		}
	}
	if isLive(o) && !guessed {
		x.Keys[k].LiveOrders++
	}
}

// maxVariants bounds the payloads of one key that are compared one by one.
const maxVariants = 20

// match finds the purchase of a key that an order is for, or none. Of a key with
// very many payloads those are found that the order tells in full.
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

// claim lets purchases claim orders that carry no key and that no answer named:
// one each, with the same payload. If the service shows keys, only purchases
// without one can have made such orders. Who is meant cannot be told, so what was
// bought goes to who was answered so first, then to who had no answer; what was
// cancelled goes to who was refused first.
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

// claimants are purchases without an order: confirmed, unanswered and refused.
type unassigned [3][]int32

// take removes the purchase that an order most probably belongs to.
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

func (x *OrderIndex) collectUnassigned() map[Payload]*unassigned {
	lost := map[Payload]*unassigned{}
	for n := range x.Purchases {
		d := &x.Purchases[n]
		if f, _ := x.effect(d, true, true); f == NoEffect || d.Orders > 0 || d.AnsweredOrder != None || x.keysShown && x.Keys[d.Key].Name != "" {
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

// attribute says where each order comes from.
func (x *OrderIndex) findOrigins(sealed bool) {
	x.Origins = make([]Origin, len(x.Orders))
	first, last := len(x.Orders), -1
	old := func(i int) bool { return len(x.Before) > 0 && x.Before[x.OrderIndexes[x.Orders[i].OrderID]] }
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
