package shop

import (
	"context"
	"errors"
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
// participant could not be reached (a full disk), when a power cut took the end of
// an order and left that of its saga, and when another process that shares the
// database died.
func (s *Shop) resume(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.attend(); err != nil {
			s.logger.Warn("unfinished orders have to wait", "error", err)
		}
	}
}

// attend does what falls due.
func (s *Shop) attend() error {
	if s.peers == nil {
		return s.resumeStranded()
	}
	kept, err := s.peers.renew()
	if err != nil {
		return err
	}
	if !kept {
		s.logger.Warn("the other processes took this one for dead and its purchases over; it goes on as a new one", "process", s.peers.me())
	}
	buried, err := s.peers.adopt()
	if err != nil {
		return err
	}
	if len(buried) > 0 {
		s.logger.Warn("other processes are dead, and their purchases are continued", "processes", buried)
	}
	_, err = s.finishScene()
	return errors.Join(err, s.resumeStranded(), s.engine.forgetOf(buried, s.orders))
}

func (s *Shop) resumeStranded() error {
	me := s.standing()
	list, err := s.orders.unfinished(s.config.MaxInProgress, me)
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := s.resumeOne(o, me); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) resumeOne(o purchase.Order, me standing) error {
	f := s.flights.open(o.OrderID, me.process)
	if f == nil {
		if f = s.flights.get(o.OrderID); f == nil || f.by == me.process {
			return nil // on its way
		}
		// It was adopted back, and its saga waits here for a process that is dead. Without
		// history there is nothing to wait for.
		return s.engine.forget(o.OrderID)
	}
	now, _, found, err := s.orders.order(o.OrderID)
	if err != nil || !found || now.Status.Terminal() {
		s.flights.close(o.OrderID) // it arrived since the list was made
		f.land(err)
		return nil
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
	return nil
}

// standing is what an order is stored by.
func (s *Shop) standing() standing {
	if s.peers == nil {
		return standing{}
	}
	return standing{s.peers.me(), s.catalog.Load().epoch}
}

// resumeInterrupted takes up all orders that the last process left unfinished:
// their flights are opened before the engine continues their sagas, so that none
// of them looks stranded, and the sagas that had not been started are started.
func (s *Shop) resumeInterrupted() error {
	const every = 1 << 30
	list, err := s.orders.unfinished(every, standing{})
	if err != nil {
		return err
	}
	open := make([]*flight, len(list))
	for i, o := range list {
		open[i] = s.flights.open(o.OrderID, "")
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
