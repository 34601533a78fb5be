package history

// StepCounts is what is known of the steps of a purchase before the one that decides.
type StepCounts struct {
	// Sent counts the attempts at them that may have reached the service, DidNothing those of
	// which the answer says that nothing was done, and Begun those that may have left
	// something there, such as a cart: all but those and the refused ones.
	Sent, DidNothing, Begun int32
	// Held is how many times what is bought may be held because of them, if a service keeps
	// no keys for steps: by operation the most attempts at one step that may have left
	// something and were no replays.
	Held int32
	// Own counts the operations whose steps were not all answered with replays of other
	// operations' alone: each may have made a cart of its own.
	Own int32
	// refusedAt and refusal are of the first refusal of a step.
	refusedAt int64
	refusal   Meaning
}

// noSteps is what purchases of one request share; it is not changed.
var noSteps = StepCounts{refusedAt: Forever}

// ownSteps returns Steps to be changed.
func (p *Purchase) ownSteps() *StepCounts {
	if p.Steps == &noSteps {
		p.Steps = &StepCounts{refusedAt: Forever}
	}
	return p.Steps
}

// IsLooseKey reports whether attempts under key k need not be one purchase for the service: a key
// holds for a path, which may name what a step before has made. So it is when several operations
// sent it, or may have where attempts may be missing, each after steps of its own, or for
// something else.
func (h *History) IsLooseKey(k int32) bool {
	own, steps := int32(0), int32(0)
	for n := h.Keys[k].First; n != None; n = h.Purchases[n].NextOfKey {
		own += h.Purchases[n].Steps.Own
		steps += h.Purchases[n].Steps.Sent
	}
	return own > 1 || steps > 0 && (h.Incomplete != "" || h.HasSeveralPayloads(k))
}

// AllDidNothing reports whether the purchase was sent, and each answer, of the steps before as
// well, says that nothing was done.
func (p *Purchase) AllDidNothing() bool {
	return p.Sent+p.Steps.Sent > 0 && p.DidNothing == p.Sent && p.Steps.DidNothing == p.Steps.Sent
}

// EndedBetween reports whether the purchase ended after steps that may have left something,
// and before any attempt at the one that decides can have done something.
func (p *Purchase) EndedBetween() bool {
	return p.Steps.Begun > 0 && p.Sent == p.DidNothing && p.ConfirmedAt == Forever
}

// MayHaveLeft returns how many times what a purchase buys may still be held for it, or for
// carts that were made for it in vain, beside what it bought.
func (m *Model) MayHaveLeft(n int32) int64 {
	p := &m.Purchases[n]
	if p.Steps.Begun == 0 || p.BeforeRun {
		return 0
	}
	bought, _ := m.EffectOf(p)
	if bought == TookEffect || p.Orders == 1 && !p.Guessed && !p.Vague && m.Orders[p.OrderRow].Status.Terminal() {
		return int64(max(0, p.Steps.Held-1))
	}
	return int64(max(1, p.Steps.Held))
}
