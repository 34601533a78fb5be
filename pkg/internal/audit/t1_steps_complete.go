package audit

import (
	"fmt"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleT1 wants a confirmed order to have done all of the saga's steps and undone none
// of them, and a cancelled one to have undone each step that it did. Steps, and their
// compensations, may come in any order, also in parallel. An order that is pending
// may have done and undone any of them.
//
// A compensation too many is left to ruleT2, a step too many to ruleT4.
var ruleT1 = rule{
	id: "T1", title: "a confirmed order did every step, a cancelled one undid what it did",
	one: "order with steps", many: "orders with steps",
	restsOnFaults: true,
	judge:         stepsComplete,
}

// stepsComplete applies ruleT1; refs are orders.
func stepsComplete(m *history.Model) ruling {
	steps := m.Options.SagaSteps()
	q := judgeTraces(m, "no order of this run shows a step", func(q *ruling, i int, trace []purchase.Step) {
		o := &m.Orders[i]
		if len(trace) == 0 && !history.IsConfirmed(o) {
			return // refused at the first step, or not begun
		}
		if len(trace) == 0 {
			q.unknown = fmt.Sprintf("confirmed order %s shows no steps, though others do", o.OrderID)
			return
		}
		q.judged++
		if wrongWay(o.Status, trace, steps) != "" {
			q.add(i, int64(i), int64(len(trace)))
		}
	})
	q.show = func(i int) Counterexample {
		o := &m.Orders[i]
		why := wrongWay(o.Status, inSequence(o.Steps), steps)
		return traceCounterexample(m, i, fmt.Sprintf("order %s is %s, but %s", o.OrderID, orNone(string(o.Status)), why))
	}
	return q
}

// wrongWay says what is wrong with the trace of an order, "" when nothing is.
func wrongWay(status purchase.Status, trace []purchase.Step, steps []string) string {
	switch status {
	case purchase.Confirmed:
		return wrongOfConfirmed(trace, steps)
	case purchase.Cancelled:
		return wrongOfCancelled(trace)
	}
	return ""
}

func wrongOfConfirmed(trace []purchase.Step, steps []string) string {
	for _, name := range steps {
		if !slices.ContainsFunc(trace, func(s purchase.Step) bool { return s.Step == name && s.Action == purchase.Do }) {
			return fmt.Sprintf("step %s never took effect", name)
		}
	}
	for i := range trace {
		if trace[i].Action == purchase.Compensate {
			return fmt.Sprintf("step %s of it was undone", trace[i].Step)
		}
	}
	return ""
}

func wrongOfCancelled(trace []purchase.Step) string {
	for i := range trace {
		if held := timesHeld(trace, trace[i].Step); held > 0 {
			if held < countDone(trace, trace[i].Step) {
				return fmt.Sprintf("step %s was done more often than it was undone", trace[i].Step)
			}
			return fmt.Sprintf("step %s was never undone", trace[i].Step)
		}
	}
	return ""
}

func countDone(trace []purchase.Step, name string) (n int) {
	for i := range trace {
		if trace[i].Step == name && trace[i].Action == purchase.Do {
			n++
		}
	}
	return n
}
