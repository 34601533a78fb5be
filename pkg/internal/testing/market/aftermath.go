package market

import (
	"net/http"
	"slices"
	"time"
)

// fail returns the answer of a purchase that a bug ends instead of confirming it. The caller holds mu.
func (s *saga) fail() (a answer, failed bool) {
	switch {
	case s.bug("stuck-pending"), s.bug("restart-orphans") && s.restarted():
		s.hit()
		s.finish(inProgress)
		return internal, true
	case s.bug("charged-then-500"):
		s.hit()
		s.release()
		s.finish(internal)
		s.st.remove(s.o)
		delete(s.st.keys, s.m.slot(s.req))
		return internal, true
	case s.bug("recovery-charges-again") && s.restarted() && s.st.users[s.payer].last() >= s.paid:
		s.hit()
		s.take()
	}
	return answer{}, false
}

// afterConfirm has the bugs that strike a confirmed order. The caller holds mu.
func (s *saga) afterConfirm() {
	switch {
	case s.bug("order-unlisted"):
		s.hit()
		s.o.unlisted = true
	case s.bug("order-unreadable"):
		s.hit()
		s.o.unreadable = true
	case s.bug("order-lost"):
		s.hit()
		s.st.remove(s.o)
	case s.bug("status-goes-back"):
		s.later(func() { s.hit(); s.update(func(r *record) { r.Status = "PENDING" }) })
	case s.bug("refund-after-confirm"):
		s.later(func() { s.hit(); s.refund() })
	case s.bug("cancelled-after-confirm"):
		s.later(func() {
			s.hit()
			s.st.shift(s.product, 0, s.held)
			s.release()
			s.refund()
			s.update(func(r *record) { r.Status, r.Reason = "CANCELLED", "out_of_stock" })
		})
	case s.bug("ghost-order"):
		ghost := s.req
		ghost.key = ""
		s.again(ghost, 10)
	case s.bug("restart-loses-confirmed"):
		s.st.unflushed = append(s.st.unflushed, s)
	}
}

// misreport returns the answer of a confirmed purchase, or a false one. The caller holds mu.
func (s *saga) misreport(a answer) answer {
	right := a.order
	switch {
	case s.bug("refused-though-confirmed"):
		a = answer{status: http.StatusConflict, code: "out_of_stock", order: record{ID: s.id}}
	case s.bug("overloaded-though-done"):
		a = answer{status: http.StatusServiceUnavailable, code: "overloaded"}
	case s.bug("malformed-though-done"):
		a = errMalformed.answer()
	case s.bug("answers-other-order"):
		a.order = s.st.orders[max(len(s.st.orders)-2, 0)].last()
	case s.bug("answer-unit-price"):
		a.order.Amount = s.amount / s.req.quantity
	case s.bug("answer-pending"):
		a.order.Status = "PENDING"
	}
	s.hitIf(a.code != "" || a.order.ID != right.ID || a.order.Amount != right.Amount || a.order.Status != right.Status)
	return a
}

// afterCancel stores the answer of a refused purchase, and has the bugs that strike then. The caller holds mu.
func (s *saga) afterCancel(a answer) answer {
	if s.bug("confirmed-though-refused") {
		s.hit()
		a = answer{status: http.StatusCreated, order: s.o.last()}
		a.order.Status, a.order.Reason = "CONFIRMED", ""
	}
	s.finish(a)
	switch {
	case s.bug("refusal-forgotten") && s.k != nil:
		s.st.forget(s.m.slot(s.req))
	case s.bug("late-charge") && a.code == "out_of_stock":
		s.later(func() {
			if s.st.users[s.payer].last() >= s.paid {
				s.hit()
				s.take()
				s.done("charge_payment", "do")
			}
		})
	case s.bug("refused-then-bought") && s.k != nil:
		s.again(s.req, 150)
	case s.bug("refused-order-lost"):
		s.hit()
		s.st.remove(s.o)
	}
	return a
}

// again buys a second time without a call, so many delays after the answer; it counts if that is confirmed.
func (s *saga) again(req request, delays time.Duration) {
	second := s.m.begin(s.st, req, false)
	go func() {
		time.Sleep(delays * max(s.m.opt.Delay, 0))
		if second.run().status == http.StatusCreated {
			second.hit()
		}
	}()
}

// swapped returns the other code of a refusal for a purchase that the bug concerns, else the same.
func (s *saga) swapped(bug, code string) string {
	if !s.bug(bug) {
		return code
	}
	s.hit()
	return otherCode(code)
}

func otherCode(code string) string {
	if code == "out_of_stock" {
		return "insufficient_balance"
	}
	return "out_of_stock"
}

// remove deletes an order. The caller holds mu.
func (st *state) remove(o *order) {
	st.orders = slices.DeleteFunc(slices.Clone(st.orders), func(other *order) bool { return other == o })
	delete(st.byID, o.last().ID)
}

// lose has the bugs that strike when the process ends.
func (st *state) lose() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.m.opt.Bug == "keys-lost-on-restart" {
		for slot := range st.keys {
			st.forget(slot)
		}
	}
	for _, s := range st.unflushed {
		if k := st.keys[st.m.slot(s.req)]; k != nil && time.Since(k.finished) > time.Second {
			continue // it was written in the meantime
		}
		s.hit()
		st.move(s.payer, s.paid)
		st.ledger = slices.DeleteFunc(slices.Clone(st.ledger), func(e entry) bool { return e.Order == s.id })
		st.shift(s.product, s.held, 0)
		st.remove(s.o)
		delete(st.keys, st.m.slot(s.req))
	}
	st.unflushed = nil
}
