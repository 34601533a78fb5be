package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleT1 wants an order to have gone one of the saga's ways: all steps in their
// order if it is confirmed; if it is cancelled, the first few and then their
// compensations in reverse order; a beginning of either while it is pending.
var ruleT1 = rule{
	id: "T1", title: "steps and compensations follow the saga's order",
	one: "order with steps", many: "orders with steps",
	restsOnFaults: true,
	judge:         stepOrder,
}

// stepOrder applies ruleT1; refs are orders.
func stepOrder(m *history.Model) ruling {
	q := ruling{none: "no order shows a step"}
	steps := m.Options.SagaSteps()
	q.unknown, q.beyond = visitTraces(m, func(i int, trace []purchase.Step) {
		o := &m.Orders[i]
		if len(trace) == 0 && !history.IsConfirmed(o) {
			return // refused at the first step, or not begun
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
	done := 0
	for done < len(trace) && trace[done].Action == purchase.Do {
		if done >= len(steps) || trace[done].Step != steps[done] {
			return fmt.Sprintf("effect %d is %s %s, want %s", done+1, trace[done].Action, trace[done].Step, expected(steps, done))
		}
		done++
	}
	left := done
	for _, s := range trace[done:] {
		if left == 0 || s.Action != purchase.Compensate || s.Step != steps[left-1] {
			return fmt.Sprintf("after %s and %s the next effect is %s %s, want %s",
				history.Counted(done, "step", "steps"), history.Counted(done-left, "compensation", "compensations"), s.Action, s.Step, undone(steps, left))
		}
		left--
	}
	switch compensating := len(trace) > done; {
	case status == purchase.Confirmed && compensating:
		return "steps of it were compensated"
	case status == purchase.Confirmed && done < len(steps):
		return fmt.Sprintf("step %s never took effect", steps[done])
	case status == purchase.Cancelled && left > 0:
		return fmt.Sprintf("step %s was never compensated", steps[left-1])
	}
	return ""
}

func expected(steps []string, i int) string {
	if i < len(steps) {
		return "do " + steps[i] + " or a compensation"
	}
	return "no further effect or a compensation"
}

func undone(steps []string, left int) string {
	if left == 0 {
		return "no further effect"
	}
	return "compensate " + steps[left-1]
}
