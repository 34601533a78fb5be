package history

import "sagalab/pkg/purchase"

// assignVague assigns orders that carry no key, that no answer named and that do not show
// what they are for: to any purchase that they may be for by what they show, as assignByPayload
// does. Such a purchase is Guessed and Vague. An order that is left over belongs to a purchase
// that may have made several, because an attempt at it had no answer; and to any that it may
// be for where some orders show more than others, so that another assignment might leave none
// over.
func (or *OrderIndex) assignVague() {
	var able *ablePurchases
	for _, live := range []bool{true, false} {
		for i := range or.Orders {
			o := &or.Orders[i]
			if or.Repeated[i] || or.KeyOf[i] != None || o.IdempotencyKey != "" || isLive(o) != live || shownOf(o) == showsPayload || or.isEarlier(i) || or.isDraft(i) {
				continue
			}
			if able == nil {
				able = or.collectAble()
			}
			if n := able.next(o); n != None {
				or.Purchases[n].Guessed, or.Purchases[n].Vague = true, true
				or.assignTo(int32(i), or.Purchases[n].Key, n)
			}
		}
	}
}

// ablePurchases are those that may have made an order which is not assigned, by what orders
// show.
type ablePurchases struct {
	or   *OrderIndex
	list []int32
	// mixed: not all orders that no key and no answer assigns show the same members.
	mixed bool
	by    map[shown]map[Payload]*unassignedAgain
}

// unassignedAgain is unassigned with purchases that may have made several orders: live ones,
// and cancelled ones; None without one.
type unassignedAgain struct {
	unassigned
	live, cancelled int32
}

// collectAble lists the purchases that may have made an order.
func (or *OrderIndex) collectAble() *ablePurchases {
	x := &ablePurchases{or: or, mixed: or.showDifferently(), by: map[shown]map[Payload]*unassignedAgain{}}
	for n := range or.Purchases {
		p := &or.Purchases[n]
		if f, _ := or.effect(p, true, true); f == NoEffect || or.keysShown && or.Keys[p.Key].Name != "" {
			continue
		}
		x.list = append(x.list, int32(n))
	}
	return x
}

// showDifferently reports whether not all orders that no key and no answer assigns show the
// same members.
func (or *OrderIndex) showDifferently() bool {
	first, any := shown(0), false
	for i := range or.Orders {
		n := or.PurchaseOf[i]
		if or.Repeated[i] || or.Orders[i].IdempotencyKey != "" || or.KeyOf[i] != None && (n == None || !or.Purchases[n].Guessed) {
			continue
		}
		s := shownOf(&or.Orders[i])
		if any && s != first {
			return true
		}
		first, any = s, true
	}
	return false
}

// group returns the purchases that an order with these members shown may be of, nil when
// there is none.
func (x *ablePurchases) group(s shown, p Payload) *unassignedAgain {
	groups := x.by[s]
	if groups == nil {
		groups = map[Payload]*unassignedAgain{}
		for _, n := range x.list {
			part := s.of(x.or.Purchases[n].Payload)
			if x.or.Purchases[n].PayloadUnknown {
				continue
			}
			if groups[part] == nil {
				groups[part] = &unassignedAgain{live: None, cancelled: None}
			}
			groups[part].add(x.or, n, x.mixed)
		}
		x.by[s] = groups
	}
	return groups[p]
}

// add adds a purchase, which any order may belong to that is left over of mixed ones.
func (u *unassignedAgain) add(or *OrderIndex, n int32, mixed bool) {
	p := &or.Purchases[n]
	named := p.AnsweredOrderID != None
	if !named {
		u.unassigned[p.settled()] = append(u.unassigned[p.settled()], n)
	}
	if p.Unclear > 0 || mixed && !named {
		u.cancelled = n
	}
	if !named && (mixed || p.settled() == bought || p.Unclear > 0 && p.settled() == unanswered) {
		u.live = n
	}
}

// next returns a purchase without an order that an order may be of, else one that may have
// made several, else None.
func (x *ablePurchases) next(o *purchase.Order) int32 {
	u := x.group(shownOf(o), payloadOf(o))
	if u == nil {
		return None
	}
	for {
		n := u.unassigned.next(isLive(o), x.or.shared)
		switch {
		case n != None && x.or.Purchases[n].Orders > 0:
			continue
		case n != None:
			return n
		case isLive(o):
			return u.live
		}
		return u.cancelled
	}
}
