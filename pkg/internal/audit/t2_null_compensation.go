package audit

import (
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// ruleT2 wants a compensation to have no effect when there is no step to take back:
// in the order of the effects, each compensation of a step needs an earlier effect of
// that step that was not yet undone. Where steps run in parallel, the order matters
// only between a step and its own compensation.
var ruleT2 = rule{
	id: "T2", title: "a compensation without its step has no effect",
	one: "order with compensations", many: "orders with compensations",
	restsOnFaults: true,
	judge:         nullCompensation,
}

// nullCompensation applies ruleT2; refs are orders.
func nullCompensation(m *history.Model) ruling {
	return judgeSteps(m, true, "no compensation ran", func(s *purchase.Step, did, undid int) bool {
		return s.Action == purchase.Compensate && undid >= did
	}, "%s of order %s took effect although there was nothing to take back")
}
