package history

// Effect is what became of a purchase, as far as is known.
type Effect uint8

// The effects.
const (
	NoEffect   Effect = iota // it took nothing at any time
	TookEffect               // it is confirmed
	TakenBack                // it was refused, and what it held was given back
	EffectOpen               // it may have taken effect, or may do so later
)

// effect returns what became of a purchase; byState is true when only the state
// says that it is confirmed. current says that the state is of this run, final that
// it is what the run left behind.
//
// A confirmed order counts for more than a refusal, and any order for more than an
// answer that says that nothing was done: the orders are what took from stock and
// balance. That the answers were wrong is another matter. What steps before the one that
// decides have left may hold some of it without an order.
func (or *OrderIndex) effect(p *Purchase, current, final bool) (e Effect, byState bool) {
	shown := or.OrdersUnusable == "" && current
	refused := p.RefusedAt < Forever
	didNothing := p.AllDidNothing()
	switch {
	case p.Sent+p.Steps.Sent == 0:
		return NoEffect, false
	case p.ConfirmedAt < Forever:
		return TookEffect, false
	case shown && p.ConfirmedOrders > 0 && !p.Vague && !(p.Guessed && (refused || didNothing)):
		return TookEffect, true
	case didNothing && (!shown || p.Orders == 0 || p.Guessed || p.Vague):
		return NoEffect, false
	case refused && !didNothing:
		return TakenBack, false
	case shown && p.Orders == 0 && !p.Vague && or.keysShown && final && or.Keys[p.Key].Name != "" && p.Steps.Begun == 0:
		return NoEffect, false // the request did not arrive
	}
	return EffectOpen, false
}

// EffectOf returns what became of a purchase; byState is true when only the state
// says that it is confirmed.
func (m *Model) EffectOf(p *Purchase) (e Effect, byState bool) {
	return m.effect(p, m.NotThisRun == "", m.NotFinal == "")
}
