package shop

import (
	"context"
	"time"

	"sagalab/pkg/purchase"
)

// resumeEvery is how often unfinished orders without a saga are looked for.
const resumeEvery = time.Second

// maxRunning is how many sagas run at a time; further ones wait for their turn, in
// order. The engine's one connection hands itself to whoever waits at random, so
// with everybody running at once some purchases took five times as long as others.
const maxRunning = 32

// begin starts the saga of an order under a flight opened before, with a place of
// admission that is given back when the engine has recorded the saga's end.
func (s *Shop) begin(f *flight, o purchase.Order) {
	go func() {
		s.turns <- struct{}{}
		f.land(s.engine.run(cart{
			OrderID: o.OrderID, UserID: o.UserID, ProductID: o.ProductID, Quantity: o.Quantity, Key: o.IdempotencyKey,
		}))
		<-s.turns
		s.flights.close(o.OrderID)
		s.admission.leave()
	}()
}

// resume runs until ctx ends and starts the saga of every unfinished order that
// has none in this process. There is such an order when the process was killed
// between storing an order and starting its saga, when a saga gave up because a
// participant could not be reached (a full disk), and when a power cut took the
// end of an order and left that of its saga.
func (s *Shop) resume(ctx context.Context) {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.resumeStranded(); err != nil {
			s.logger.Warn("unfinished orders have to wait", "error", err)
		}
	}
}

func (s *Shop) resumeStranded() error {
	list, err := s.orders.unfinished(s.config.MaxInProgress)
	if err != nil {
		return err
	}
	for _, o := range list {
		f := s.flights.open(o.OrderID)
		if f == nil {
			continue // on its way
		}
		now, _, found, err := s.orders.order(o.OrderID)
		if err != nil || !found || now.Status.Terminal() {
			s.flights.close(o.OrderID) // it arrived since the list was made
			f.land(err)
			continue
		}
		// The engine would answer a second start from the first one's history; the
		// participants' barriers are what makes running the saga again harmless.
		if err := s.engine.forget(o.OrderID); err != nil {
			s.flights.close(o.OrderID)
			f.land(err)
			return err
		}
		s.logger.Warn("a stranded purchase is continued", "order_id", o.OrderID, "status", o.Status)
		s.admission.reenter()
		s.begin(f, now)
	}
	return nil
}

// resumeInterrupted takes up all orders that the last process left unfinished:
// their flights are opened before the engine continues their sagas, so that none
// of them looks stranded, and the sagas that had not been started are started.
func (s *Shop) resumeInterrupted() error {
	const every = 1 << 30
	list, err := s.orders.unfinished(every)
	if err != nil {
		return err
	}
	open := make([]*flight, len(list))
	for i, o := range list {
		open[i] = s.flights.open(o.OrderID)
		s.admission.reenter()
	}
	if err := s.engine.launch(); err != nil {
		return err
	}
	for i, o := range list {
		s.begin(open[i], o)
	}
	return nil
}
