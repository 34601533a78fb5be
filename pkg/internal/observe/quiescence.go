package observe

import (
	"context"
	"fmt"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

const (
	// pollEvery is how long ReadQuiescent waits between two reads, at least.
	pollEvery = 100 * time.Millisecond
	// failingFor is how long reads that fail are repeated, from the first of them on: a service
	// may be starting again.
	failingFor = 2 * time.Second
)

// ReadQuiescent reads the state that the stages leave behind; call it after the load has
// stopped. The service is quiet when every purchase that was confirmed is shown, the ledger
// has what orders that have ended moved, no order is pending, nothing is reserved, and two
// reads agree; at a service that shows neither pending orders nor what is reserved, only once
// settle has passed while purchases have no outcome. A request whose client gave up may
// still be under way inside the service, which is why one read is not enough.
//
// Reads may be late: a lag that the service declares is waited for since the last answer,
// up to a minute or settle; without a declaration an order or a movement of money that is
// missing is waited for until settle has passed since the last answer, as is the whole state
// where nothing shows how fresh it is. before is the state before the stages, nil when there was no order.
//
// When settle has passed, the state is returned as it is. State.Unsettled then says that
// confirmed purchases are missing, that the ledger lacks the newest movements alone, or that
// it was still changing; orders that are pending
// and stock that is reserved stand in it and are not unsettled by themselves. Of the
// states that were read one is kept.
func ReadQuiescent(ctx context.Context, c *purchase.Client, of Subjects, stages []runs.Stage, before *audit.State, settle time.Duration) (*audit.State, error) {
	return newQuiescence(ctx, c, newAcknowledged(stages, before), settle).read(ctx, of)
}

// read reads the state of the subjects until the wait has ended.
func (q *quiescence) read(ctx context.Context, of Subjects) (*audit.State, error) {
	if err := sleep(ctx, time.Until(q.fresh)); err != nil {
		return nil, err
	}
	for {
		s, err := ReadState(ctx, q.client, of)
		if err != nil {
			return s, err
		}
		if q.ended(s) {
			return s, probeOrderRoute(ctx, q.client, s)
		}
		if err := q.wait(ctx, s); err != nil {
			return s, err
		}
	}
}

// quiescence is how far the wait for a quiet service has come.
type quiescence struct {
	client       *purchase.Client
	acknowledged *acknowledged
	settle       time.Duration
	lag          *int64 // in milliseconds, as declared

	fresh   time.Time // before it, reads may lack what was acknowledged
	certain time.Time // from it on, every acknowledged order has to be shown
	failing time.Time // since then reads have failed, zero when the last one did not
	limit   time.Time // the time for settling is over
	// outage is how long reads may fail one after the other.
	outage time.Duration
	// every is the wait between two reads, at least.
	every time.Duration

	// unsettledKeys counts keys without an outcome, at a service that is not of the contract;
	// showsWork: a read showed a pending order or a reserved piece.
	unsettledKeys int
	showsWork     bool

	reads     int
	last      uint64 // digest of the read before
	lastOver  bool   // the read before began when the time was over
	orders    int    // that the read before showed
	most      int    // orders that any read showed
	unsettled string
}

func newQuiescence(ctx context.Context, c *purchase.Client, a *acknowledged, settle time.Duration) *quiescence {
	q := &quiescence{client: c, acknowledged: a, settle: settle, lag: declaredLag(ctx, c), outage: min(failingFor, settle), every: pollEvery}
	now := time.Now()
	if _, ours := purchase.ContractOf(c.Adapter()); !ours {
		q.unsettledKeys = countUnsettled(a.stages)
	}
	q.limit = now.Add(settle)
	if q.lag != nil {
		most := max(settle, longestLag)
		if lag := asDuration(q.lag); lag > most {
			q.unsettled = fmt.Sprintf("the service declares that its reads are up to %v late, and at most %v is waited for: give a longer time for settling", lag, most)
		}
		q.fresh = deadlineAfter(a.last, min(asDuration(q.lag), most), now)
		q.certain = q.fresh
		if q.limit.Before(q.fresh) {
			q.limit = q.fresh
		}
		return q
	}
	q.fresh, q.certain = now, deadlineAfter(a.last, settle, now)
	return q
}

// deadlineAfter returns the time d after at, which is at least now and, when the clock was set
// meanwhile, at most d from now.
func deadlineAfter(at time.Time, d time.Duration, now time.Time) time.Time {
	left := max(0, min(d, at.Add(d).Sub(now)))
	if at.IsZero() {
		left = 0
	}
	return now.Add(left)
}

// ended reports whether a state that was read is the one to return, and says in it why it
// is not settled.
func (q *quiescence) ended(s *audit.State) bool {
	s.LagMS = q.lag
	sum, before := digest(s), q.orders
	agree := q.reads > 0 && sum == q.last
	missing, example, known := q.acknowledged.unseen(s)
	open := q.acknowledged.findUnbooked(s)
	over := !s.At.Before(q.limit)
	changing := over && q.lastOver && !agree
	current := (missing == 0 && known && open.count == 0 || !s.At.Before(q.certain)) && !q.mayHideWork(s)
	hasFailed := q.noteFailure(s)
	q.reads, q.last, q.lastOver, q.orders, q.most = q.reads+1, sum, over, len(s.Orders), max(q.most, len(s.Orders))
	switch {
	case offersNothing(s):
		return true
	case len(s.Failed) > 0:
		return hasFailed && s.At.Sub(q.failing) >= q.outage
	case agree && (over || current && isSettled(s)), changing:
		s.Unsettled = q.explain(s, missing, example, changing, before)
		if s.Unsettled == "" && q.lag == nil {
			s.Unsettled = open.lag(q.settle)
		}
		return true
	}
	return false
}

// noteFailure notes since when reads have failed, and reports whether the read before this one
// failed, too.
func (q *quiescence) noteFailure(s *audit.State) (before bool) {
	before = !q.failing.IsZero()
	switch {
	case len(s.Failed) == 0:
		q.failing = time.Time{}
	case !before:
		q.failing = s.At
	}
	return before
}

// explain returns why a state that could be read is not settled, "" when it is. before is
// how many orders the read before showed.
func (q *quiescence) explain(s *audit.State, missing int, example string, changing bool, before int) string {
	switch {
	case q.unsettled != "":
		return q.unsettled
	case changing:
		return fmt.Sprintf("the state was still changing %v after the load had ended (%s, then %d): other clients are active, or the service has not come to rest", q.settle, history.Counted(before, "order", "orders"), len(s.Orders))
	case missing > 0 && q.lag == nil:
		such := ""
		if example != "" {
			such = ", such as " + example
		}
		return fmt.Sprintf("%d of %s not in the state %v after the load had ended%s: reads are later than that, or it was reset, or orders are lost", missing, history.Counted(len(q.acknowledged.list), "confirmed purchase is", "confirmed purchases are"), q.settle, such)
	case q.most > len(s.Orders):
		return fmt.Sprintf("the list of orders shrank from %d to %d while the state was read: the service was reset, or orders are lost", q.most, len(s.Orders))
	}
	return ""
}

// offersNothing reports whether the service has none of the calls that make up a state.
func offersNothing(s *audit.State) bool {
	why, beyond := s.Unusable(audit.OrdersCall)
	for _, call := range []audit.Call{audit.LedgerCall, audit.ProductsCall, audit.UsersCall} {
		if why != "" && beyond {
			why, beyond = s.Unusable(call)
		}
	}
	return why != "" && beyond
}

// polledOrders is how many pending orders are looked at before the state is read again.
const polledOrders = 16

// wait waits until the state is worth another read: a large one is not read again as long
// as its newest orders are pending, and reading takes at most half of the time.
func (q *quiescence) wait(ctx context.Context, s *audit.State) error {
	pause := max(q.every, time.Since(s.At))
	if err := sleep(ctx, pause); err != nil {
		return err
	}
	open := pendingOrders(s.Orders)
	open = open[max(0, len(open)-polledOrders):]
	for len(open) > 0 && time.Now().Before(q.limit) {
		o, err := readOrder(ctx, q.client, open[0])
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return nil
		case o.Status.Terminal():
			open = open[1:]
			continue
		}
		if err := sleep(ctx, q.every); err != nil {
			return err
		}
	}
	return nil
}

// pendingOrders lists the ids of orders that may still change.
func pendingOrders(orders []purchase.Order) (ids []string) {
	for i := range orders {
		if !orders[i].Status.Terminal() {
			ids = append(ids, orders[i].OrderID)
		}
	}
	return ids
}

// isSettled reports whether no order is pending and nothing is reserved.
func isSettled(s *audit.State) bool {
	if len(pendingOrders(s.Orders)) > 0 {
		return false
	}
	for _, p := range s.Products {
		if p.Reserved != 0 {
			return false
		}
	}
	return true
}

// sleep waits for d; the error is context.Cause(ctx) when ctx ended before.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
