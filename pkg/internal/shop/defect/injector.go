package defect

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/internal/shop/store"
)

// Injector injects Trouble into the calls of sagas. It is safe for concurrent use.
type Injector struct {
	Trouble
	seed uint64

	mu    sync.Mutex
	start time.Time
	of    map[string]*callHistory // by order, while its saga runs
}

// callHistory records a saga's calls so far.
type callHistory struct {
	calls map[string]uint64 // how often each was made
	late  []func()          // duplicates that have not been delivered
}

// NewInjector returns an injector whose outages count from now. The same seed does
// the same to the same purchases.
func NewInjector(t Trouble, seed uint64) *Injector {
	return &Injector{Trouble: t, seed: seed, start: time.Now(), of: map[string]*callHistory{}}
}

// Reset begins the outages anew and forgets all calls. Call it when a fixture has been
// set and no saga is running.
func (t *Injector) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.start = time.Now()
	clear(t.of)
}

// Wrap returns p with t in front of every call.
func (t *Injector) Wrap(p store.Calls) store.Calls {
	if t.IsZero() {
		return p
	}
	return store.Calls{
		Reserve:           t.interfere(ParticipantStock, "reserve", p.Reserve),
		Release:           t.interfere(ParticipantStock, "release", t.failFirst("release", p.Release)),
		Sell:              t.interfere(ParticipantStock, "sell", p.Sell),
		Charge:            t.interfere(ParticipantPayments, "charge", p.Charge),
		Refund:            t.interfere(ParticipantPayments, "refund", t.failFirst("refund", p.Refund)),
		BeginCompensation: t.interfere(ParticipantOrders, "compensating", p.BeginCompensation),
		Confirm:           t.finishSaga(t.interfere(ParticipantOrders, "confirm", p.Confirm)),
		Cancel:            t.finishSaga(t.interfere(ParticipantOrders, "cancel", p.Cancel)),
	}
}

// interfere wraps a call with what may go wrong with any call.
func (t *Injector) interfere(participant, name string, do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		n := t.count(c, name)
		draw := func(what string) float64 { return keyed.Fraction(t.seed, name+" "+what, c.DrawKey(), n) }
		if t.Delay > 0 {
			time.Sleep(time.Duration(draw("delay") * float64(t.Delay)))
		}
		if t.down(participant) {
			return store.Effect{}, fmt.Errorf("injected trouble: %s is down", participant)
		}
		if draw("arrival") < 0.5 {
			t.deliverLate(c)
		}
		e, err := do(c, before)
		if err != nil {
			return e, err
		}
		if draw("duplicate") < t.Duplicate {
			t.postpone(c, func() { _, _ = do(c, before) }) // its reply is discarded
			if draw("hurry") < 0.5 {
				t.deliverLate(c)
			}
		}
		if draw("reply") < t.LostReply {
			return store.Effect{}, fmt.Errorf("injected trouble: the reply of %s to %s was lost", participant, name)
		}
		return e, nil
	}
}

// failFirst wraps a compensation so that its first calls fail.
func (t *Injector) failFirst(name string, do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		if n := t.count(c, "failing "+name); n < uint64(t.FailedUndo) {
			return store.Effect{}, fmt.Errorf("injected trouble: %s fails %d more times", name, uint64(t.FailedUndo)-n-1)
		}
		return do(c, before)
	}
}

// finishSaga wraps the call that ends a saga: late duplicates are delivered after it.
func (t *Injector) finishSaga(do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := do(c, before)
		if err == nil {
			t.deliverLate(c)
			t.mu.Lock()
			delete(t.of, c.OrderID)
			t.mu.Unlock()
		}
		return e, err
	}
}

func (t *Injector) down(participant string) bool {
	t.mu.Lock()
	since := time.Since(t.start)
	t.mu.Unlock()
	return slices.ContainsFunc(t.Outages, func(o Outage) bool {
		return o.Participant == participant && since >= o.From && since < o.To
	})
}

// history returns the calls of a saga; t.mu is held.
func (t *Injector) history(c store.Cart) *callHistory {
	p := t.of[c.OrderID]
	if p == nil {
		p = &callHistory{calls: map[string]uint64{}}
		t.of[c.OrderID] = p
	}
	return p
}

// count returns how often a call was made before.
func (t *Injector) count(c store.Cart, name string) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.history(c)
	p.calls[name]++
	return p.calls[name] - 1
}

// postpone keeps a duplicate for a later delivery.
func (t *Injector) postpone(c store.Cart, delivery func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.history(c)
	p.late = append(p.late, delivery)
}

// deliverLate delivers all duplicates of a saga's calls.
func (t *Injector) deliverLate(c store.Cart) {
	t.mu.Lock()
	p := t.history(c)
	late := p.late
	p.late = nil
	t.mu.Unlock()
	for _, delivery := range late {
		delivery()
	}
}
