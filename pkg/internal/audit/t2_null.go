package audit

import "sagalab/pkg/purchase"

// t2 wants a compensation to have no effect when there is no step to take back.
func t2(w *world) inquiry {
	return w.perStep(true, "no compensation ran", func(s *purchase.Step, did, undid int) bool {
		return s.Action == purchase.Compensate && undid >= did
	}, "%s of order %s took effect although there was nothing to take back")
}
