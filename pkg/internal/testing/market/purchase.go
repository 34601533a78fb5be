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
	life   int   // of the service when it began
	amount int64 // price × quantity at the price when it began

	// The state's mu guards these.
	taken     []string // steps that are in effect
	product   int64    // of which pieces are held
	held      int64    // pieces
	payer     int64    // who was charged
	paid      int64    // how much
	confirmed func()   // what a bug counts once the purchase is confirmed
}

// answer is what a call gets.
type answer struct {
	status int
	code   string // of a problem, else empty
	order  record // its ID is empty when there is none
	abort  bool   // the connection is closed instead
}

var (
	internal   = answer{status: http.StatusInternalServerError, code: "internal"}
	inProgress = answer{status: http.StatusConflict, code: "in_progress"}
)

// begin creates the order and takes the key. The caller holds the state's mu.
func (m *Market) begin(st *state, req request, withKey bool) *saga {
	o := st.create(req)
	s := &saga{m: m, st: st, o: o, req: req, id: o.last().ID, product: req.product, held: req.quantity, payer: req.user,
		amount: times(st.products[req.product].last().price, req.quantity), confirmed: func() {}}
	s.paid = s.amount
	if withKey && req.key != "" {
		s.k = &keyed{req: req, payload: req.payload, order: o, begun: time.Now(), done: make(chan struct{})}
		st.keys[m.slot(req)] = s.k
	}
	m.under(+1)
	m.mu.Lock()
	s.life = m.life
	m.mu.Unlock()
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

// confirm hands over the pieces.
func (s *saga) confirm() answer {
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	if a, failed := s.fail(); failed {
		return a
	}
	s.handOver()
	s.done("confirm_order", "do")
	s.update(func(r *record) { r.Status = "CONFIRMED" })
	s.confirmed()
	a := s.finish(answer{status: http.StatusCreated, order: s.o.last()})
	s.afterConfirm()
	return s.misreport(a)
}

// cancel undoes the steps that were taken, the last one first, and answers with the refusal.
func (s *saga) cancel(code string) answer {
	code = s.swapped("reason-swapped", code)
	var taken []string
	s.locked(func() {
		s.update(func(r *record) { r.Status, r.Reason = "COMPENSATING", code })
		taken = s.toUndo()
	})
	a := answer{status: statusOf(code), code: code, order: record{ID: s.id}}
	switch {
	case len(taken) > 0 && s.bug("compensation-crashes"):
		s.hit()
		defer s.m.under(-1)
		s.locked(func() { s.finish(inProgress) })
		return internal
	case len(taken) > 0 && s.bug("answers-before-undone"):
		s.hit()
		go func() {
			time.Sleep(200 * time.Millisecond)
			s.undo(taken)
			s.cancelled(a)
		}()
		return a
	}
	s.undo(taken)
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

// statusOf returns the status that goes with the code of a refusal.
func statusOf(code string) int {
	if code == "out_of_stock" {
		return http.StatusConflict
	}
	return http.StatusPaymentRequired
}

// undo undoes steps, the last one first.
func (s *saga) undo(taken []string) {
	for _, name := range slices.Backward(taken) {
		s.m.pause()
		if name == "reserve_stock" {
			s.locked(s.release)
		} else {
			s.locked(s.refund)
		}
	}
}

// cancelled ends an order of which everything is undone.
func (s *saga) cancelled(a answer) answer {
	defer s.m.under(-1)
	s.st.mu.Lock()
	defer s.st.mu.Unlock()
	if s.bug("stuck-compensating") {
		s.hit()
	} else {
		s.update(func(r *record) { r.Status = "CANCELLED" })
	}
	return s.afterCancel(a)
}

// finish stores the answer under the key. The caller holds mu.
func (s *saga) finish(a answer) answer {
	if s.k != nil {
		s.k.answer, s.k.finished = a, time.Now()
		close(s.k.done)
		s.st.evict(s.m.slot(s.req))
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
	if action == "do" {
		s.taken = append(s.taken, name)
	}
	if name == "charge_payment" && s.bug("step-missing") {
		s.hit()
		return
	}
	s.update(func(r *record) {
		t := step{len(r.Steps) + 1, name, action, s.m.shown(time.Now())}
		r.Steps = append(slices.Clip(r.Steps), t)
	})
}
