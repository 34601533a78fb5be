package audit

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"sagalab/pkg/internal/audit/history"
)

// debit is what one purchase took, or may have taken, of a resource.
type debit struct {
	from, to int64 // its interval; to is forever without a definite answer
	amount   int64
	purchase int32
	effect   history.Effect
	byState  bool // it is confirmed by the state alone
	denied   bool // it was refused for too little of this resource
}

// resource is what purchases take from: the stock of a product, or the balance of a
// user.
type resource struct {
	id      int64
	initial int64
	debits  []debit
	// unknown is why it cannot be judged, "" when it can; refusalsUnknown why its
	// refusals cannot.
	unknown, refusalsUnknown string
	// confirmed and denied count purchases.
	confirmed, denied int
}

// collectResources lists the resources with their debits, by id. initial is what
// each had before the run, lack the refusal for too little of it. take says from
// which resource a purchase takes and how much; why is "" or says why that is not
// known.
func collectResources(m *history.Model, initial map[int64]int64, lack history.Meaning, take func(*history.Purchase) (id, amount int64, why string)) []resource {
	place := map[int64]int{}
	var list []resource
	for n := range m.Purchases {
		p := &m.Purchases[n]
		f, byState := m.EffectOf(p)
		denied := f == history.TakenBack && p.Refusal == lack
		if f == history.NoEffect || p.BeforeRun || p.PayloadUnknown || f != history.TookEffect && !isOffered(m, p.Product) {
			continue
		}
		id, amount, why := take(p)
		i, known := place[id]
		if !known {
			i = len(list)
			place[id] = i
			start, there := initial[id]
			r := resource{id: id, initial: start}
			if !there {
				r.unknown = "what it had before the run is not known"
			}
			list = append(list, r)
		}
		switch {
		case f == history.TookEffect:
			list[i].confirmed++
		case denied:
			list[i].denied++
		}
		switch {
		case why != "" && f == history.TookEffect:
			list[i].unknown = why
		case why != "":
			list[i].refusalsUnknown = why
		}
		d := debit{from: p.FirstSent, to: history.Forever, amount: amount, purchase: int32(n), effect: f, byState: byState, denied: denied}
		switch {
		case f == history.TookEffect && !byState:
			d.to = p.ConfirmedAt
		case f == history.TakenBack:
			d.to = p.LastEnd
		}
		list[i].debits = append(list[i].debits, d)
	}
	for i := range list {
		list[i].checkAmounts()
	}
	slices.SortFunc(list, func(a, b resource) int { return cmp.Compare(a.id, b.id) })
	return list
}

// isOffered reports whether a product can be bought at all: a fixture lists all
// there are.
func isOffered(m *history.Model, product int64) bool {
	if m.Evidence.Fixture == nil || m.Evidence.Before != nil {
		return true
	}
	_, there := m.Stock[product]
	return there
}

// checkAmounts notes that the amounts cannot be added up.
func (r *resource) checkAmounts() {
	total := history.Sum{}
	for _, d := range r.debits {
		total.Add(d.amount)
		if d.amount < 0 || total.Overflow {
			r.unknown = "its quantities or prices are too large to add up, or negative"
			return
		}
	}
}

// overdrawn calls found for each confirmed purchase, in the order of their answers,
// that the resource cannot have covered together with those before it; taken
// includes its own amount. It returns how many were confirmed. This is the whole
// rule: if all that was confirmed fits into the resource, then so does what had
// been confirmed before any one of them.
func (r *resource) overdrawn(found func(d *debit, taken int64)) int {
	confirmed := make([]debit, 0, r.confirmed)
	for _, d := range r.debits {
		if d.effect == history.TookEffect {
			confirmed = append(confirmed, d)
		}
	}
	slices.SortStableFunc(confirmed, func(x, y debit) int { return cmp.Or(cmp.Compare(x.to, y.to), cmp.Compare(x.from, y.from)) })
	taken := int64(0)
	for i := range confirmed {
		taken += confirmed[i].amount
		if taken > r.initial {
			found(&confirmed[i], taken)
		}
	}
	return len(confirmed)
}

