package audit

import (
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleT3 wants a step to have no effect once it was compensated.
var ruleT3 = rule{
	id: "T3", title: "a step after its compensation has no effect",
	one: "order with compensations", many: "orders with compensations",
	restsOnFaults: true,
	judge:         lateStep,
}

// lateStep applies ruleT3; refs are orders.
func lateStep(m *history.Model) ruling {
	return judgeSteps(m, true, "no compensation ran", func(s *purchase.Step, _, undid int) bool {
		return s.Action == purchase.Do && undid > 0
	}, "%s of order %s took effect although it had been compensated before")
}
