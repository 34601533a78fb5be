package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// unnamedOrders is what orders prove that show no key: their payload alone. An order
// that an answer named belongs to the answer's key. Of the others, those of one payload
// were made by some of the purchases of that payload of which no answer named the
// order; if there are more such orders than such purchases, a purchase was made twice.
// If there are no more of them than confirmed purchases that need one, none was.
// Between the two it is not known.
type unnamedOrders struct {
	m      *history.Model
	groups map[history.Payload]*unnamedGroup // by payload without the payment method
	// all is the group of all payloads; vague counts the live orders in it that neither an
	// answer named nor show what they are for: each may be of any payload.
	all   unnamedGroup
	vague int
	// unsure is why a surplus would prove nothing, "" when it does.
	unsure string
}

// unnamedGroup counts the orders and purchases of one payload.
type unnamedGroup struct {
	live, confirmed       int // orders that no answer named: not cancelled, confirmed
	needed, open, refused int // purchases of which no answer named an order
	all                   int // confirmed orders, named ones as well
	shown                 int32
}

// newUnnamedOrders counts by payload, in O(n).
func newUnnamedOrders(m *history.Model) *unnamedOrders {
	u := &unnamedOrders{m: m, groups: map[history.Payload]*unnamedGroup{}, unsure: m.Incomplete, all: unnamedGroup{shown: history.None}}
	switch {
	case !m.Evidence.Sealed:
		u.unsure = "others may have used the service"
	case m.BeforeUnknown():
		u.unsure = "some may be older than the run: " + history.BeforeNotRead
	}
	for i := range m.Orders {
		if o := &m.Orders[i]; !m.Repeated[i] && m.Origins[i] != history.Earlier && o.Status != purchase.Cancelled {
			u.countOrder(o)
		}
	}
	for n := range m.Purchases {
		if k := m.Purchases[n].Key; m.IsLooseKey(k) {
			u.unsure = looseKey(m, k)
		}
		u.countPurchase(&m.Purchases[n])
	}
	return u
}

// group returns the group of a payload, and makes it.
func (u *unnamedOrders) group(p history.Payload) *unnamedGroup {
	p.Method = 0
	g := u.groups[p]
	if g == nil {
		g = &unnamedGroup{shown: history.None}
		u.groups[p] = g
	}
	return g
}

func (u *unnamedOrders) countOrder(o *purchase.Order) {
	g := u.group(history.Payload{User: o.UserID, Product: o.ProductID, Quantity: o.Quantity})
	confirmed := history.IsConfirmed(o)
	if confirmed {
		g.all++
		u.all.all++
	}
	if id, known := u.m.OrderIDIndex[o.OrderID]; known && o.OrderID != "" && u.m.NamedBy(id) != history.None {
		return
	}
	for _, g := range []*unnamedGroup{g, &u.all} {
		g.live++
		if confirmed {
			g.confirmed++
		}
	}
	if !history.ShowsPayload(o) {
		u.vague++
	}
}

func (u *unnamedOrders) countPurchase(p *history.Purchase) {
	if p.DidNothing == p.Sent && p.ConfirmedAt == history.Forever || p.BeforeRun {
		return
	}
	if p.PayloadUnknown {
		u.unsure = payloadsUnrecorded(u.m)
		return
	}
	for _, g := range []*unnamedGroup{u.group(p.Payload), &u.all} {
		switch {
		case p.ConfirmedAt < history.Forever && p.AnsweredOrderID != history.None:
		case p.ConfirmedAt < history.Forever:
			g.needed++
		case p.RefusedAt < history.Forever:
			g.refused++
		default:
			g.open++
		}
	}
}

// groupOf returns the group to judge a payload by: that of all payloads when orders do not
// show theirs.
func (u *unnamedOrders) groupOf(p *history.Purchase) *unnamedGroup {
	if u.vague > 0 {
		return &u.all
	}
	return u.group(p.Payload)
}

// judge judges a key that was sent more than once. Of the keys with one payload the
// first shows the surplus.
func (u *unnamedOrders) judge(q *ruling, k int32, at int64) {
	for n := u.m.Keys[k].First; n != history.None; n = u.m.Purchases[n].NextOfKey {
		p := &u.m.Purchases[n]
		if p.PayloadUnknown || p.DidNothing == p.Sent && p.ConfirmedAt == history.Forever {
			continue
		}
		g := u.groupOf(p)
		surplus := g.confirmed - g.needed - g.open - g.refused
		switch {
		case g.live <= g.needed:
		case surplus > 0 && u.unsure == "":
			if g.shown == history.None {
				g.shown = k
				q.judged++
				q.add(int(k), at, int64(surplus))
				return
			}
			q.judged++
			return
		default:
			why := ""
			if u.unsure != "" {
				why = ", and " + u.unsure
			}
			of := fmt.Sprintf("of this payload (%s)", describePayload(p))
			if u.vague > 0 {
				of = "of any payload"
			}
			q.unknown = fmt.Sprintf("whether key %s, which was sent %d times, led to one order is not known: the state shows no keys, and %s %s that no answer named%s",
				u.m.Keys[k].Name, u.m.Keys[k].Sent, history.Counted(g.live, "order is", "orders are"), of, why)
			return
		}
	}
	q.judged++
}

func (u *unnamedOrders) counterexample(k int32) Counterexample {
	c := Counterexample{Key: u.m.Keys[k].Name, Attempts: attemptLines(u.m, purchasesOf(u.m, k)...)}
	for n := u.m.Keys[k].First; n != history.None; n = u.m.Purchases[n].NextOfKey {
		p := &u.m.Purchases[n]
		g := u.groupOf(p)
		if p.PayloadUnknown || g.shown != k {
			continue
		}
		can := g.needed + g.open + g.refused
		c.Says = fmt.Sprintf("key %s was sent %d times, and the state has more orders with its payload (%s) than purchases of it were sent", c.Key, u.m.Keys[k].Sent, describePayload(p))
		if u.vague > 0 {
			c.Says = fmt.Sprintf("keys were sent several times, such as key %s, and the state has more confirmed orders than purchases were sent", c.Key)
		}
		c.Formula = fmt.Sprintf("%s, %d of them named by no answer − %s that can have made those = %d too many",
			history.Counted(g.all, "confirmed order", "confirmed orders"), g.confirmed, history.Counted(can, "purchase", "purchases"), g.confirmed-can)
		for i := range u.m.Orders {
			if o := &u.m.Orders[i]; !u.m.Repeated[i] && p.Matches(o) && history.IsConfirmed(o) && len(c.State) < mostLines {
				c.State = append(c.State, orderLine(o))
			}
		}
		return c
	}
	return c
}
