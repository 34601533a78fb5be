package audit

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// looseKey is why what several operations sent under a key need not have been one purchase.
func looseKey(m *history.Model, k int32) string {
	if m.Incomplete != "" {
		return fmt.Sprintf("whether all attempts under key %s were one purchase is not known: %s", m.Keys[k].Name, m.Incomplete)
	}
	return fmt.Sprintf("key %s was sent by several operations, each after steps of its own, which need not have had one path: whether they were one purchase is not known", m.Keys[k].Name)
}

// endedBetween says how many purchases ended after each step before the last, and how many of
// their orders have not ended.
func endedBetween(m *history.Model) (notes []string) {
	for _, step := range stepsInOrder(m) {
		if n := m.Ended[step]; n > 0 {
			notes = append(notes, fmt.Sprintf("%s ended after step %s: what was left in the service is not bought", history.Counted(n, "purchase", "purchases"), step))
		}
	}
	if m.Left > 0 {
		notes = append(notes, fmt.Sprintf("the state has %s that purchases left between their steps", history.Counted(m.Left, "order", "orders")))
	}
	return notes
}

// stepsInOrder lists the steps of the stages, each once, in their order.
func stepsInOrder(m *history.Model) (steps []string) {
	for i := range m.Stages {
		for _, s := range m.Stages[i].Steps {
			if !slices.Contains(steps, s) {
				steps = append(steps, s)
			}
		}
	}
	return steps
}

// leftovers is how many pieces of each product, or how much money of each user, steps of
// purchases may still hold, and of how many purchases.
type leftovers struct {
	amount    map[purchase.ID]*history.Sum
	purchases map[purchase.ID]int
	unsized   map[purchase.ID]bool // the amount is not known
	others    string               // why carts that are not recorded may hold any, "" when none can
}

// findLeftovers looks at all purchases; of says what one takes.
func findLeftovers(m *history.Model, of func(*history.Purchase) (id purchase.ID, amount int64, known bool)) leftovers {
	l := leftovers{map[purchase.ID]*history.Sum{}, map[purchase.ID]int{}, map[purchase.ID]bool{}, ""}
	if m.HasSteps() {
		l.others = cmp.Or(m.Incomplete, ofOthersPerhaps(m))
	}
	for n := range m.Purchases {
		times := m.MayHaveLeft(int32(n))
		if times == 0 {
			continue
		}
		id, amount, known := of(&m.Purchases[n])
		if l.amount[id] == nil {
			l.amount[id] = &history.Sum{}
		}
		l.purchases[id]++
		l.amount[id].Add(history.Multiply(amount, times))
		l.unsized[id] = l.unsized[id] || !known
	}
	return l
}

// explain says why an amount less than expected of an id may be held by steps, "" when
// it may not.
func (l leftovers) explain(id purchase.ID, less int64) string {
	most := l.amount[id]
	if less >= 0 && l.others != "" {
		return "purchases that are not known may have left it between steps: " + l.others
	}
	if most == nil || less < 0 || less > most.Value && !most.Overflow && !l.unsized[id] {
		return ""
	}
	return fmt.Sprintf("what %s may have left between steps holds as much", history.Counted(l.purchases[id], "purchase", "purchases"))
}

// stockLeft is what may be held of products.
func stockLeft(m *history.Model) leftovers {
	return findLeftovers(m, func(p *history.Purchase) (purchase.ID, int64, bool) { return p.Product, p.Quantity, !p.PayloadUnknown })
}

// moneyLeft is what may be held of users' money.
func moneyLeft(m *history.Model) leftovers {
	return findLeftovers(m, func(p *history.Purchase) (purchase.ID, int64, bool) {
		price, known := m.Price[p.Product]
		return p.User, history.Multiply(price, p.Quantity), known && !p.PayloadUnknown && m.PriceDoubt[p.Product] == ""
	})
}

// judgeUndecided judges a purchase whose steps were begun and of which the step that decides was
// not sent: it is not confirmed. Refs are purchases.
func judgeUndecided(m *history.Model, q *ruling, n int) {
	p := &m.Purchases[n]
	o, _ := m.OrderOf(p)
	if p.Sent > 0 || o == nil || p.Guessed || p.BeforeRun || !history.IsConfirmed(o) {
		return
	}
	if why := cmp.Or(m.Incomplete, deliveredTwice(m), ofOthersPerhaps(m)); why != "" {
		q.unknown = fmt.Sprintf("order %s is confirmed, and its purchase ended between steps, but %s", o.OrderID, why)
		return
	}
	if p.RefusedAt == history.Forever {
		q.judged++
	}
	q.add(n, p.LastEnd, 3)
}

// deliveredTwice says that requests were delivered twice, "" when none was.
func deliveredTwice(m *history.Model) string {
	if stage := m.DeliveredTwice(); stage != "" {
		return fmt.Sprintf("the fault plan of stage %s delivered requests twice, of which only one answer is known", stage)
	}
	return ""
}

// ofOthersPerhaps says that others may have gone on with what a purchase left, "" when none was
// there.
func ofOthersPerhaps(m *history.Model) string {
	if m.Evidence.Sealed {
		return ""
	}
	return "others may have used the service; " + history.AloneHint
}
