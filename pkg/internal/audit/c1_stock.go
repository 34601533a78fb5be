package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC1 wants the final stock to be the initial one minus what confirmed orders
// took, not below zero, and nothing left reserved.
//
// Stock is assumed to be moved by purchases alone. Where others may have used the
// service, more stock than expected may be a restock, and is unknown. Fewer pieces,
// or reserved ones, are not: who takes pieces has an order, and the list shows the
// orders of all. They count as well; but while others buy, the list may be older than
// the stock, so that with an order of others in it every difference is unknown. Purchases
// that took steps may hold pieces without an order (history.Model.MayHaveLeft), up to which fewer
// are unknown.
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
	books := stockBooks{m: m}
	books.taken, books.orders, books.unknown = confirmedTotals(m, piecesOf)
	books.left = stockLeft(m)
	products := newest(m.Evidence.After.Products, func(p *purchase.Product) purchase.ID { return p.ProductID })
	for i := range products {
		books.judge(&q, i, &products[i])
	}
	findUnread(m, m.Stock, products, func(p *purchase.Product) purchase.ID { return p.ProductID },
		func(p *history.Purchase) purchase.ID { return p.Product }, func(o *purchase.Order) purchase.ID { return o.ProductID }).limit(&q, "product")
	q.show = func(i int) Counterexample { return books.counterexample(&products[i]) }
	return q
}

// stockBooks is what confirmed orders took, and how many they are, by product.
type stockBooks struct {
	m       *history.Model
	taken   map[purchase.ID]*history.Sum
	orders  map[purchase.ID]int
	unknown unknownTotals
	left    leftovers
}

// expected returns the stock that a product should have.
func (b *stockBooks) expected(p *purchase.Product) (int64, bool) {
	start, known := b.m.Stock[p.ProductID]
	total := history.Sum{Value: start}
	if t := b.taken[p.ProductID]; t != nil {
		total.Add(-t.Value)
		total.Overflow = total.Overflow || t.Overflow
	}
	return total.Value, known && !total.Overflow
}

func (b *stockBooks) judge(q *ruling, i int, p *purchase.Product) {
	expected, known := b.expected(p)
	if !known {
		q.unknown = fmt.Sprintf("what product %d had before the run is not known, or is too large to count", p.ProductID)
		return
	}
	if why := b.unknown.of(p.ProductID); why != "" {
		q.unknown = fmt.Sprintf("what product %d should have left is not known: %s", p.ProductID, why)
		return
	}
	if p.Stock == expected && p.Reserved == 0 && p.Stock >= 0 {
		q.judged++
		return
	}
	if why := b.doubt(p, expected); why != "" {
		q.unknown = why
		return
	}
	q.judged++
	q.add(i, int64(i), max(history.Distance(p.Stock, expected), history.Distance(p.Reserved, 0)))
}

// doubt returns why a difference need not be the service's fault, "" when it is.
func (b *stockBooks) doubt(p *purchase.Product, expected int64) string {
	numbers := fmt.Sprintf("product %d has a stock of %d and %d reserved instead of %d and 0", p.ProductID, p.Stock, p.Reserved, expected)
	if p.Stock >= 0 && p.Stock <= expected && p.Reserved >= 0 {
		if why := b.left.explain(p.ProductID, max(expected-p.Stock, p.Reserved)); why != "" {
			return numbers + ": " + why
		}
	}
	if b.m.Evidence.Sealed {
		return ""
	}
	if others := b.m.PerhapsOtherTraffic(); others != "" {
		return numbers + ", and the state has " + others
	}
	if p.Stock > expected && p.Reserved == 0 {
		return numbers + ": another client may have restocked it; " + history.AloneHint
	}
	return ""
}

func (b *stockBooks) counterexample(p *purchase.Product) Counterexample {
	expected, _ := b.expected(p)
	m := b.m
	c := Counterexample{Formula: fmt.Sprintf("%d at first − %d in %s = %d, but the state says stock %d and reserved %d",
		m.Stock[p.ProductID], m.Stock[p.ProductID]-expected, history.Counted(b.orders[p.ProductID], "confirmed order", "confirmed orders"), expected, p.Stock, p.Reserved)}
	switch {
	case p.Reserved != 0:
		c.Says = fmt.Sprintf("product %d still has %s although no order is pending", p.ProductID, pieces(p.Reserved, "reserved"))
	case p.Stock < expected:
		c.Says = fmt.Sprintf("product %d has %s than its confirmed orders leave", p.ProductID, pieces(history.Distance(expected, p.Stock), "fewer"))
	case p.Stock > expected:
		c.Says = fmt.Sprintf("product %d has %s than its confirmed orders leave", p.ProductID, pieces(history.Distance(p.Stock, expected), "more"))
	default:
		c.Says = fmt.Sprintf("product %d%s", p.ProductID, stockBelowZero)
	}
	explainStock(m, p, expected, &c)
	return c
}

// stockBelowZero is what is said of a stock that is what the orders leave, but below zero.
const stockBelowZero = " has a stock below zero"

// pieces writes a number of pieces: "1 piece more", "2 pieces reserved".
func pieces(n int64, how string) string {
	if n == 1 {
		return "1 piece " + how
	}
	return fmt.Sprintf("%d pieces %s", n, how)
}

// newest returns the last value of each id, sorted by id.
func newest[T any](values []T, id func(*T) purchase.ID) []T {
	last := map[purchase.ID]int{}
	for i := range values {
		last[id(&values[i])] = i
	}
	var list []T
	for _, i := range last {
		list = append(list, values[i])
	}
	slices.SortFunc(list, func(a, b T) int { return purchase.Compare(id(&a), id(&b)) })
	return list
}

// missing lists the ids of initial that values lack, sorted.
func missing[T any](initial map[purchase.ID]int64, values []T, id func(*T) purchase.ID) []purchase.ID {
	there := map[purchase.ID]bool{}
	for i := range values {
		there[id(&values[i])] = true
	}
	var list []purchase.ID
	for n := range initial {
		if !there[n] {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, purchase.Compare)
	return list
}
