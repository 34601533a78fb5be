package audit

import (
	"fmt"
	"math"
	"slices"
)

// k3 wants a key to stay with its payload: another payload under it is never
// confirmed. It also wants a key that is sent again while its first attempt is
// still under way to be answered with the same order, if with any.
func k3(w *world) inquiry {
	q := inquiry{none: "no key was re-used with another payload, nor sent again while it was in flight"}
	for k := range w.keys {
		if w.keys[k].sent < 2 {
			continue
		}
		reused, inFlight := w.several(int32(k)), w.inFlight(int32(k))
		if !reused && !inFlight {
			continue
		}
		q.judged++
		if at, bad := w.reuseAccepted(int32(k)); reused && bad {
			q.add(k, at, 2)
		} else if ids, at, _ := w.named(int32(k)); inFlight && len(ids) > 1 {
			q.add(k, at, 1)
		}
	}
	q.show = func(k int) Counterexample {
		c := Counterexample{Key: w.keys[k].name, Attempts: w.lines(w.deedsOf(int32(k))...), State: w.ordersOf(int32(k))}
		if _, bad := w.reuseAccepted(int32(k)); bad {
			c.Says = fmt.Sprintf("key %s was re-used with another payload, and that was confirmed as well", c.Key)
		} else {
			c.Says = fmt.Sprintf("key %s was sent again while it was in flight, and was confirmed as another order", c.Key)
		}
		return c
	}
	return q
}

// inFlight reports whether a key was sent again before its last attempt had a
// definite answer.
func (h *history) inFlight(k int32) bool {
	for n := h.keys[k].first; n != none; n = h.deeds[n].next {
		tries := h.of(n)
		end, unclear := int64(math.MinInt64), false
		for _, i := range tries {
			t := &h.tries[i]
			if t.means == NotSent {
				continue
			}
			if unclear || t.start <= end {
				return true
			}
			end, unclear = max(end, t.end), !t.means.definite()
		}
	}
	return false
}

// reuseAccepted reports whether two payloads of a key were confirmed, or one
// after the other had been refused for stock or money and so had the key.
func (w *world) reuseAccepted(k int32) (at int64, bad bool) {
	var confirmed, denied []int64 // when
	firstSent := int64(math.MinInt64)
	for n := w.keys[k].first; n != none; n = w.deeds[n].next {
		d := &w.deeds[n]
		switch {
		case d.ok < forever:
			confirmed = append(confirmed, d.ok)
			firstSent = max(firstSent, d.from)
		case d.means == NoStock || d.means == NoMoney:
			denied = append(denied, d.no)
		}
	}
	if len(confirmed) > 1 {
		return slices.Max(confirmed), true
	}
	if len(confirmed) == 1 && len(denied) > 0 && w.disorder == "" && slices.Min(denied) < firstSent {
		return confirmed[0], true
	}
	return 0, false
}
