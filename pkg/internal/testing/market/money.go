package market

import "slices"

// charge takes the amount from the balance, or reports that it is not enough.
func (s *saga) charge() bool {
	s.m.pause()
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	s.bill()
	switch {
	case s.affordable():
		s.hitIf(s.payer != s.req.user || s.paid != s.amount)
		s.take()
	case !s.givesAnyway():
		return false
	}
	s.st.lastPayer = s.payer
	s.done("charge_payment", "do")
	return true
}

// bill determines who pays how much. The caller holds mu.
func (s *saga) bill() {
	price := s.st.products[s.req.product].last().price
	switch {
	case s.bug("charges-wrong-user"):
		s.payer = another(s.st.users, s.req.user)
	case s.bug("charges-previous-user") && s.st.lastPayer != 0:
		s.payer = s.st.lastPayer
	case s.bug("charge-unit-price"):
		s.paid = price
	case s.bug("charge-rounded"):
		s.paid = max(s.amount/100*100, 1)
	case s.bug("charge-int32"):
		s.paid = max(int64(uint32(s.amount)), 1)
	case s.bug("price-read-twice"):
		s.paid = times(price, s.req.quantity)
	}
}

// affordable reports whether the balance is enough. The caller holds mu.
func (s *saga) affordable() bool {
	balance := s.st.users[s.payer].last()
	switch {
	case balance < s.paid:
		s.st.broke[s.payer] = true
		return false
	case balance == s.paid && s.bug("last-money"), s.st.broke[s.payer] && s.bug("insufficient-sticky"):
		s.hit()
		return false
	}
	return true
}

// givesAnyway reports whether a bug lets a purchase pass for which the balance is not enough. The caller holds mu.
func (s *saga) givesAnyway() bool {
	balance := s.st.users[s.payer].last()
	switch {
	case s.bug("insufficient-ignored"):
		s.paid = 0
	case s.bug("charges-what-is-left") && balance > 0:
		s.paid = balance
		s.take()
	default:
		return false
	}
	s.confirmed = s.hit
	return true
}

// take moves the money and books it. The caller holds mu.
func (s *saga) take() {
	u, moved, booked := s.st.users[s.payer], s.paid, entry{Order: s.id, User: s.payer, Amount: s.paid}
	before := u.last()
	switch {
	case s.bug("overdraft-race"):
		s.st.gap()
		s.hitIf(u.last() < s.paid)
	case s.bug("balance-lost-update"):
		s.st.gap()
		s.hitIf(u.last() != before)
		u.set(before, s.m.opt.ReadsLag)
	case s.bug("charge-twice") && before >= 2*s.paid:
		s.hit()
		s.st.move(s.payer, -s.paid)
		s.st.book(s.id, s.payer, "charge", s.paid)
	case s.bug("charge-twice-silent") && before >= 2*s.paid:
		moved *= 2
	case s.bug("ledger-twice"):
		s.hit()
		s.st.book(s.id, s.payer, "charge", s.paid)
	case s.bug("ledger-missing"):
		booked.Amount = 0
	case s.bug("charge-not-taken"):
		moved = 0
	case s.bug("ledger-wrong-order"):
		booked.Order = s.st.orders[max(len(s.st.orders)-2, 0)].last().ID
	case s.bug("ledger-wrong-amount"):
		booked.Amount++
	case s.bug("ledger-wrong-user"):
		booked.User = another(s.st.users, s.payer)
	}
	s.hitIf(moved != s.paid || booked != entry{Order: s.id, User: s.payer, Amount: s.paid})
	s.st.move(s.payer, -moved)
	s.st.book(booked.Order, booked.User, "charge", booked.Amount)
}

// refund gives back what was paid. The caller holds mu.
func (s *saga) refund() {
	moved, booked := s.paid, entry{Order: s.id, User: s.payer, Amount: s.paid}
	to := s.payer
	switch {
	case s.bug("refund-lost"):
		s.hit()
		return
	case s.bug("refund-claimed"):
		moved = 0
	case s.bug("refund-twice"):
		s.hit()
		s.st.move(to, s.paid)
		s.st.book(s.id, to, "refund", s.paid)
	case s.bug("refund-fee"):
		moved = s.paid - max(s.paid*3/100, 1)
		booked.Amount = moved
	case s.bug("refund-current-price"):
		moved = times(s.st.products[s.req.product].last().price, s.req.quantity)
		booked.Amount = moved
	case s.bug("refund-wrong-user"):
		to = s.st.lastPayer
		booked.User = to
	case s.bug("refund-wrong-order"):
		booked.Order = s.st.orders[max(len(s.st.orders)-2, 0)].last().ID
	case s.bug("refund-unbooked"):
		booked.Amount = 0
	}
	s.hitIf(moved != s.paid || booked != entry{Order: s.id, User: s.payer, Amount: s.paid})
	s.st.move(to, moved)
	s.st.book(booked.Order, booked.User, "refund", booked.Amount)
	s.done("charge_payment", "compensate")
}

// toUndo returns the steps that are undone. The caller holds mu.
func (s *saga) toUndo() []string {
	both := []string{"reserve_stock", "charge_payment"}
	if s.bug("undoes-all") {
		s.hitIf(len(s.taken) < len(both))
		return both
	}
	return slices.Clone(s.taken)
}
