package shop

import (
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// giveUp wraps the calls before the point of no return so that a saga gives up after so many
// of one step that failed: it is refused with failed_dependency, and since the step may have
// taken effect all the same, the saga undoes it, too. 0 never gives up. A compensation and a
// sale are always repeated until they succeed.
func giveUp(p store.Calls, after int) store.Calls {
	if after == 0 {
		return p
	}
	bounded := func(do store.Call) store.Call {
		return func(c store.Cart, before store.Effect) (store.Effect, error) {
			e, err := do(c, before)
			if err != nil && c.Attempt >= after {
				return store.Effect{Refused: purchase.FailedDependency, Amount: before.Amount, At: max(time.Now().UnixNano(), before.At+1)}, nil
			}
			return e, err
		}
	}
	p.Reserve, p.Charge = bounded(p.Reserve), bounded(p.Charge)
	return p
}
