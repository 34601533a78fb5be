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
func (i *Injector) Reset() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.start = time.Now()
	clear(i.of)
}

// Wrap returns p with t in front of every call.
func (i *Injector) Wrap(p store.Calls) store.Calls {
	if i.IsZero() {
		return p
	}
	return store.Calls{
		Reserve:           i.interfere(ParticipantStock, "reserve", p.Reserve),
		Release:           i.interfere(ParticipantStock, "release", i.failFirst("release", p.Release)),
		Sell:              i.interfere(ParticipantStock, "sell", p.Sell),
		Charge:            i.interfere(ParticipantPayments, "charge", p.Charge),
		Refund:            i.interfere(ParticipantPayments, "refund", i.failFirst("refund", p.Refund)),
		BeginCompensation: i.interfere(ParticipantOrders, "compensating", p.BeginCompensation),
		Confirm:           i.finishSaga(i.interfere(ParticipantOrders, "confirm", p.Confirm)),
		Cancel:            i.finishSaga(i.interfere(ParticipantOrders, "cancel", p.Cancel)),
	}
}

// interfere wraps a call with what may go wrong with any call.
func (i *Injector) interfere(participant, name string, do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		n := i.count(c, name)
		draw := func(what string) float64 { return keyed.Fraction(i.seed, name+" "+what, c.DrawKey(), n) }
		if i.Delay > 0 {
			time.Sleep(time.Duration(draw("delay") * float64(i.Delay)))
		}
		if i.down(participant) {
			return store.Effect{}, fmt.Errorf("injected trouble: %s is down", participant)
		}
		if draw("arrival") < 0.5 {
			i.deliverLate(c)
		}
		e, err := do(c, before)
		if err != nil {
			return e, err
		}
		if draw("duplicate") < i.Duplicate {
			i.postpone(c, func() { _, _ = do(c, before) }) // its reply is discarded
			if draw("hurry") < 0.5 {
				i.deliverLate(c)
			}
		}
		if draw("reply") < i.LostReply {
			return store.Effect{}, fmt.Errorf("injected trouble: the reply of %s to %s was lost", participant, name)
		}
		return e, nil
	}
}

// failFirst wraps a compensation so that its first calls fail.
func (i *Injector) failFirst(name string, do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		if n := i.count(c, "failing "+name); n < uint64(i.FailedUndo) {
			return store.Effect{}, fmt.Errorf("injected trouble: %s fails %d more times", name, uint64(i.FailedUndo)-n-1)
		}
		return do(c, before)
	}
}

// finishSaga wraps the call that ends a saga: late duplicates are delivered after it.
func (i *Injector) finishSaga(do store.Call) store.Call {
	return func(c store.Cart, before store.Effect) (store.Effect, error) {
		e, err := do(c, before)
		if err == nil {
			i.deliverLate(c)
			i.mu.Lock()
			delete(i.of, c.OrderID)
			i.mu.Unlock()
		}
		return e, err
	}
}

func (i *Injector) down(participant string) bool {
	i.mu.Lock()
	since := time.Since(i.start)
	i.mu.Unlock()
	return slices.ContainsFunc(i.Outages, func(o Outage) bool {
		return o.Participant == participant && since >= o.From && since < o.To
	})
}

// history returns the calls of a saga; t.mu is held.
func (i *Injector) history(c store.Cart) *callHistory {
	p := i.of[c.OrderID]
	if p == nil {
		p = &callHistory{calls: map[string]uint64{}}
		i.of[c.OrderID] = p
	}
	return p
}

// count returns how often a call was made before.
func (i *Injector) count(c store.Cart, name string) uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	p := i.history(c)
	p.calls[name]++
	return p.calls[name] - 1
}

// postpone keeps a duplicate for a later delivery.
func (i *Injector) postpone(c store.Cart, delivery func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	p := i.history(c)
	p.late = append(p.late, delivery)
}

// deliverLate delivers all duplicates of a saga's calls.
func (i *Injector) deliverLate(c store.Cart) {
	i.mu.Lock()
	p := i.history(c)
	late := p.late
	p.late = nil
	i.mu.Unlock()
	for _, delivery := range late {
		delivery()
	}
}
