package audit

import (
	"slices"
	"time"

	"sagalab/pkg/purchase"
)

// readSingly returns what reads of single orders show after the state: every third order as
// in the list, and what the defects make of it.
func (s *sim) readSingly(after *State) (samples []Sample) {
	at := after.At.Add(time.Second)
	for i := 0; i < len(after.Orders); i += 3 {
		o := after.Orders[i]
		x := Sample{Asked: at, Answered: at.Add(1000)}
		switch {
		case s.defective("unreadable", .2):
			s.effects++
			x.Gone = []string{o.OrderID}
		case s.defective("repriced", .2):
			s.effects++
			o.Amount++
			x.Orders = []purchase.Order{o}
		case s.defective("other_owner", .2):
			s.effects++
			o.UserID++
			x.Orders = []purchase.Order{o}
		default:
			x.Orders = []purchase.Order{o}
		}
		samples = append(samples, x)
	}
	return samples
}

// unreadableCancelled makes reads of single orders answer 404 for orders that were refused,
// which the list shows.
func unreadableCancelled(_ *sim, e *Evidence) (n int) {
	e.Samples = slices.Clone(e.Samples)
	for i := range e.After.Orders {
		if o := &e.After.Orders[i]; o.Status == purchase.Cancelled {
			at := e.After.At.Add(time.Minute)
			e.Samples = append(e.Samples, Sample{Asked: at, Answered: at.Add(1000), Gone: []string{o.OrderID}})
			n++
		}
	}
	return n
}
