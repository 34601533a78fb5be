package audit

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// judgeTraces calls look for each order of the run with its steps in the order of
// their effects. none is why nothing is exercised when no order has a step that is
// to be judged.
func judgeTraces(m *history.Model, none string, look func(q *ruling, i int, trace []purchase.Step)) ruling {
	q := ruling{none: none}
	if q.unknown, q.beyond = m.ComparableOrders(); q.unknown != "" {
		return q
	}
	orders, confirmed := 0, 0
	for i := range m.Orders {
		if m.IsOwn(i) {
			orders++
			if history.IsConfirmed(&m.Orders[i]) {
				confirmed++
			}
		}
	}
	switch shown := m.ShowsSteps(); {
	case orders == 0:
		q.none = "the state has no order of this run"
		return q
	case !shown && confirmed > 0:
		q.unknown, q.beyond = "the service shows no steps of its orders", true
		return q
	case !shown:
		q.none = "no order of this run took a step, as far as the service shows them"
		return q
	}
	for i := range m.Orders {
		if m.IsOwn(i) {
			judgeRow(m, &q, i, func(q *ruling) { look(q, i, inSequence(m.Orders[i].Steps)) })
		}
	}
	return q
}

// inSequence returns the steps in the order in which they took effect.
func inSequence(trace []purchase.Step) []purchase.Step {
	by := func(a, b purchase.Step) int { return cmp.Compare(a.Seq, b.Seq) }
	if !slices.IsSortedFunc(trace, by) {
		trace = slices.Clone(trace)
		slices.SortStableFunc(trace, by)
	}
	return trace
}

// visitEffects calls see for each effect with how often its step was done and
// compensated before it. It reports whether the trace has a compensation.
func visitEffects(trace []purchase.Step, see func(s *purchase.Step, did, undid int)) (compensated bool) {
	type past struct {
		name       string
		did, undid int
	}
	var room [8]past // a saga has few steps
	known := room[:0]
	for i := range trace {
		s := &trace[i]
		at := slices.IndexFunc(known, func(p past) bool { return p.name == s.Step })
		if at < 0 {
			at = len(known)
			known = append(known, past{name: s.Step})
		}
		see(s, known[at].did, known[at].undid)
		switch s.Action {
		case purchase.Do:
			known[at].did++
		case purchase.Compensate:
			known[at].undid++
			compensated = true
		}
	}
	return compensated
}

// judgeSteps judges every trace by a rule about single steps: wrong reports whether
// an effect should not have been. With only, an order without a compensation does
// not exercise the rule. says is the sentence of a counterexample, with the effect
// and the order to be filled in.
func judgeSteps(m *history.Model, only bool, none string, wrong func(s *purchase.Step, did, undid int) bool, says string) ruling {
	q := judgeTraces(m, none, func(q *ruling, i int, trace []purchase.Step) {
		bad := 0
		compensated := visitEffects(trace, func(s *purchase.Step, did, undid int) {
			if wrong(s, did, undid) {
				bad++
			}
		})
		if compensated || !only && len(trace) > 0 {
			q.judged++
		}
		if bad > 0 {
			q.add(i, int64(i), int64(bad))
		}
	})
	q.show = func(i int) Counterexample {
		which := ""
		visitEffects(inSequence(m.Orders[i].Steps), func(s *purchase.Step, did, undid int) {
			if which == "" && wrong(s, did, undid) {
				which = fmt.Sprintf("%s %s (step %d)", s.Action, s.Step, s.Seq)
			}
		})
		return traceCounterexample(m, i, fmt.Sprintf(says, which, m.Orders[i].OrderID))
	}
	return q
}

func traceCounterexample(m *history.Model, i int, says string) Counterexample {
	o := &m.Orders[i]
	c := Counterexample{Says: says, OrderID: o.OrderID, Key: o.IdempotencyKey, State: []string{orderLine(o)}}
	for n := range o.Steps {
		if len(c.State) < mostLines {
			c.State = append(c.State, stepLine(&o.Steps[n]))
		}
	}
	if d := m.PurchaseOf[i]; d != history.None {
		c.Attempts = attemptLines(m, d)
	}
	return c
}
