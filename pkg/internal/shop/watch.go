package shop

import (
	"context"
	"time"
)

// watchEvery is how often the orders of other processes that somebody here waits
// for are looked at, all of them in one question.
const watchEvery = 20 * time.Millisecond

// watch runs until ctx ends and lands the flights of orders whose sagas run
// elsewhere.
func (s *Shop) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.watched.more:
		}
		for ids := s.watched.orders(); len(ids) > 0 && ctx.Err() == nil; ids = s.watched.orders() {
			ended, err := s.orders.ended(ids)
			if err != nil {
				ended = nil // who waits has a time of his own
			}
			for id := range ended {
				s.watched.land(id, nil)
				s.watched.close(id)
			}
			select {
			case <-ctx.Done():
			case <-time.After(watchEvery):
			}
		}
	}
}

// watched are flights of orders whose sagas run elsewhere, with how many wait.
type watched struct {
	flights
	waiting map[string]int
	more    chan struct{} // has something in it when there may be orders to look at
}

func newWatched() *watched {
	return &watched{flights: flights{of: map[string]*flight{}}, waiting: map[string]int{}, more: make(chan struct{}, 1)}
}

// join returns the flight of an order; leave is to be called in the end.
func (w *watched) join(orderID string) (f *flight, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f = w.of[orderID]; f == nil {
		f = &flight{landed: make(chan struct{})}
		w.of[orderID] = f
	}
	w.waiting[orderID]++
	select {
	case w.more <- struct{}{}:
	default:
	}
	return f, func() { w.leave(orderID) }
}

func (w *watched) leave(orderID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting[orderID]--; w.waiting[orderID] == 0 {
		delete(w.waiting, orderID)
		delete(w.of, orderID)
	}
}

func (w *watched) orders() (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.of {
		ids = append(ids, id)
	}
	return ids
}
