package market

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// saga is a purchase under way.
type saga struct {
	m      *Market
	st     *state
	o      *order
	k      *keyed // nil without a key
	req    request
	id     string
	amount int64 // price × quantity at the price when it began
}

// answer is what a call gets.
type answer struct {
	status int
	code   string // of a problem, else empty
	order  record // its ID is empty when there is none
	abort  bool   // the connection is closed instead
}

// begin creates the order and takes the key. The caller holds the state's mu.
func (m *Market) begin(st *state, req request) *saga {
	o := st.create(req)
	s := &saga{m: m, st: st, o: o, req: req, id: o.last().ID}
	s.amount = times(st.products[req.product].last().price, req.quantity)
	if req.key != "" {
		s.k = &keyed{key: req.key, payload: req.payload, order: o, done: make(chan struct{})}
		st.keys[m.slot(req)] = s.k
	}
	m.under(+1)
	return s
}

// run takes the steps, and undoes them if one is refused.
func (s *saga) run() answer {
	refused := s.steps()
	s.m.pause()
	if refused == "" {
		defer s.m.under(-1)
		return s.confirm()
	}
	return s.cancel(refused)
}

// steps takes both steps and returns the code of a refusal, "" if there was none.
func (s *saga) steps() string {
	switch s.m.opt.Steps {
	case ChargeFirst:
		if !s.charge() {
			return "insufficient_balance"
		}
		if !s.reserve() {
			return "out_of_stock"
		}
	case Parallel:
		return s.both()
	default:
		if !s.reserve() {
			return "out_of_stock"
		}
		if !s.charge() {
			return "insufficient_balance"
		}
	}
	return ""
}

// both takes the steps at the same time.
func (s *saga) both() string {
	var wg sync.WaitGroup
	var charged bool
	wg.Go(func() { charged = s.charge() })
	reserved := s.reserve()
	wg.Wait()
	switch {
	case !reserved:
		return "out_of_stock"
	case !charged:
		return "insufficient_balance"
	}
	return ""
}

// reserve moves the pieces from free to held, or reports that there are not enough.
func (s *saga) reserve() bool {
	s.m.pause()
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	if s.st.products[s.req.product].last().stock < s.req.quantity {
		return false
	}
	s.st.shift(s.req.product, -s.req.quantity, s.req.quantity)
	s.update(func(r *record) { r.Amount = s.amount })
	s.done("reserve_stock", "do")
	return true
}

// charge takes the amount from the balance, or reports that it is not enough.
func (s *saga) charge() bool {
	s.m.pause()
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	if s.st.users[s.req.user].last() < s.amount {
		return false
	}
	s.st.move(s.req.user, -s.amount)
	s.st.book(s.id, s.req.user, "charge", s.amount)
	s.done("charge_payment", "do")
	return true
}

// confirm hands over the pieces.
func (s *saga) confirm() answer {
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	s.st.shift(s.req.product, 0, -s.req.quantity)
	s.done("confirm_order", "do")
	s.update(func(r *record) { r.Status = "CONFIRMED" })
	return s.finish(answer{status: http.StatusCreated, order: s.o.last()})
}

// cancel undoes the steps that were taken, the last one first, and answers with the refusal.
func (s *saga) cancel(code string) answer {
	s.locked(func() { s.update(func(r *record) { r.Status, r.Reason = "COMPENSATING", code }) })
	for _, t := range slices.Backward(s.taken()) {
		s.m.pause()
		switch t.Step {
		case "reserve_stock":
			s.locked(s.release)
		case "charge_payment":
			s.locked(s.refund)
		}
	}
	status := http.StatusPaymentRequired
	if code == "out_of_stock" {
		status = http.StatusConflict
	}
	a := answer{status: status, code: code, order: record{ID: s.id}}
	if s.m.opt.LateRefusals {
		go func() {
			s.m.pause()
			s.m.pause()
			s.cancelled(a)
		}()
		return a
	}
	return s.cancelled(a)
}

// taken returns the steps that the order has.
func (s *saga) taken() (steps []step) {
	s.locked(func() { steps = s.o.last().Steps })
	return steps
}

// release moves the pieces back from held to free.
func (s *saga) release() {
	s.st.shift(s.req.product, s.req.quantity, -s.req.quantity)
	s.done("reserve_stock", "compensate")
}

// refund gives the amount back.
func (s *saga) refund() {
	s.st.move(s.req.user, s.amount)
	s.st.book(s.id, s.req.user, "refund", s.amount)
	s.done("charge_payment", "compensate")
}

// cancelled ends an order of which everything is undone.
func (s *saga) cancelled(a answer) answer {
	defer s.m.under(-1)
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	s.update(func(r *record) { r.Status = "CANCELLED" })
	return s.finish(a)
}

// finish stores the answer under the key. The caller holds mu.
func (s *saga) finish(a answer) answer {
	if s.k != nil {
		s.k.answer = a
		close(s.k.done)
	}
	return a
}

// locked calls f while it holds mu.
func (s *saga) locked(f func()) {
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	f()
}

// update changes the order. The caller holds mu.
func (s *saga) update(change func(*record)) {
	r := s.o.last()
	change(&r)
	r.UpdatedAt = s.m.shown(time.Now())
	s.o.set(r, s.m.opt.ReadsLag)
}

// done notes an effect in the order. The caller holds mu.
func (s *saga) done(name, action string) {
	s.update(func(r *record) {
		t := step{len(r.Steps) + 1, name, action, s.m.shown(time.Now())}
		r.Steps = append(slices.Clip(r.Steps), t)
	})
}