// headroom is how much of a resource was left around a refusal.
type headroom struct {
	permanent int64 // what confirmed and unclear purchases may have taken by then
	passing   int64 // what refused purchases may have held meanwhile
	least     int64 // what was left in any case
}

// spurious calls found for each refusal that no order of effects explains: even if
// everything that may have been taken was, enough was left. It returns how many
// refusals there were.
func (r *resource) spurious(m *history.Model, found func(d *debit, s headroom)) int {
	var taken, begun, ended timeline
	count := 0
	for _, d := range r.debits {
		switch d.effect {
		case history.TookEffect, history.EffectOpen:
			taken = append(taken, amountAt{d.from, d.amount})
		case history.TakenBack:
			begun = append(begun, amountAt{d.from, d.amount})
			ended = append(ended, amountAt{d.to, d.amount})
		}
	}
	taken.accumulate()
	begun.accumulate()
	ended.accumulate()
	for i := range r.debits {
		d := &r.debits[i]
		if !d.denied {
			continue
		}
		count++
		answered := m.Purchases[d.purchase].RefusedAt
		s := headroom{permanent: taken.through(answered), passing: begun.through(answered) - ended.before(d.from) - d.amount}
		if s.least = r.initial - s.permanent - s.passing; s.least >= d.amount {
			found(d, s)
		}
	}
	return count
}

// amountAt is an amount at a time.
type amountAt struct{ at, amount int64 }

// timeline is amounts by time. accumulate sorts it and turns the amounts into
// running totals.
type timeline []amountAt

func (ti timeline) accumulate() {
	slices.SortFunc(ti, func(a, b amountAt) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(ti); i++ {
		ti[i].amount += ti[i-1].amount
	}
}

// through returns the total up to and with time t, before the total without t.
func (ti timeline) through(t int64) int64 {
	return ti.total(sort.Search(len(ti), func(i int) bool { return ti[i].at > t }))
}

func (ti timeline) before(t int64) int64 {
	return ti.total(sort.Search(len(ti), func(i int) bool { return ti[i].at >= t }))
}

func (ti timeline) total(n int) int64 {
	if n == 0 {
		return 0
	}
	return ti[n-1].amount
}

// stockByProduct lists the stocks, balanceByUser the balances.
func stockByProduct(m *history.Model) []resource {
	return collectResources(m, m.Stock, history.NoStock, func(p *history.Purchase) (int64, int64, string) { return p.Product, p.Quantity, "" })
}

func balanceByUser(m *history.Model) []resource {
	return collectResources(m, m.Balance, history.NoMoney, func(p *history.Purchase) (int64, int64, string) {
		price, known := m.Price[p.Product]
		if !known {
			return p.User, 0, fmt.Sprintf("the price of product %d is not known", p.Product)
		}
		return p.User, history.Multiply(price, p.Quantity), ""
	})
}

// whyRefusalsUnjudged returns why refusals cannot be compared with what else was
// sent, "" when they can.
func whyRefusalsUnjudged(m *history.Model) string {
	switch {
	case m.TimesUnusable != "":
		return m.TimesUnusable
	case m.UnrecordedPayloads > 0:
		return payloadsUnrecorded(m)
	case m.PhantomCount > 0:
		return fmt.Sprintf("the state has %s that none of the stages given here bought", history.Counted(m.PhantomCount, "order", "orders"))
	case !m.Evidence.Sealed && m.OrdersUnusable != "":
		return "others may have used the service meanwhile, and its orders cannot be read: " + m.OrdersUnusable
	}
	return m.Incomplete
}

// payloadsUnrecorded says that attempts lack what they were to buy.
func payloadsUnrecorded(m *history.Model) string {
	return history.Counted(m.UnrecordedPayloads, "attempt lacks", "attempts lack") + " a record of what was to be bought"
}
