package audit

import (
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// t3 wants a step to have no effect once it was compensated.
func lateStep(m *history.Model) ruling {
	return judgeSteps(m, true, "no compensation ran", func(s *purchase.Step, _, undid int) bool {
		return s.Action == purchase.Do && undid > 0
	}, "%s of order %s took effect although it had been compensated before")
}
