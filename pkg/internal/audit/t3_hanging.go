package audit

import "sagalab/pkg/purchase"

// t3 wants a step to have no effect once it was compensated.
func t3(w *world) inquiry {
	return w.perStep(true, "no compensation ran", func(s *purchase.Step, _, undid int) bool {
		return s.Action == purchase.Do && undid > 0
	}, "%s of order %s took effect although it had been compensated before")
}
