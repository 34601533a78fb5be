package market

import (
	"net/http"
	"time"
)

// cached is a balance as a cache has it.
type cached struct {
	balance int64
	since   time.Time
}

// falseBalance returns the balance that a read shows. The caller holds mu.
func (v view) falseBalance(id, balance int64) int64 {
	if v.m.opt.Bug != "balance-cached" {
		return balance
	}
	c, known := v.cache[id]
	if !known || time.Since(c.since) > 5*time.Second {
		c = cached{balance, time.Now()}
		v.cache[id] = c
	}
	v.m.hitIf(c.balance != balance, "/users")
	return c.balance
}

// falseLevel returns the stock that a read shows.
func (m *Market) falseLevel(l level, r *http.Request) level {
	if m.opt.Bug == "stock-shows-held" {
		m.hitIf(l.reserved != 0, r.URL.Path)
		l.stock += l.reserved
	}
	return l
}

// falseOrder returns the order that a read of it alone shows. The caller holds mu.
func (v view) falseOrder(r record) record {
	price := v.products[r.Product].last().price
	if v.m.bug("order-repriced", r.ID) && r.Amount != 0 && r.Amount != times(price, r.Quantity) {
		v.m.hit(r.ID)
		r.Amount = times(price, r.Quantity)
	}
	return r
}

// hidesOrder reports whether the list leaves out an order.
func (m *Market) hidesOrder(r record) bool {
	hides := m.opt.Bug == "list-hides-cancelled" && r.Status == "CANCELLED"
	m.hitIf(hides, r.ID)
	return hides
}

// hidesEntry reports whether the ledger leaves out an entry.
func (m *Market) hidesEntry(e entry) bool {
	hides := m.opt.Bug == "ledger-hides-refunds" && e.Kind == "refund" ||
		m.opt.Bug == "ledger-stale" && time.Since(e.since) < 500*time.Millisecond
	m.hitIf(hides, e.Order)
	return hides
}

// endsEarly reports whether a list has no page after row to although there are rows.
func (m *Market) endsEarly(to int) bool {
	ends := m.opt.Bug == "list-truncated" && to >= 50
	m.hitIf(ends, "page")
	return ends
}

// falseRow returns the first row of a page that is not the first one.
func (m *Market) falseRow(from, count int) int {
	switch {
	case m.opt.Bug == "page-skips" && from < count:
		m.hit("page")
		return from + 1
	case m.opt.Bug == "page-repeats" && from > 0:
		m.hit("page")
		return from - 1
	}
	return from
}
