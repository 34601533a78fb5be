package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleC9 wants an answer that says that nothing was done to be true: a key all of
// whose attempts were answered so has neither an order, in whatever status, nor moved
// any money. Where steps before the one that decides were done, it has no confirmed one. One attempt that may have done something, in whatever operation, is
// enough to explain an order. An answer that the key had been confirmed before proves it
// as well (replayed_nothing.go).
var ruleC9 = rule{
	id: "C9", title: "an answer that says that nothing was done left nothing behind",
	one: "key that was answered as one for which nothing was done", many: "keys that were answered as ones for which nothing was done",
	restsOnFaults: true,
	judge:         nothingLeftBehind,
}

// nothingLeftBehind applies ruleC9; refs are keys.
func nothingLeftBehind(m *history.Model) ruling {
	q := ruling{none: "no key was answered in all its attempts as one for which nothing was done"}
	promises, why := falsePromises(m), doubtOfNothing(m)
	var left map[int32]int32
	q.show = func(k int) Counterexample {
		if x, replayed := promises[int32(k)]; replayed {
			return falsePromiseCounterexample(m, int32(k), x)
		}
		return leftBehindCounterexample(m, int32(k), left[int32(k)])
	}
	for k, x := range promises {
		if why := cmp.Or(why, doubtOfReplay(m, x.replay)); why != "" {
			q.unknown = fmt.Sprintf("nothing happened to key %s as one answer says, and another one that it was confirmed before, but %s", m.Keys[k].Name, why)
			continue
		}
		q.judged++
		q.add(int(k), x.replay.End, 2)
	}
	keys := 0
	for k := range m.Keys {
		if answeredNothingDone(m, int32(k)) {
			keys++
		}
	}
	if keys == 0 {
		return q
	}
	if unusable, beyond := m.ComparableOrders(); unusable != "" {
		q.unknown, q.beyond = unusable, beyond
		return q
	}
	if !m.KeysShown() {
		q.unknown, q.beyond = noKeysShown, true
		return q
	}
	left = leftBehind(m)
	for k := range m.Keys {
		if !answeredNothingDone(m, int32(k)) {
			continue
		}
		if _, found := left[int32(k)]; !found {
			q.judged++
			continue
		}
		if why != "" {
			q.unknown = fmt.Sprintf("something was done for key %s, which was answered as if not, but %s", m.Keys[k].Name, why)
			continue
		}
		q.judged++
		q.add(k, lastEnd(m, int32(k)), 1)
	}
	if q.unknown == "" {
		q.unknown = stateMoving(m)
	}
	return q
}

// noKeysShown is why rules that look for the orders of a key cannot.
const noKeysShown = "the service does not show the keys of its orders"

// answeredNothingDone reports whether a key was sent, and each answer said that nothing was
// done. Requests without a key are not looked at: no order can be told to be theirs.
func answeredNothingDone(m *history.Model, k int32) bool {
	if m.Keys[k].Name == "" || m.Keys[k].Sent == 0 {
		return false
	}
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if p := &m.Purchases[n]; p.DidNothing < p.Sent || p.ConfirmedAt < history.Forever {
			return false
		}
	}
	return true
}

// begunBySteps reports whether steps before the one that decides may have made an order of a
// key.
func begunBySteps(m *history.Model, k int32) bool {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if m.Purchases[n].Steps.Begun > 0 {
			return true
		}
	}
	return false
}

// doubtOfNothing returns why an order under a key that was turned away may have been
// made by something else than the attempts recorded, "" when it cannot.
func doubtOfNothing(m *history.Model) string {
	if stage := m.DeliveredTwice(); stage != "" {
		return fmt.Sprintf("the fault plan of stage %s delivered requests twice, of which only one answer is known", stage)
	}
	switch {
	case m.Evidence.Sealed || m.BeforeComplete:
		return m.Incomplete
	case m.Evidence.Fixture == nil || m.Evidence.Before != nil:
		return doneBefore
	case m.OtherOrders() > 0:
		return "another client may have sent it: the state has " + m.OtherTraffic()
	}
	return m.Incomplete // the fixture dropped the orders of before
}

// doneBefore is why an order need not be of the run.
const doneBefore = "it may have been done before the run: the orders of then were not read"

// doubtOfReplay returns why a replay may be of a purchase from before the run, "" when it
// is not: a service that applied a fixture has dropped the orders of before, but may still
// know their keys.
func doubtOfReplay(m *history.Model, replay *history.Attempt) string {
	if m.Evidence.Sealed || m.BeforeComplete {
		return ""
	}
	if row := m.Row(replay.OrderID); row != history.None && m.Orders[row].IdempotencyKey == m.Keys[m.Purchases[replay.Purchase].Key].Name {
		return ""
	}
	return doneBefore
}

