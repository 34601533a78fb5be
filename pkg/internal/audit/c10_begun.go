package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// ruleC10 wants a purchase that was said to be in progress to have been begun: an
// order of its key appears, in whatever status.
//
// A key that was confirmed or refused in the end had been begun; so had one that was refused
// when it was asked for again after the load, as a refusal may leave no order. So may one have of
// which another attempt had no answer, or 5xx, or was turned away: the service may
// have begun with that one and given it up, leaving nothing. Without an order that is
// unknown, and so it is where requests were delivered twice, or attempts may be missing. That
// the first attempt of a key is answered so proves nothing: it may have begun what took longer
// than the service waits.
var ruleC10 = rule{
	id: "C10", title: "a purchase that was said to be in progress was begun",
	one: "key that was said to be in progress", many: "keys that were said to be in progress",
	restsOnFaults: true,
	judge:         inProgressBegun,
}

// inProgressBegun applies ruleC10; refs are keys.
func inProgressBegun(m *history.Model) ruling {
	q := ruling{none: "no key was said to be in progress"}
	ordered, refused := keysWithOrders(m), keysRefusedAgain(m)
	var missing []int32
	for k := range m.Keys {
		if m.Keys[k].Name == "" || !saidInProgress(m, int32(k)) {
			continue
		}
		if endedDefinitely(m, int32(k)) || ordered[int32(k)] || refused[int32(k)] {
			q.judged++
			continue
		}
		missing = append(missing, int32(k))
	}
	if len(missing) == 0 {
		return q
	}
	if q.unknown, q.beyond = whyOrderMayBeHidden(m); q.unknown != "" {
		return q
	}
	seen := stagesWithOrders(m)
	shown := shownUntil(m)
	for _, k := range missing {
		if at := firstInProgress(m, k).End; at > shown {
			q.unknown = fmt.Sprintf("key %s was said to be in progress so shortly before the state was read that its order need not be shown yet", m.Keys[k].Name)
			continue
		}
		if stage := firstInProgress(m, k).Stage; !m.Evidence.Sealed && !seen[stage] {
			q.unknown = fmt.Sprintf("the state has no order of stage %s at all: it was reset since, or is another service's", m.Stages[stage].Stage)
			continue
		}
		if why := begunByAnother(m, k); why != "" {
			q.unknown = fmt.Sprintf("key %s was said to be in progress and has no order, but %s", m.Keys[k].Name, why)
			continue
		}
		q.judged++
		q.add(int(k), lastEnd(m, k), 1)
	}
	q.show = func(ref int) Counterexample {
		k := int32(ref)
		return Counterexample{
			Key: m.Keys[k].Name, Attempts: attemptLines(m, purchasesOf(m, k)...),
			Says: fmt.Sprintf("%s said that a purchase under key %s was begun, but the state has no order of it", quoteAnswer(m, firstInProgress(m, k)), m.Keys[k].Name),
		}
	}
	return q
}

// keysWithOrders returns the keys that have an order in the state, as far as that is
// known.
func keysWithOrders(m *history.Model) map[int32]bool {
	if why, _ := m.ComparableOrders(); why != "" {
		return nil
	}
	keys := map[int32]bool{}
	for i := range m.Orders {
		k, n := m.KeyOf[i], m.PurchaseOf[i]
		if k != history.None && saidInProgress(m, k) && (n == history.None || !m.Purchases[n].Guessed || m.Orders[i].IdempotencyKey != "") {
			keys[k] = true
		}
	}
	return keys
}

// saidInProgress reports whether an answer to a key said that it is in progress.
func saidInProgress(m *history.Model, k int32) bool {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if m.Purchases[n].InProgress > 0 {
			return true
		}
	}
	return false
}

// endedDefinitely reports whether a purchase of a key was confirmed, or refused other
// than as bad input.
func endedDefinitely(m *history.Model, k int32) bool {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if p := &m.Purchases[n]; p.ConfirmedAt < history.Forever || p.RefusedAt < history.Forever && p.Refusal != history.Invalid {
			return true
		}
	}
	return false
}

