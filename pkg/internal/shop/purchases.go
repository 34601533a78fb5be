package shop

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// purchases stores orders, starts their sagas and waits for them. It is safe for
// concurrent use.
type purchases struct {
	participants *store.Store
	catalog      *catalogCache
	sagas        *sagaRunner
	remote       *remoteSagas
	wait         time.Duration // longest wait of a request for its saga
	logger       *slog.Logger
}

// buy runs a purchase to its end, or joins the one that has the same key. It returns
// the order as it is when the saga or the wait ends. ctx ends the wait and not the
// purchase.
func (p *purchases) buy(ctx context.Context, req purchase.Request) (o purchase.Order, replayed bool, err error) {
	if err := p.sagas.admission.enter(); err != nil {
		return o, false, purchase.NewProblem(purchase.Overloaded, err.Error()+"; ask again later")
	}
	started := false // a saga that is started gives its place back itself
	defer func() {
		if !started {
			p.sagas.admission.leave()
		}
	}()
	id, err := uuid.NewV7()
	if err != nil {
		return o, false, err
	}
	o, f, created, err := p.place(id.String(), req)
	if err != nil {
		return o, false, p.placeProblem(req, err)
	}
	leave := func() {}
	switch {
	case created:
		started = true
		p.sagas.start(f, o)
	case !samePayload(o, req):
		return o, false, keyReused()
	case f == nil && !o.Status.Terminal(): // it runs in another process, or is stranded
		f, leave = p.remote.join(o.OrderID)
	}
	p.await(ctx, f)
	leave()
	o, err = p.refresh(o)
	return o, !created, err
}

// place stores an order, or finds the one that has its key, and returns its saga,
// nil when it has none in this process.
func (p *purchases) place(id string, req purchase.Request) (o purchase.Order, f *inflightSaga, created bool, err error) {
	const maxTries = 4
	for try := 1; ; try++ {
		if err := p.catalog.check(req); err != nil {
			return o, nil, false, p.keyBefore(req, err)
		}
		token := p.catalog.token()
		// The saga is added before the order, so that the order never looks stranded.
		f = p.sagas.inflight.add(id, token.Process)
		o, created, err = p.participants.Orders.Create(id, req, token)
		if created {
			return o, f, true, nil
		}
		p.sagas.inflight.remove(id)
		f.complete(err)
		if err == nil {
			return o, p.sagas.inflight.get(o.OrderID), false, nil
		}
		if try == maxTries || !errors.Is(err, store.ErrOldFixture) {
			return o, nil, false, err
		}
		if err := p.catalog.reload(); err != nil {
			return o, nil, false, err
		}
	}
}

// keyBefore returns the problem with a request whose user, product or payment method is
// unknown: a key that has an order comes before it.
func (p *purchases) keyBefore(req purchase.Request, unknown error) error {
	if problem := (purchase.Problem{}); req.IdempotencyKey == "" || !errors.As(unknown, &problem) {
		return unknown
	}
	used, err := p.participants.Orders.HasKey(req.IdempotencyKey)
	switch {
	case err != nil:
		return err
	case used:
		return keyReused()
	}
	return unknown
}

func keyReused() error {
	return purchase.NewProblem(purchase.KeyReused, "the idempotency key was used for another purchase: use a new key for a new purchase")
}

// placeProblem translates the error of an order that was not stored, or may not have
// been.
func (p *purchases) placeProblem(req purchase.Request, err error) error {
	switch {
	case errors.Is(err, store.ErrPaused), errors.Is(err, store.ErrLeaseLost), errors.Is(err, store.ErrOldFixture):
		return purchase.NewProblem(purchase.Overloaded, err.Error()+"; ask again later")
	case errors.Is(err, store.ErrCommitUnknown) && req.IdempotencyKey == "":
		return err
	case errors.Is(err, store.ErrCommitUnknown):
		p.logger.Warn("the database connection was lost during a commit: a purchase may or may not be stored", "error", err)
		return purchase.NewProblem(purchase.InProgress, "the database connection was lost meanwhile: ask again with the same key")
	case store.IsUnreachable(err):
		p.logger.Warn("a purchase was refused: the database is unreachable", "error", err)
		return purchase.NewProblem(purchase.Overloaded, "the service cannot reach its database; ask again later")
	}
	return err
}

// refresh reads an order again. Steps and amount are read only when it has ended:
// before that, a participant may hang.
func (p *purchases) refresh(o purchase.Order) (purchase.Order, error) {
	now, effects, found, err := p.participants.Orders.Find(o.OrderID)
	switch {
	case err == nil && !found:
		return o, purchase.NewProblem(purchase.Overloaded, "a new fixture was set meanwhile; ask again")
	case err == nil && now.Status.Terminal():
		now, err = p.participants.AddEffects(now, effects)
	}
	if store.IsUnreachable(err) {
		p.logger.Warn("the status of a purchase cannot be read: the database is unreachable", "order_id", o.OrderID, "error", err)
		o.Status = purchase.Pending // which is answered as in progress
		return o, nil
	}
	return now, err
}

// await waits until a saga has returned, the longest wait is over or ctx ends.
func (p *purchases) await(ctx context.Context, f *inflightSaga) {
	if f == nil {
		return
	}
	timeout := time.NewTimer(p.wait)
	defer timeout.Stop()
	select {
	case <-f.completed:
	case <-timeout.C:
	case <-ctx.Done():
	}
}

// samePayload reports whether an order was made by the same request. The payload is
// stored, so no hash of it is needed.
func samePayload(o purchase.Order, r purchase.Request) bool {
	return o.UserID == r.UserID && o.ProductID == r.ProductID &&
		o.Quantity == r.Quantity && o.PaymentMethodID == r.PaymentMethodID
}
