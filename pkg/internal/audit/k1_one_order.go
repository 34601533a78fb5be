package audit

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit/history"
)

// ruleK1 wants one order per key, however often it was sent: all confirming answers
// name the same order, and the state has no second one that is confirmed. Where the
// state does not show the keys of its orders, unnamed.go says what it proves. Polls are
// confirming answers, too. Under a key that several operations sent after steps of their own
// several orders are unknown. Where a fault plan delivered requests twice, their keys were sent
// again: which they are is not recorded, but the state shows the orders of all keys.
var ruleK1 = rule{
	id: "K1", title: "a key leads to one order",
	one: "key that was sent or confirmed more than once", many: "keys that were sent or confirmed more than once",
	restsOnFaults: true,
	judge:         oneOrderPerKey,
}

// oneOrderPerKey applies ruleK1; refs are keys.
func oneOrderPerKey(m *history.Model) ruling {
	q := ruling{none: "no key was confirmed twice, nor was one sent again whose orders the state shows"}
	state, beyond := m.ComparableOrders()
	var unnamed *unnamedOrders
	if state == "" && !m.KeysShown() {
		unnamed = newUnnamedOrders(m)
	}
	for k := range m.Keys {
		most, at, replies, confirmations := mostOrdersNamed(m, int32(k))
		live, confirmed := 0, 0
		if state == "" {
			live, confirmed = int(m.Keys[k].LiveOrders), mostConfirmed(m, int32(k))
		}
		switch {
		case (most > 1 || confirmed > 1) && m.IsLooseKey(int32(k)):
			q.unknown = looseKey(m, int32(k))
		case most > 1 || confirmed > 1:
			q.judged++
			q.add(k, at, int64(max(most, confirmed)))
		case m.Keys[k].Name == "":
		case live > 1 && !m.HasSeveralPayloads(int32(k)):
			q.unknown = fmt.Sprintf("key %s has %d orders that are not cancelled, and not all of them have ended", m.Keys[k].Name, live)
		case unnamed != nil && m.Keys[k].Sent > 1:
			unnamed.judge(&q, int32(k), at)
		case replies > 1 || state == "" && m.Keys[k].Sent > 1:
			q.judged++
		case confirmations > 1:
			q.unknown, q.beyond = "answers name no orders, and "+state, beyond
		}
	}
	if n := m.KeysDeliveredTwice(); n > q.judged && state == "" && m.KeysShown() {
		q.judged = n
		q.note = fmt.Sprintf("about %s delivered twice by the fault plan, which does not record which", history.Counted(n, "key was", "keys were"))
	}
	q.beyond = q.beyond && q.judged == 0
	q.show = func(k int) Counterexample {
		if unnamed != nil && mostConfirmed(m, int32(k)) < 2 {
			if most, _, _, _ := mostOrdersNamed(m, int32(k)); most < 2 {
				return unnamed.counterexample(int32(k))
			}
		}
		return twoOrdersCounterexample(m, int32(k))
	}
	return q
}

// mostConfirmed returns how many confirmed orders of the state one purchase of a key
// has, the most if there are several. An order that is not what was sent counts for
// the only purchase.
func mostConfirmed(m *history.Model, k int32) int {
	if !m.HasSeveralPayloads(k) {
		return int(m.Keys[k].ConfirmedOrders)
	}
	most := int32(0)
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if p := &m.Purchases[n]; !p.Guessed {
			most = max(most, p.ConfirmedOrders)
		}
	}
	return int(most)
}

// mostOrdersNamed returns how many orders the confirming answers to one purchase of a
// key name, the most if there are several; when the last one came; and of the whole
// key how many there were that name one, and how many in all.
func mostOrdersNamed(m *history.Model, k int32) (most int, at int64, replies, confirmations int) {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		p := &m.Purchases[n]
		confirmations += int(p.Confirmations)
		if p.Confirmations < 2 { // the usual case, without looking at its attempts
			at = max(at, p.LastEnd)
			if p.AnsweredOrderID != history.None {
				replies++
				most = max(most, 1)
			}
			continue
		}
		ids, last, named := ordersNamed(m, n, nil)
		most, at, replies = max(most, len(ids)), max(at, last), replies+named
	}
	return most, at, replies, confirmations
}

// ordersNamed appends the orders that the confirming answers to a purchase name to ids,
// each once and at most mostLines, and returns when the last of these answers came and
// how many they were.
func ordersNamed(m *history.Model, n int32, ids []int32) (all []int32, at int64, replies int) {
	for _, i := range m.AnswersOf(n) {
		a := &m.All[i]
		if a.Meaning != history.Confirmed || a.OrderID == history.None {
			continue
		}
		replies++
		at = max(at, a.End)
		if len(ids) < mostLines && !slices.Contains(ids, a.OrderID) {
			ids = append(ids, a.OrderID)
		}
	}
	return ids, at, replies
}

// confirmedOrderIDs lists the orders that a key's confirming answers name, with the
// time of the last one.
func confirmedOrderIDs(m *history.Model, k int32) (ids []int32, at int64) {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if m.Purchases[n].Confirmations > 0 {
			var last int64
			ids, last, _ = ordersNamed(m, n, ids)
			at = max(at, last)
		}
	}
	return ids, at
}

func twoOrdersCounterexample(m *history.Model, k int32) Counterexample {
	ids, _ := confirmedOrderIDs(m, k)
	name := m.Keys[k].Name
	c := Counterexample{Key: name, Attempts: attemptLines(m, purchasesOf(m, k)...), State: orderLines(m, k)}
	if len(ids) > 1 {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = m.OrderIDs[id]
		}
		c.OrderID = names[1]
		c.Says = fmt.Sprintf("key %s was sent as one purchase and confirmed as %d orders: %s", orNone(name), len(ids), strings.Join(names, ", "))
		return c
	}
	c.Says = fmt.Sprintf("key %s was sent as one purchase, and the state has %d confirmed orders for it", orNone(name), mostConfirmed(m, k))
	return c
}

// orderLines lists the orders of the state that belong to a key.
func orderLines(m *history.Model, k int32) []string {
	var lines []string
	for i := range m.Orders {
		if m.KeyOf[i] == k && !m.Repeated[i] && len(lines) < mostLines {
			lines = append(lines, orderLine(&m.Orders[i]))
		}
	}
	return lines
}
