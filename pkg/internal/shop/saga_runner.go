package shop

import (
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// maxRunningSagas bounds the sagas that run at a time; further ones wait in order.
// The engine's one connection goes to a random waiter, so that with all sagas
// running at once some purchases took five times as long as others.
const maxRunningSagas = 32

// sagaRunner runs the sagas of this process. It is safe for concurrent use.
type sagaRunner struct {
	saga      *saga
	engine    *engine // nil until it is opened
	inflight  *inflightSagas
	admission *admission
	slots     chan struct{} // holds an element for each running saga, see maxRunningSagas
}

// start starts the saga f of an order. It gives a place of admission back when the
// engine has recorded the saga's end.
func (r *sagaRunner) start(f *inflightSaga, o purchase.Order) {
	go func() {
		r.slots <- struct{}{}
		f.complete(r.engine.run(store.Cart{
			OrderID: o.OrderID, UserID: int64(o.UserID), ProductID: int64(o.ProductID), Quantity: o.Quantity, Key: o.IdempotencyKey,
		}))
		<-r.slots
		r.inflight.remove(o.OrderID)
		r.admission.leave()
	}()
}
