package audit

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

// claim is what one purchase took, or may have taken, of an account.
type claim struct {
	from, to int64 // its interval; to is forever without a definite answer
	amount   int64
	deed     int32
	fate     fate
	resolved bool // it is confirmed by the state alone
	denied   bool // it was refused because there was not enough in this account
}

// account is a store that purchases take from: the stock of a product, or the
// money of a user.
type account struct {
	id      int64
	initial int64
	claims  []claim
	// unknown is why it cannot be judged, "" when it can; vague why refusals cannot.
	unknown, vague string
	// sold and denied count confirmed purchases and refusals.
	sold, denied int
}

// accounts collects what was taken, by product or by user. take says from which
// account a purchase takes and how much; why is "" or says why that is not known.
func (w *world) accounts(initial map[int64]int64, lack Meaning, take func(*deed) (id, amount int64, why string)) []account {
	place := map[int64]int{}
	var list []account
	for n := range w.deeds {
		d := &w.deeds[n]
		f, resolved := w.fate(d)
		denied := f == refused && d.means == lack
		if f == nothing || d.old || d.blind || f != done && !w.sells(d.product) {
			continue
		}
		id, amount, why := take(d)
		i, known := place[id]
		if !known {
			i = len(list)
			place[id] = i
			start, there := initial[id]
			a := account{id: id, initial: start}
			if !there {
				a.unknown = "what it had before the run is not known"
			}
			list = append(list, a)
		}
		switch {
		case f == done:
			list[i].sold++
		case denied:
			list[i].denied++
		}
		switch {
		case why != "" && f == done:
			list[i].unknown = why
		case why != "":
			list[i].vague = why
		}
		c := claim{from: d.from, to: forever, amount: amount, deed: int32(n), fate: f, resolved: resolved, denied: denied}
		switch {
		case f == done && !resolved:
			c.to = d.ok
		case f == refused:
			c.to = d.last
		}
		list[i].claims = append(list[i].claims, c)
	}
	for i := range list {
		list[i].check()
	}
	slices.SortFunc(list, func(a, b account) int { return cmp.Compare(a.id, b.id) })
	return list
}

// sells reports whether a product can be bought at all: a scene lists all there
// are.
func (w *world) sells(product int64) bool {
	if w.e.Scene == nil || w.e.Before != nil {
		return true
	}
	_, there := w.stock[product]
	return there
}

// check refuses numbers that cannot be added up.
func (a *account) check() {
	total := sum{}
	for _, c := range a.claims {
		total.add(c.amount)
		if c.amount < 0 || total.over {
			a.unknown = "its quantities or prices are too large to add up, or negative"
			return
		}
	}
}

// overdrawn calls found for each confirmed purchase, in the order of their
// answers, that the account cannot have covered together with those before it;
// taken includes its own amount. It returns how many were confirmed.
//
// This is the whole rule: if all that was confirmed fits into the account, then
// so does what had been confirmed before any one of them.
func (a *account) overdrawn(found func(c *claim, taken int64)) int {
	confirmed := make([]claim, 0, a.sold)
	for _, c := range a.claims {
		if c.fate == done {
			confirmed = append(confirmed, c)
		}
	}
	slices.SortStableFunc(confirmed, func(x, y claim) int { return cmp.Or(cmp.Compare(x.to, y.to), cmp.Compare(x.from, y.from)) })
	taken := int64(0)
	for i := range confirmed {
		taken += confirmed[i].amount
		if taken > a.initial {
			found(&confirmed[i], taken)
		}
	}
	return len(confirmed)
}

// shortage is what is known of an account around a refusal.
type shortage struct {
	permanent int64 // what confirmed and unclear purchases may have taken by then
	passing   int64 // what refused purchases may have held meanwhile
	least     int64 // what was left in any case
}

// spurious calls found for each refusal that no order of effects explains: even if
// everything that may have been taken was, enough was left. It returns how many
// refusals there were.
func (a *account) spurious(w *world, found func(c *claim, s shortage)) int {
	var taken, begun, ended steps
	count := 0
	for _, c := range a.claims {
		switch c.fate {
		case done, open:
			taken = append(taken, step{c.from, c.amount})
		case refused:
			begun = append(begun, step{c.from, c.amount})
			ended = append(ended, step{c.to, c.amount})
		}
	}
	taken.prepare()
	begun.prepare()
	ended.prepare()
	for i := range a.claims {
		c := &a.claims[i]
		if !c.denied {
			continue
		}
		count++
		answered := w.deeds[c.deed].no
		s := shortage{permanent: taken.until(answered), passing: begun.until(answered) - ended.before(c.from) - c.amount}
		if s.least = a.initial - s.permanent - s.passing; s.least >= c.amount {
			found(c, s)
		}
	}
	return count
}

// step is an amount at a time; steps, once prepared, are sorted by time and hold
// running totals.
type step struct{ at, amount int64 }

type steps []step

func (s steps) prepare() {
	slices.SortFunc(s, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(s); i++ {
		s[i].amount += s[i-1].amount
	}
}

// until is the total up to and with time t, before the one without it.
func (s steps) until(t int64) int64 {
	return s.total(sort.Search(len(s), func(i int) bool { return s[i].at > t }))
}

func (s steps) before(t int64) int64 {
	return s.total(sort.Search(len(s), func(i int) bool { return s[i].at >= t }))
}

func (s steps) total(n int) int64 {
	if n == 0 {
		return 0
	}
	return s[n-1].amount
}

// byProduct are the stocks, byUser the balances.
func (w *world) byProduct() []account {
	return w.accounts(w.stock, NoStock, func(d *deed) (int64, int64, string) { return d.product, d.quantity, "" })
}

func (w *world) byUser() []account {
	return w.accounts(w.money, NoMoney, func(d *deed) (int64, int64, string) {
		price, known := w.price[d.product]
		if !known {
			return d.user, 0, fmt.Sprintf("the price of product %d is not known", d.product)
		}
		return d.user, times(price, d.quantity), ""
	})
}

// unsureOfOrder is why refusals cannot be judged against what else was sent, ""
// when they can.
func (w *world) unsureOfOrder() string {
	switch {
	case w.disorder != "":
		return w.disorder
	case w.blind > 0:
		return fmt.Sprintf("of %d attempts it is not recorded what they were to buy", w.blind)
	case w.phantoms > 0:
		return fmt.Sprintf("the state has %d orders that none of the stages given here bought", w.phantoms)
	case !w.e.Sealed && w.noOrders != "":
		return "others may have used the service meanwhile, and its orders cannot be looked at: " + w.noOrders
	}
	return w.incomplete
}
