package history

import (
	"slices"
	"strings"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// addApart appends the rows h.apart of an operation, which may be None: its attempts at steps
// before the one that decides, and polls. Those at the one that decides are h.Attempts from
// first on. They belong to the purchase of the first of these, without one to that of the
// operation's key.
func (h *History) addApart(stage, op int32, first int, o *Options) {
	s := &h.Stages[stage]
	owner := int32(None)
	if first < len(h.Attempts) {
		owner = h.Attempts[first].Purchase
	} else if len(h.apart) > 0 {
		owner = h.ownerOf(stage, op, &s.Attempts[h.apart[0]])
	}
	if owner == None {
		return
	}
	done := map[string]bool{} // by step: answered as done, and whether with a replay
	held, tried, keys := map[string]int32{}, map[string]int32{}, map[string]string{}
	newKeys := false // for each attempt
	for _, row := range h.apart {
		a := &s.Attempts[row]
		part, _ := partOf(s, a)
		t := h.attemptOf(stage, op, row, a, part, o)
		t.Purchase = owner
		if part == Asks {
			h.setAsked(&t, a, first)
		} else {
			h.noteStepKey(a.Key, owner)
			if t.Meaning == StepDone {
				done[a.Step] = done[a.Step] || a.Replayed
			}
			if part == Prepares && leavesSomething(t.Meaning) && !a.Replayed {
				held[a.Step]++
			}
			if part == Prepares && t.Meaning != NotSent {
				key, known := keys[a.Step]
				newKeys, keys[a.Step] = newKeys || known && key != a.Key, a.Key
				tried[a.Step]++
			}
		}
		h.rest = append(h.rest, t)
	}
	if len(s.Steps) > 1 {
		h.countSteps(s, owner, first, done, held)
	}
	if newKeys { // a step may have been done twice, and another operation's be a replay of either
		h.Purchases[owner].ownSteps().Own++
	}
	for _, n := range tried {
		h.StepsSentAgain = h.StepsSentAgain || n > 1
	}
}

// leavesSomething reports whether an attempt at a step with this meaning may have left
// something at the service.
func leavesSomething(m Meaning) bool { return m != NotSent && !m.DidNothing() && !m.IsRefusal() }

// countSteps counts what the steps of one operation may have left, and whether it ended
// between them. done has the steps that were answered as done.
func (h *History) countSteps(s *runs.Stage, owner int32, first int, done map[string]bool, held map[string]int32) {
	c := h.Purchases[owner].ownSteps()
	most := int32(0)
	for _, n := range held {
		most = max(most, n)
	}
	c.Held += most
	last, replays := "", !deliversTwice(s)
	for _, step := range s.Steps[:len(s.Steps)-1] {
		replayed, ended := done[step]
		if replays = replays && replayed && held[step] == 0; ended {
			last = step
		}
	}
	if !replays {
		c.Own++
	}
	sent := false
	for i := first; i < len(h.Attempts); i++ {
		sent = sent || h.Attempts[i].Meaning != NotSent
	}
	if last != "" && !sent {
		h.Ended[last]++
	}
}

// duplicateFault is the fault that delivers a request twice.
const duplicateFault = "duplicate"

// deliversTwice reports whether the stage's fault plan delivered requests twice: then a replay may
// be of the request that it answers.
func deliversTwice(s *runs.Stage) bool {
	return slices.ContainsFunc(s.FaultWindows, func(w runs.FaultWindow) bool { return w.Fault == duplicateFault && w.Tested() })
}

// ownerOf returns the purchase of an operation that sent no attempt at the step that decides:
// by the operation's key, and without an operation by that of a row.
func (h *History) ownerOf(stage, op int32, a *runs.Attempt) int32 {
	p, known := h.payloadOf(stage, op)
	if !known {
		h.UnrecordedPayloads++
		return h.purchaseOf(strings.TrimSuffix(a.Key, "."+a.Step), p, true)
	}
	return h.purchaseOf(h.Stages[stage].Operations[op].Key, p, false)
}

// noteStepKey notes whose key a step was sent under.
func (h *History) noteStepKey(key string, owner int32) {
	if _, known := h.keyOf[key]; key != "" && !known {
		h.stepKeyOf[key] = h.Purchases[owner].Key
	}
}

// setAsked gives a poll, the next row of rest, the purchase of the attempt that it asks after, and
// the order that this named if the poll names none.
func (h *History) setAsked(t *Attempt, a *runs.Attempt, first int) {
	for i := first; i < len(h.Attempts); i++ {
		of := &h.Attempts[i]
		if of.Row == None || h.Stages[of.Stage].Attempts[of.Row].Number > a.Number {
			break
		}
		t.Purchase = of.Purchase
		if t.OrderID == None && t.Meaning == Confirmed && of.OrderID != None {
			t.OrderID, h.borrowed = of.OrderID, append(h.borrowed, int32(len(h.rest)))
		}
	}
}

// returnBorrowed takes the orders from polls that named none, unless answers that accept a purchase
// name its order: orders of the state have such an id. Else it may be that of the request.
func (h *History) returnBorrowed(polls []Attempt, orders []purchase.Order) {
	if len(h.borrowed) > 0 && !h.acceptsOrders(orders) {
		for _, i := range h.borrowed {
			polls[i].OrderID = None
		}
	}
	h.borrowed = nil
}

// acceptsOrders reports whether an answer that accepts a purchase named one of the orders.
func (h *History) acceptsOrders(orders []purchase.Order) bool {
	named := map[string]bool{}
	for i := range h.Attempts {
		if a := &h.Attempts[i]; a.Meaning == Pending && a.OrderID != None {
			named[h.OrderIDs[a.OrderID]] = true
		}
	}
	return slices.ContainsFunc(orders, func(o purchase.Order) bool { return named[o.OrderID] })
}

// applyApart adds to a purchase what an attempt at another step, or a poll, says of it.
func (h *History) applyApart(a *Attempt) {
	p := &h.Purchases[a.Purchase]
	h.LastAnswer = max(h.LastAnswer, a.End)
	if a.Meaning == NotSent {
		return
	}
	p.LastEnd = max(p.LastEnd, a.End)
	switch a.Part {
	case Asks:
		h.settle(p, a)
		return
	case Prepares:
		p.FirstSent = min(p.FirstSent, a.Start)
		p.ownSteps().Sent++
		if a.Meaning.DidNothing() {
			p.Steps.DidNothing++
		}
		if leavesSomething(a.Meaning) {
			p.Steps.Begun++
		}
	}
	if a.Meaning.IsRefusal() && a.End < p.Steps.refusedAt {
		p.ownSteps()
		p.Steps.refusedAt, p.Steps.refusal = a.End, a.Meaning
	}
}

// refuseBySteps refuses purchases that a step before the one that decides refused: those of
// which no attempt at that can have reached the service.
func (h *History) refuseBySteps() {
	for n := range h.Purchases {
		p := &h.Purchases[n]
		if p.Steps.refusedAt < Forever && p.Sent == 0 && p.ConfirmedAt == Forever && p.RefusedAt == Forever {
			p.RefusedAt, p.Refusal = p.Steps.refusedAt, p.Steps.refusal
		}
	}
}

// keyWith returns the key of a name, which may be that of a step of its purchase; step says
// that it is one. None without it.
func (h *History) keyWith(name string) (k int32, step bool) {
	if k, known := h.keyOf[name]; known {
		return k, false
	}
	if k, known := h.stepKeyOf[name]; known && name != "" {
		return k, true
	}
	return None, false
}

// IsKeyOf reports whether a name that the service shows is that of key k, or of a step of its
// purchase.
func (h *History) IsKeyOf(name string, k int32) bool {
	found, _ := h.keyWith(name)
	return found == k && k != None
}

// decidesAgain reports whether a purchase that was asked for again got its answer at the step
// that decides.
func decidesAgain(stages []runs.Stage, step string) bool {
	for i := range stages {
		if steps := stages[i].Steps; step != "" && len(steps) > 0 && step != steps[len(steps)-1] {
			return false
		}
	}
	return true
}

// AgainMeans returns what the answer to a purchase that was asked for again means: Unclear
// where it is that of a step before the one that decides, or says only that it is accepted.
func (m *Model) AgainMeans(r *Repeat) Meaning {
	meaning := m.Options.Meaning(&r.Attempt)
	if !decidesAgain(m.Stages, r.Attempt.Step) || meaning == purchase.MeansPending {
		return Unclear
	}
	return meaning
}
