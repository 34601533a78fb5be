package audit

import (
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleT4 wants each step, and each compensation, to take effect at most once.
var ruleT4 = rule{
	id: "T4", title: "a step takes effect at most once",
	one: "order with steps", many: "orders with steps",
	restsOnFaults: true,
	judge:         stepOnce,
}

// stepOnce applies ruleT4; refs are orders.
func stepOnce(m *history.Model) ruling {
	return judgeSteps(m, false, "no order shows a step", func(s *purchase.Step, did, undid int) bool {
		return s.Action == purchase.Do && did > 0 || s.Action == purchase.Compensate && undid > 0
	}, "%s of order %s took effect a second time")
}
