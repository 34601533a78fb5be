package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC1 wants the final stock to be the initial one minus what confirmed orders
// took, not below zero, and nothing left reserved.
var ruleC1 = rule{
	id: "C1", title: "final stock is what was not sold, and nothing stays reserved",
	one: "product", many: "products",
	judge: finalStock,
}

// finalStock applies ruleC1; refs are products.
func finalStock(m *history.Model) ruling {
	q := ruling{none: "the state has no product"}
	q.unknown, q.beyond = m.FinalState(history.ProductsCall, history.OrdersCall)
	if q.unknown == "" {
		q.unknown = m.StockUnknown
	}
	if q.unknown != "" {
		return q
	}
	taken, orders, _ := confirmedTotals(m, func(i int) (int64, int64, bool) { return m.Orders[i].ProductID, m.Orders[i].Quantity, true })
	products := newest(m.Evidence.After.Products, func(p *purchase.Product) int64 { return p.ProductID })
	want := func(p *purchase.Product) (int64, bool) {
		start, known := m.Stock[p.ProductID]
		total := history.Sum{Value: start}
		if t := taken[p.ProductID]; t != nil {
			total.Add(-t.Value)
			total.Overflow = total.Overflow || t.Overflow
		}
		return total.Value, known && !total.Overflow
	}
	for i := range products {
		p := &products[i]
		expected, known := want(p)
		if !known {
			q.unknown = fmt.Sprintf("what product %d had before the run is not known, or is too large to count", p.ProductID)
			continue
		}
		q.judged++
		if p.Stock != expected || p.Reserved != 0 || p.Stock < 0 {
			q.add(i, int64(i), max(history.Distance(p.Stock, expected), history.Distance(p.Reserved, 0)))
		}
	}
	for _, id := range missing(m.Stock, products, func(p *purchase.Product) int64 { return p.ProductID }) {
		q.unknown = fmt.Sprintf("product %d was not read after the run", id)
	}
	q.show = func(i int) Counterexample {
		p := &products[i]
		expected, _ := want(p)
		return stockCounterexample(m, p, expected, orders[p.ProductID])
	}
	return q
}

func stockCounterexample(m *history.Model, p *purchase.Product, expected int64, orders int) Counterexample {
	c := Counterexample{Formula: fmt.Sprintf("%d at first − %d in %s = %d, but the state says stock %d and reserved %d",
		m.Stock[p.ProductID], m.Stock[p.ProductID]-expected, history.Counted(orders, "confirmed order", "confirmed orders"), expected, p.Stock, p.Reserved)}
	switch {
	case p.Reserved != 0:
		c.Says = fmt.Sprintf("product %d still has %s although no order is pending", p.ProductID, pieces(p.Reserved, "reserved"))
	case p.Stock < expected:
		c.Says = fmt.Sprintf("product %d has %s than its confirmed orders leave", p.ProductID, pieces(history.Distance(expected, p.Stock), "fewer"))
	case p.Stock > expected:
		c.Says = fmt.Sprintf("product %d has %s than its confirmed orders leave", p.ProductID, pieces(history.Distance(p.Stock, expected), "more"))
	default:
		c.Says = fmt.Sprintf("product %d has a stock below zero", p.ProductID)
	}
	c.State = ordersHolding(m, func(o *purchase.Order) bool {
		held, sold := timesHeld(o.Steps, purchase.ReserveStock), history.IsConfirmed(o)
		return o.ProductID == p.ProductID && len(o.Steps) > 0 && (held > 0) != sold
	})
	return c
}

// ordersHolding lists orders that a trace makes suspect, with their steps, in about
// mostLines lines.
func ordersHolding(m *history.Model, fits func(*purchase.Order) bool) []string {
	var lines []string
	for i := range m.Orders {
		o := &m.Orders[i]
		if m.Repeated[i] || !fits(o) {
			continue
		}
		lines = append(lines, orderLine(o))
		for s := range o.Steps {
			if len(lines) < mostLines {
				lines = append(lines, "    "+stepLine(&o.Steps[s]))
			}
		}
		if len(lines) >= mostLines {
			break
		}
	}
	return lines
}

// pieces writes a number of pieces: "1 piece more", "2 pieces reserved".
func pieces(n int64, how string) string {
	if n == 1 {
		return "1 piece " + how
	}
	return fmt.Sprintf("%d pieces %s", n, how)
}

// timesHeld returns how often a step was done minus how often it was compensated.
func timesHeld(trace []purchase.Step, name string) int {
	n := 0
	for _, s := range trace {
		switch {
		case s.Step != name:
		case s.Action == purchase.Do:
			n++
		case s.Action == purchase.Compensate:
			n--
		}
	}
	return n
}

// newest returns the last value of each id, sorted by id.
func newest[T any](values []T, id func(*T) int64) []T {
	last := map[int64]int{}
	for i := range values {
		last[id(&values[i])] = i
	}
	var list []T
	for _, i := range last {
		list = append(list, values[i])
	}
	slices.SortFunc(list, func(a, b T) int {
		if id(&a) < id(&b) {
			return -1
		}
		return 1
	})
	return list
}

// missing lists the ids of initial that values lack, sorted.
func missing[T any](initial map[int64]int64, values []T, id func(*T) int64) []int64 {
	there := map[int64]bool{}
	for i := range values {
		there[id(&values[i])] = true
	}
	var list []int64
	for n := range initial {
		if !there[n] {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}
