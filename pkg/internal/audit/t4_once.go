package audit

import "sagalab/pkg/purchase"

// t4 wants each step, and each compensation, to take effect at most once.
func t4(w *world) inquiry {
	return w.perStep(false, "no order shows a step", func(s *purchase.Step, did, undid int) bool {
		return s.Action == purchase.Do && did > 0 || s.Action == purchase.Compensate && undid > 0
	}, "%s of order %s took effect a second time")
}
