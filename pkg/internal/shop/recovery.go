package shop

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// recoveryInterval is how often a process that has its database for itself looks for
// unfinished orders without a saga.
const recoveryInterval = time.Second

// recovery starts the saga of every unfinished order that has none in this process.
// There is such an order when the process was killed between storing an order and
// starting its saga, when a saga gave up because a participant could not be reached
// (a full disk), when a power cut took the end of an order and left that of its
// saga, and when another process that shares the database died.
type recovery struct {
	participants *store.Store
	leases       *store.Leases // nil on SQLite
	catalog      *catalogCache
	fixtures     *fixtureSetter
	sagas        *sagaRunner
	runs         *activeRuns
	batch        int // most orders that are resumed at a time
	logger       *slog.Logger
}

// run checks in an interval until ctx ends.
func (r *recovery) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := r.check(); err != nil {
			r.logger.Warn("unfinished orders could not be resumed; the next attempt follows", "error", err)
		}
	}
}

// check resumes what has no saga. On a shared database it also renews this process's
// lease and publishes its active runs, adopts the orders of dead processes, and completes their fixture.
func (r *recovery) check() error {
	if r.leases == nil {
		return r.resumeStranded()
	}
	kept, err := r.leases.Renew()
	if err != nil {
		return err
	}
	if !kept {
		r.logger.Warn("lease lost, and its orders with it; rejoined under a new lease", "process", r.leases.Holder())
	}
	dead, err := r.leases.Adopt()
	if err != nil {
		return err
	}
	if len(dead) > 0 {
		r.logger.Warn("leases of other processes expired; their purchases are continued here", "processes", dead)
	}
	_, err = r.fixtures.finishAbandoned()
	return errors.Join(err, r.runs.publish(), r.resumeStranded(), r.sagas.engine.forgetEndedOf(dead, r.participants.Orders))
}

func (r *recovery) resumeStranded() error {
	token := r.catalog.token()
	list, err := r.participants.Orders.Unfinished(r.batch, token)
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := r.resumeOne(o, token); err != nil {
			return err
		}
	}
	return nil
}

func (r *recovery) resumeOne(o purchase.Order, token store.LeaseToken) error {
	f := r.sagas.inflight.add(o.OrderID, token.Process)
	if f == nil {
		if f = r.sagas.inflight.get(o.OrderID); f == nil || f.lease == token.Process {
			return nil // it is running
		}
		// The order was adopted back, and its saga waits here for a process that is dead.
		// Without history there is nothing to wait for.
		return r.sagas.engine.forget(o.OrderID)
	}
	now, _, found, err := r.participants.Orders.Find(o.OrderID)
	if err != nil || !found || now.Status.Terminal() {
		r.sagas.inflight.remove(o.OrderID) // it ended since the list was made
		f.complete(err)
		return nil
	}
	// The engine would answer a second start from the first one's history; the
	// participants' barriers make it harmless to run the saga again.
	if err := r.sagas.engine.forget(o.OrderID); err != nil {
		r.sagas.inflight.remove(o.OrderID)
		f.complete(err)
		return err
	}
	r.logger.Warn("a purchase without a saga is continued", "order_id", o.OrderID, "status", o.Status)
	r.sagas.admission.reenter()
	r.sagas.start(f, now)
	return nil
}

// resumeInterrupted resumes, on SQLite, all orders that the last process left
// unfinished: their sagas are added before the engine continues them, so that none
// looks stranded, and those that had not been started are started.
func (r *recovery) resumeInterrupted() error {
	const all = 1 << 30
	list, err := r.participants.Orders.Unfinished(all, store.LeaseToken{})
	if err != nil {
		return err
	}
	added := make([]*inflightSaga, len(list))
	for i, o := range list {
		added[i] = r.sagas.inflight.add(o.OrderID, "")
		r.sagas.admission.reenter()
	}
	if err := r.sagas.engine.launch(); err != nil {
		return err
	}
	for i, o := range list {
		r.sagas.start(added[i], o)
	}
	return nil
}
