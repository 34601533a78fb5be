package audit

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// debit is what one purchase took, or may have taken, of a resource.
type debit struct {
	from, to int64 // its interval; to is forever without a definite answer
	amount   int64
	purchase int32
	effect   history.Effect
	byState  bool // it is confirmed by the state alone
	denied   bool // it was refused for too little of this resource
	holds    bool // it was refused, and may have held the amount before that
	// extra is what other orders under its key may have held besides.
	extra int64
	// left is what steps of it that were repeated may hold besides, for good.
	left int64
}

// resource is what purchases take from: the stock of a product, or the balance of a
// user.
type resource struct {
	id      purchase.ID
	initial int64
	debits  []debit
	// unknown is why it cannot be judged, "" when it can; refusalsUnknown why its
	// refusals cannot.
	unknown, refusalsUnknown string
	// moved is why others may have added to it or taken from it, "" when they did not:
	// then what does not fit is no proof.
	moved string
	// claimed is why others may have taken from it without any trace of that, "" when they did
	// not: an order of it is the run's by its payload alone, so that it may be another's and have
	// taken at any time.
	claimed string
	// confirmed and denied count purchases.
	confirmed, denied int
}

// collectResources lists the resources of a kind with their debits, by id.
func collectResources(m *history.Model, kind resourceKind) []resource {
	place := map[purchase.ID]int{}
	var list []resource
	for n := range m.Purchases {
		p := &m.Purchases[n]
		d, any := kind.holding.debitOf(int32(n))
		if !any || d.effect != history.TookEffect && (!isOffered(m, p.Product) || isUnknown(m, p)) {
			continue
		}
		id, amount, why := kind.take(p)
		i, known := place[id]
		if !known {
			i = len(list)
			place[id] = i
			start, there := kind.initial[id]
			r := resource{id: id, initial: start}
			if !there {
				r.unknown = "what it had before the run is not known"
			}
			list = append(list, r)
		}
		d.purchase, d.amount = int32(n), amount
		if p.Orders > 1 && !p.Guessed {
			d.extra = history.Multiply(amount, int64(p.Orders-1))
		}
		if held := m.Purchases[n].Steps.Held; held > 1 {
			d.left = history.Multiply(amount, int64(held-1))
		}
		list[i].add(d, why)
	}
	claimed := perhapsClaimed(m, kind.of)
	for i := range list {
		list[i].checkAmounts()
		list[i].checkMoved(m, &kind)
		list[i].claimed = cmp.Or(claimed[list[i].id], claimed[0])
	}
	slices.SortFunc(list, func(a, b resource) int { return purchase.Compare(a.id, b.id) })
	return list
}

// perhapsClaimed returns, by resource, why one of its orders may be another client's; under
// the zero id of all, when an order does not show which it took of.
func perhapsClaimed(m *history.Model, of func(*purchase.Order) purchase.ID) map[purchase.ID]string {
	claimed := map[purchase.ID]string{}
	for i := range m.Orders {
		if id := of(&m.Orders[i]); m.PerhapsOfOthers(i) && claimed[id] == "" {
			claimed[id] = m.OrderPerhapsOfOthers(i)
		}
	}
	return claimed
}

// debitOf returns what purchase n did to its resource, without the amount; any is
// false when it took nothing at any time and was not refused for it.
func (h *holding) debitOf(n int32) (d debit, any bool) {
	p := &h.m.Purchases[n]
	if p.BeforeRun || p.PayloadUnknown {
		return d, false
	}
	d = debit{from: p.FirstSent, to: history.Forever}
	d.effect, d.byState = h.m.EffectOf(p)
	switch d.effect {
	case history.TookEffect:
		if !d.byState {
			d.to = p.ConfirmedAt
		}
		return d, true
	case history.TakenBack:
		d.to, d.denied, d.holds = h.releasedBy(n), p.Refusal == h.lack, !h.none(p)
		return d, d.denied || d.holds || p.Steps.Held > 1
	case history.EffectOpen:
		if end := h.releasedBy(n); end < history.Forever { // its order says that it was cancelled
			d.effect, d.to, d.holds = history.TakenBack, end, true
		}
		return d, !h.none(p)
	}
	return d, false
}

// add appends a debit; why says why its amount is not known.
func (r *resource) add(d debit, why string) {
	took := d.effect == history.TookEffect
	switch {
	case took:
		r.confirmed++
	case d.denied:
		r.denied++
	}
	switch {
	case why != "" && took:
		r.unknown = why
	case why != "":
		r.refusalsUnknown = why
	}
	r.debits = append(r.debits, d)
}

// isUnknown reports whether a purchase was refused as bad input for a product of which nothing is
// known.
func isUnknown(m *history.Model, p *history.Purchase) bool {
	_, priced := m.Price[p.Product]
	_, stocked := m.Stock[p.Product]
	return p.RefusedAt < history.Forever && p.Refusal == history.Invalid && !priced && !stocked
}

// isOffered reports whether a product can be bought at all: a fixture lists all
// there are.
func isOffered(m *history.Model, product purchase.ID) bool {
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
		total.Add(d.extra)
		total.Add(d.left)
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
		return fmt.Sprintf("others may have used the service meanwhile, and its orders cannot be read: %s; %s", m.OrdersUnusable, history.AloneHint)
	}
	return m.Incomplete
}

// payloadsUnrecorded says that attempts lack what they were to buy.
func payloadsUnrecorded(m *history.Model) string {
	return history.Counted(m.UnrecordedPayloads, "attempt lacks", "attempts lack") + " a record of what was to be bought"
}