// keysRefusedAgain returns the keys of which a purchase was refused, other than as bad input,
// when it was asked for again.
func keysRefusedAgain(m *history.Model) map[int32]bool {
	keys := map[int32]bool{}
	for i := range m.Evidence.AskedAgain {
		r := &m.Evidence.AskedAgain[i]
		meaning := m.AgainMeans(r)
		if n := repeated(m, r); n != history.None && meaning.IsRefusal() && meaning != history.Invalid {
			keys[m.Purchases[n].Key] = true
		}
	}
	return keys
}

// whyOrderMayBeHidden returns why the state may have no order of a purchase that was begun.
func whyOrderMayBeHidden(m *history.Model) (why string, beyond bool) {
	if why, beyond = m.ComparableOrders(); why != "" {
		return why, beyond
	}
	switch moving := stateMoving(m); {
	case !m.KeysShown():
		return noKeysShown, true
	case moving != "":
		return moving, false
	}
	for n := range m.Purchases {
		p := &m.Purchases[n]
		if p.RefusedAt < history.Forever && p.Refusal != history.Invalid && p.Orders == 0 && m.Keys[p.Key].Name != "" && m.RefusesPurchase(p, p.Refusal) {
			return "the service does not show the orders of purchases that it refused, and those in progress may have been refused in the end", false
		}
	}
	return "", false
}

// shownUntil returns until when the state shows what had been answered, in nanoseconds
// since 1970: the reading less the lag that the service declares. Without one, less the
// time for settling, or the last answer whose order is shown, whichever is later.
func shownUntil(m *history.Model) int64 {
	at, known := history.Nanoseconds(m.Evidence.After.At)
	if !known {
		return history.Forever // read after the last answer
	}
	if lag, declared := m.DeclaredLag(); declared {
		return at - int64(lag)
	}
	until := at - int64(m.Options.SettleTime())
	for n := range m.Purchases {
		if p := &m.Purchases[n]; p.Orders > 0 && !p.Guessed && p.ConfirmedAt < history.Forever {
			until = max(until, p.ConfirmedAt)
		}
	}
	return until
}

// stagesWithOrders returns the stages whose purchases have an order in the state.
func stagesWithOrders(m *history.Model) map[int32]bool {
	seen := map[int32]bool{}
	for n := range m.Purchases {
		if m.Purchases[n].Orders > 0 && !m.Purchases[n].Guessed {
			seen[m.StageOf(int32(n))] = true
		}
	}
	return seen
}

// begunByAnother returns why an attempt that was not answered with in progress may
// have begun a purchase that left nothing behind, "" when none can have before the
// first answer that said so. One that was turned away before did nothing.
func begunByAnother(m *history.Model, k int32) string {
	first := firstInProgress(m, k)
	if m.Incomplete != "" {
		return m.Incomplete
	}
	if stage := m.DeliveredTwice(); stage != "" {
		return fmt.Sprintf("the fault plan of stage %s delivered requests twice, and the other delivery may have begun it and given it up", stage)
	}
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		for _, i := range m.AttemptsOf(n) {
			a := &m.Attempts[i]
			switch {
			case a.Start > first.End:
			case a.Meaning == history.Unclear || a.Meaning == history.Pending:
				return "an attempt that had no answer, or 5xx, may have begun it and given it up"
			case a.Meaning.DidNothing() && a.Meaning != history.KeyReused && a.End >= first.Start:
				return "an attempt that was turned away at the same time may have begun it and given it up"
			}
		}
	}
	return ""
}

// firstInProgress returns the first attempt of a key that was said to be in progress.
func firstInProgress(m *history.Model, k int32) *history.Attempt {
	var first *history.Attempt
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		for _, i := range m.AttemptsOf(n) {
			if a := &m.Attempts[i]; a.Meaning == history.InProgress && (first == nil || a.End < first.End) {
				first = a
			}
		}
	}
	return first
}
