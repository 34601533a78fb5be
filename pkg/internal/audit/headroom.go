package audit

import (
	"cmp"
	"slices"
	"sort"

	"sagalab/pkg/internal/audit/history"
)

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
		}
		if d.holds {
			begun = append(begun, amountAt{d.from, d.amount})
			ended = append(ended, amountAt{d.to, d.amount})
		}
		if extra := d.extra + d.left; extra > 0 {
			begun = append(begun, amountAt{d.from, extra})
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
		s := headroom{permanent: taken.through(answered), passing: begun.through(answered) - ended.before(d.from)}
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
