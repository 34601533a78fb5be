package audit

import (
	"fmt"
	"math"
	"slices"

	"sagalab/pkg/internal/audit/history"
)

// ruleK3 wants a key to stay with its payload: no other payload under it is
// confirmed, by an answer or by the state. A key that is sent again while an attempt
// is under way has to be answered with the same order, if with any. And a key that
// never had another payload is not refused as re-used; that is judged where the run
// alone used a service that was set to its fixture, since a key is remembered. A key that
// several operations sent after steps of their own need not have had one path, and what would
// violate the rule is unknown.
var ruleK3 = rule{
	id: "K3", title: "a key keeps its payload",
	one: "key that was re-used or sent while in flight", many: "keys that were re-used or sent while in flight",
	restsOnFaults: true,
	judge:         payloadPerKey,
}

// payloadPerKey applies ruleK3; refs are keys.
func payloadPerKey(m *history.Model) ruling {
	q := ruling{none: "no key was re-used with another payload, nor sent again while it was in flight"}
	fresh := m.Evidence.Sealed && m.Evidence.Fixture != nil && m.Evidence.Before == nil && m.Incomplete == "" && m.UnrecordedPayloads == 0
	for k := range m.Keys {
		refused := fresh && refusedAsReused(m, int32(k))
		if m.Keys[k].Sent < 2 && !refused {
			continue
		}
		reused, inFlight := m.HasSeveralPayloads(int32(k)), sentInFlight(m, int32(k))
		if !reused && !inFlight && !refused {
			continue
		}
		if m.IsLooseKey(int32(k)) && violatesK3(m, int32(k), refused, reused, inFlight) {
			q.unknown = looseKey(m, int32(k))
			continue
		}
		q.judged++
		if refused {
			q.add(k, m.Purchases[m.Keys[k].First].LastEnd, 1)
		} else if at, bad := reuseAccepted(m, int32(k)); reused && bad {
			q.add(k, at, 2)
		} else if ids, at := confirmedOrderIDs(m, int32(k)); inFlight && len(ids) > 1 {
			q.add(k, at, 1)
		}
	}
	q.show = func(k int) Counterexample {
		c := Counterexample{Key: m.Keys[k].Name, Attempts: attemptLines(m, purchasesOf(m, int32(k))...), State: orderLines(m, int32(k))}
		if _, bad := reuseAccepted(m, int32(k)); refusedAsReused(m, int32(k)) {
			c.Says = fmt.Sprintf("key %s was refused as re-used with another payload, but it was only ever sent with one: %s", orNone(c.Key), describePayload(&m.Purchases[m.Keys[k].First]))
		} else if bad {
			c.Says = fmt.Sprintf("key %s was re-used with another payload, and that was confirmed as well", c.Key)
		} else {
			c.Says = fmt.Sprintf("key %s was sent again while it was in flight, and was confirmed as another order", c.Key)
		}
		return c
	}
	return q
}

// violatesK3 reports whether a key violates the rule if its attempts are one purchase.
func violatesK3(m *history.Model, k int32, refused, reused, inFlight bool) bool {
	_, bad := reuseAccepted(m, k)
	ids, _ := confirmedOrderIDs(m, k)
	return refused || reused && bad || inFlight && len(ids) > 1
}

// refusedAsReused reports whether a key that was only ever sent with one payload was
// refused because of another one.
func refusedAsReused(m *history.Model, k int32) bool {
	p := &m.Purchases[m.Keys[k].First]
	return p.KeyReused > 0 && !m.HasSeveralPayloads(k) && !p.PayloadUnknown && m.Keys[k].Name != ""
}

// sentInFlight reports whether a key was sent again before its last attempt had a
// definite answer.
func sentInFlight(m *history.Model, k int32) bool {
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		tries := m.AttemptsOf(n)
		end, unclear := int64(math.MinInt64), false
		for _, i := range tries {
			a := &m.Attempts[i]
			if a.Meaning == history.NotSent {
				continue
			}
			if unclear || a.Start <= end {
				return true
			}
			end, unclear = max(end, a.End), !a.Meaning.IsDefinite()
		}
	}
	return false
}

// reuseAccepted reports whether two payloads of a key were confirmed, or one
// after the other had been refused for stock or money and so had the key.
func reuseAccepted(m *history.Model, k int32) (at int64, bad bool) {
	var confirmed, denied []int64 // when
	firstSent := int64(math.MinInt64)
	for n := m.Keys[k].First; n != history.None; n = m.Purchases[n].NextOfKey {
		p := &m.Purchases[n]
		switch {
		case p.ConfirmedAt < history.Forever || boughtByState(m, p):
			confirmed = append(confirmed, min(p.ConfirmedAt, p.LastEnd))
			firstSent = max(firstSent, p.FirstSent)
		case p.Refusal == history.NoStock || p.Refusal == history.NoMoney:
			denied = append(denied, p.RefusedAt)
		}
	}
	if len(confirmed) > 1 {
		return slices.Max(confirmed), true
	}
	if len(confirmed) == 1 && len(denied) > 0 && m.TimesUnusable == "" && slices.Min(denied) < firstSent {
		return confirmed[0], true
	}
	return 0, false
}

// boughtByState reports whether the state has a confirmed order of a purchase, and
// another one of its key.
func boughtByState(m *history.Model, p *history.Purchase) bool {
	return m.Keys[p.Key].ConfirmedOrders > 1 && p.ConfirmedOrders > 0 && !p.Guessed && !p.BeforeRun && !p.PayloadUnknown && m.NotThisRun == ""
}
