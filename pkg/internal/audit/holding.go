package audit

import (
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// holding tells which purchases cannot have held anything of a kind of resource, the
// stocks or the balances, while they were under way:
//
//   - who was refused for too little of it did not get any of it, unless a step before held it;
//   - an order whose steps are shown, and the one that takes of it is not among them,
//     did not take any.
//
// Only the first is known of answers alone, and only where every attempt was answered:
// an attempt without an answer may have begun the purchase, and taken back what that
// held, before another one was refused.
type holding struct {
	m *history.Model
	// step is the saga's step that takes from the resource, lack the refusal for too
	// little of it.
	step string
	lack history.Meaning
	// orders: the state shows the orders that the run left behind, with their keys.
	// traced: and of each of them the steps, which are named as in the contract.
	orders, traced bool
	clocks         []serviceClock // by stage
}

// newHolding looks at the state's orders, in O(n) for n steps.
func newHolding(m *history.Model, step string, lack history.Meaning) *holding {
	h := &holding{m: m, step: step, lack: lack}
	why, _ := m.FinalState(history.OrdersCall)
	if h.orders = why == "" && m.KeysShown(); !h.orders {
		return h
	}
	h.clocks = newServiceClocks(m)
	confirmed, cancelled := false, false // one with steps
	for i := range m.Orders {
		o := &m.Orders[i]
		switch {
		case history.IsConfirmed(o) && !wasDone(o.Steps, step):
			return h // it shows no steps, or has other names for them
		case history.IsConfirmed(o):
			confirmed = true
		case o.Status == purchase.Cancelled && len(o.Steps) > 0:
			cancelled = true
		}
	}
	h.traced = confirmed && cancelled
	return h
}

// wasDone reports whether a trace shows that a step took effect.
func wasDone(trace []purchase.Step, step string) bool {
	for i := range trace {
		if trace[i].Step == step && trace[i].Action == purchase.Do {
			return true
		}
	}
	return false
}

// none reports whether a purchase that is not confirmed held nothing at any time.
func (h *holding) none(p *history.Purchase) bool {
	if o := h.onlyOrder(p); o != nil && o.Status == purchase.Cancelled {
		return h.traced && !wasDone(o.Steps, h.step) || reasonMeans(h.m, o) == h.lack
	}
	return p.RefusedAt < history.Forever && p.Refusal == h.lack && p.Unclear == 0 && p.Orders <= 1 && p.Steps.Begun == 0
}

// releasedBy returns when purchase n, which is not confirmed, had given back what it held,
// Forever when that is not known: when it was refused, or when its order had ended. A
// refusal for no known reason may be of a proxy, which knows nothing of an attempt that
// was not answered; and after any, what steps before the one that decides hold may stay held.
func (h *holding) releasedBy(n int32) int64 {
	p := &h.m.Purchases[n]
	end := int64(history.Forever)
	if p.RefusedAt < history.Forever && p.Steps.Begun == 0 && (p.Refusal != history.Declined || p.Unclear == 0) {
		if end = p.RefusedAt; p.Orders > 1 || p.Refusal == history.Invalid {
			end = p.LastEnd
		}
	}
	if o := h.onlyOrder(p); o != nil && o.Status == purchase.Cancelled {
		end = min(end, h.clocks[stageOf(h.m, n)].endOf(o))
	}
	return max(end, p.FirstSent)
}

// onlyOrder returns the one order that a purchase has in the state, nil when it has
// none or several, or that is not known.
func (h *holding) onlyOrder(p *history.Purchase) *purchase.Order {
	if !h.orders || p.Orders != 1 || p.Guessed || p.Vague || h.m.Keys[p.Key].Name == "" && p.Unclear > 0 {
		return nil
	}
	return &h.m.Orders[p.OrderRow]
}

// reasonMeans returns what the reason that the state gives for a cancelled order
// means, Unclear when that is not known.
func reasonMeans(m *history.Model, o *purchase.Order) history.Meaning {
	if meaning, known := m.Options.Answers[string(o.Reason)]; known && o.Reason != "" {
		return meaning
	}
	switch o.Reason {
	case purchase.OutOfStock:
		return history.NoStock
	case purchase.InsufficientBalance:
		return history.NoMoney
	}
	return history.Unclear
}