// leftBehind returns, by key for which nothing was done, an order of it: a row, or
// None when only the ledger has an entry for an order that an answer named.
func leftBehind(m *history.Model) map[int32]int32 {
	left := map[int32]int32{}
	for i := range m.Orders {
		k := m.KeyOf[i]
		if k == history.None || m.Repeated[i] || m.Origins[i] != history.Ours || !answeredNothingDone(m, k) || begunBySteps(m, k) && !history.IsConfirmed(&m.Orders[i]) {
			continue
		}
		if n := m.PurchaseOf[i]; n == history.None && answeredKeyReused(m, k) || n != history.None && m.Purchases[n].Guessed {
			continue
		}
		if row, known := left[k]; !known || history.IsConfirmed(&m.Orders[i]) && !history.IsConfirmed(&m.Orders[row]) {
			left[k] = int32(i)
		}
	}
	if m.LedgerUnusable() != "" {
		return left
	}
	named := map[string]int32{}
	for i := range m.Attempts {
		a := &m.Attempts[i]
		k := m.Purchases[a.Purchase].Key
		if a.OrderID == history.None || !a.Meaning.DidNothing() || a.Meaning == history.KeyReused || m.NamedBy(a.OrderID) != k || !answeredNothingDone(m, k) || begunBySteps(m, k) {
			continue
		}
		if _, known := left[k]; !known && m.Row(a.OrderID) == history.None {
			named[m.OrderIDs[a.OrderID]] = k
		}
	}
	for i := range m.Evidence.After.Ledger {
		if k, hit := named[m.Evidence.After.Ledger[i].OrderID]; hit && len(named) > 0 {
			left[k] = history.None
		}
	}
	return left
}

// answeredKeyReused reports whether an answer said that a key belongs to another payload.
func answeredKeyReused(m *history.Model, k int32) bool {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		if m.Purchases[n].KeyReused > 0 {
			return true
		}
	}
	return false
}

// lastEnd returns when the last attempt of a key had ended.
func lastEnd(m *history.Model, k int32) (at int64) {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		at = max(at, m.Purchases[n].LastEnd)
	}
	return at
}

// stateMoving returns why the state may still lack an order that was made, "" when it
// does not. Orders that are pending do not count: they are shown.
func stateMoving(m *history.Model) string {
	if after := m.Evidence.After; after.Unsettled != "" {
		return after.Unsettled
	}
	return m.ReadBefore(m.LastAnswer, m.LastAnswer)
}

func leftBehindCounterexample(m *history.Model, k, row int32) Counterexample {
	name := m.Keys[k].Name
	c := Counterexample{Key: name, Attempts: attemptLines(m, purchasesOf(m, k)...)}
	promise := lastAnswerOf(m, k, history.Meaning.DidNothing)
	what, id := "no order", ""
	if promise != nil && promise.OrderID != history.None {
		id = m.OrderIDs[promise.OrderID]
	}
	if row != history.None {
		o := &m.Orders[row]
		id = o.OrderID
		what = fmt.Sprintf("order %s of it, %s", id, orNone(string(o.Status)))
		c.State = append(c.State, orderLine(o))
	}
	c.OrderID = id
	money, lines := moneyOf(m, id)
	c.State = append(c.State, lines...)
	if money != "" {
		what += ", and " + money
	}
	c.Says = fmt.Sprintf("%s said that nothing happened to key %s, but the state has %s", quoteAnswer(m, promise), name, what)
	return c
}

// lastAnswerOf returns the last attempt of a key whose meaning fits, nil without one.
func lastAnswerOf(m *history.Model, k int32, fits func(history.Meaning) bool) *history.Attempt {
	var last *history.Attempt
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		for _, i := range m.AttemptsOf(n) {
			if a := &m.Attempts[i]; a.Meaning != history.NotSent && fits(a.Meaning) && (last == nil || a.End > last.End) {
				last = a
			}
		}
	}
	return last
}

// quoteAnswer names an answer, and whose it may be: "503 overloaded".
func quoteAnswer(m *history.Model, a *history.Attempt) string {
	if a == nil {
		return "an answer"
	}
	l := attemptLine(m, a)
	if l.Reason == "" || strings.HasPrefix(l.Reason, "http_") {
		return fmt.Sprintf("%d without a code, of the service or of a proxy before it,", l.Status)
	}
	return fmt.Sprintf("%d %s", l.Status, l.Reason)
}

// moneyOf says what the ledger has for an order: "a charge of 300 and a refund of 300",
// "" without any; and lists the entries.
func moneyOf(m *history.Model, id string) (words string, lines []string) {
	if id == "" || m.LedgerUnusable() != "" {
		return "", nil
	}
	var moved []string
	for i := range m.Evidence.After.Ledger {
		e := &m.Evidence.After.Ledger[i]
		if e.OrderID != id || len(lines) == mostLines {
			continue
		}
		lines = append(lines, entryLine(e))
		switch e.Kind {
		case purchase.Charge, purchase.Refund:
			moved = append(moved, fmt.Sprintf("a %s of %d", e.Kind, e.Amount))
		default:
			moved = append(moved, fmt.Sprintf("an entry %q of %d", e.Kind, e.Amount))
		}
	}
	return strings.Join(slices.Compact(moved), " and "), lines
}
