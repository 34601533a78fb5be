package history

import (
	"slices"

	"sagalab/pkg/purchase"
)

// A service need not show what its orders are for. What an order does not show it gets from
// the purchase that made it, when that is certain: from the only one of its key, from the one
// whose definite answer named it, or from the only one of its key that was confirmed or can
// have made an order. The evidence is not changed: Orders is a copy then. Where several purchases of a key
// can have made an order, and it does not show which, it is given to one of them, Guessed and
// Vague.

// complete fills in what order row i of key k does not show.
func (or *OrderIndex) complete(i, k int32) {
	if shownOf(&or.Orders[i]) == showsPayload {
		return
	}
	n := or.makerOf(k, &or.Orders[i])
	if n == None || or.Purchases[n].PayloadUnknown || !or.Purchases[n].Matches(&or.Orders[i]) {
		return
	}
	if !or.copied {
		or.Orders, or.copied = slices.Clone(or.Orders), true
	}
	o, p := &or.Orders[i], &or.Purchases[n].Payload
	Fill(&o.UserID, p.User)
	Fill(&o.ProductID, p.Product)
	Fill(&o.Quantity, p.Quantity)
	Fill(&o.PaymentMethodID, p.Method)
}

// makerOf returns the purchase of key k that made an order, None when that is not certain.
func (or *OrderIndex) makerOf(k int32, o *purchase.Order) int32 {
	if !or.HasSeveralPayloads(k) {
		return or.Keys[k].First
	}
	var named, confirmed, able []int32
	looked := 0
	for n := or.Keys[k].First; n != None; n = or.Purchases[n].NextOfKey {
		if looked++; looked > maxVariants {
			return None
		}
		p := &or.Purchases[n]
		if or.namesDefinitely(n, o.OrderID) {
			named = append(named, n)
		}
		if p.DidNothing < p.Sent && p.KeyReused == 0 && p.Matches(o) {
			able = append(able, n)
			if p.ConfirmedAt < Forever && isLive(o) {
				confirmed = append(confirmed, n)
			}
		}
	}
	for _, list := range [][]int32{named, confirmed, able} {
		if len(list) == 1 {
			return list[0]
		}
		if len(list) > 1 {
			return None
		}
	}
	return None
}

// namesDefinitely reports whether an answer that confirms purchase n, or refuses it itself,
// names an order id.
func (or *OrderIndex) namesDefinitely(n int32, id string) bool {
	return slices.ContainsFunc(or.AnswersOf(n), func(t int32) bool {
		a := &or.All[t]
		return a.OrderID != None && or.OrderIDs[a.OrderID] == id && (a.Meaning == Confirmed || a.Meaning.IsRefusal() && or.RefusesPurchase(&or.Purchases[n], a.Meaning))
	})
}

// isAmbiguous reports whether an order of key k does not show for which of several purchases
// it is.
func (or *OrderIndex) isAmbiguous(k int32, o *purchase.Order) bool {
	return shownOf(o) != showsPayload && or.HasSeveralPayloads(k)
}

// assignVaguely assigns order row i of key k to one of the purchases that it may be for, of
// which it looks at maxVariants. All of the key are Vague then.
func (or *OrderIndex) assignVaguely(i, k int32) {
	if n := or.Keys[k].First; !or.Purchases[n].Vague {
		for ; n != None; n = or.Purchases[n].NextOfKey {
			or.Purchases[n].Vague = true
		}
	}
	best, looked := int32(None), 0
	for n := or.Keys[k].First; n != None && looked < maxVariants; n = or.Purchases[n].NextOfKey {
		looked++
		if or.Purchases[n].Matches(&or.Orders[i]) && (best == None || or.isLikelier(n, best)) {
			best = n
		}
	}
	or.assignTo(i, k, best)
	if best != None {
		or.Purchases[best].Guessed = true
	}
}

// isLikelier reports whether purchase n rather than another has made an order that either
// may have made: one that may have done something, and has no order yet.
func (or *OrderIndex) isLikelier(n, other int32) bool {
	rank := func(p *Purchase) (r int) {
		if p.DidNothing < p.Sent {
			r = 2
		}
		if p.Orders == 0 {
			r++
		}
		return r
	}
	return rank(&or.Purchases[n]) > rank(&or.Purchases[other])
}
