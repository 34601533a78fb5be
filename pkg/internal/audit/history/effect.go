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
func (or *OrderIndex) effect(p *Purchase, current, final bool) (e Effect, byState bool) {
	switch {
	case p.Sent == 0 || p.KeyReused == p.Sent:
		return NoEffect, false
	case p.ConfirmedAt < Forever:
		return TookEffect, false
	case p.RefusedAt < Forever && p.Refusal == Invalid && p.Unclear == 0:
		return NoEffect, false
	case p.RefusedAt < Forever:
		return TakenBack, false
	case or.OrdersUnusable != "" || !current:
		return EffectOpen, false
	case p.ConfirmedOrders > 0:
		return TookEffect, true
	case p.Orders == 0 && or.keysShown && final && or.Keys[p.Key].Name != "":
		return NoEffect, false // the request did not arrive
	}
	return EffectOpen, false
}

// EffectOf returns what became of a purchase; byState is true when only the state
// says that it is confirmed.
func (m *Model) EffectOf(p *Purchase) (e Effect, byState bool) {
	return m.effect(p, m.NotThisRun == "", m.NotFinal == "")
}
