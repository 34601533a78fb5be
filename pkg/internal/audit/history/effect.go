package history

// fate is what became of a deed, as far as is known.
type Effect uint8

const (
	NoEffect   Effect = iota // it cannot have taken anything
	TookEffect               // it is confirmed
	TakenBack                // it was refused, and what it held given back
	EffectOpen               // it may have taken effect, or may yet
)

// effect says what became of a deed; resolved is true when only the state says that
// it is confirmed. current says that the state is of this run, final that it is what
// the run left behind.
func (x *OrderIndex) effect(d *Purchase, current, final bool) (f Effect, resolved bool) {
	switch {
	case d.Sent == 0 || d.KeyReused == d.Sent:
		return NoEffect, false
	case d.ConfirmedAt < Forever:
		return TookEffect, false
	case d.RefusedAt < Forever && d.Refusal == Invalid && d.Unclear == 0:
		return NoEffect, false
	case d.RefusedAt < Forever:
		return TakenBack, false
	case x.OrdersUnusable != "" || !current:
		return EffectOpen, false
	case d.ConfirmedOrders > 0:
		return TookEffect, true
	case d.Orders == 0 && x.keysShown && final && x.Keys[d.Key].Name != "":
		return NoEffect, false // it never arrived
	}
	return EffectOpen, false
}

// fate says what became of a deed; resolved is true when only the state says that
// it is confirmed.
func (w *Model) EffectOf(d *Purchase) (f Effect, resolved bool) {
	return w.effect(d, w.NotThisRun == "", w.NotFinal == "")
}
