package observe

import (
	"fmt"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// clientTimes are when orders that answers named were begun at the earliest and known to
// have ended at the latest, by the client's clock and by the hash of their ids. They tell
// which movements of money are the newest where the service dates neither its orders nor its
// ledger.
type clientTimes struct{ begun, ended map[uint64]time.Time }

// clientTimes reads the answers of the stages, in O(n) for n attempts.
func (t *acknowledged) clientTimes() clientTimes {
	x := clientTimes{map[uint64]time.Time{}, map[uint64]time.Time{}}
	sent := map[string]time.Time{} // by key, of what has none by operation
	t.eachAttempt(func(a *runs.Attempt) {
		if at, known := sent[sentAs(a)]; !known || a.StartTS.Before(at) {
			sent[sentAs(a)] = a.StartTS
		}
	})
	t.eachAttempt(func(a *runs.Attempt) {
		if !a.Means().IsDefinite() || a.OrderID == "" {
			return
		}
		id, begun := hashOf(a.OrderID), sent[sentAs(a)]
		if a.Key == "" && a.Kind != runs.Poll {
			begun = a.StartTS
		}
		if at, known := x.begun[id]; !known || begun.Before(at) {
			x.begun[id] = begun
		}
		ended := endOf(a)
		if at, known := x.ended[id]; !known || ended.Before(at) {
			x.ended[id] = ended
		}
	})
	return x
}

// sentAs returns what attempts of one purchase have in common: their key, else their operation.
func sentAs(a *runs.Attempt) string {
	if a.Key != "" {
		return a.Key
	}
	return fmt.Sprintf("\x00%s/%d", a.Stage, a.Index)
}

// eachAttempt calls see for each attempt of the stages.
func (t *acknowledged) eachAttempt(see func(*runs.Attempt)) {
	for s := range t.stages {
		for n := range t.stages[s].Attempts {
			see(&t.stages[s].Attempts[n])
		}
	}
}

// datesMovements reports whether a state dates all its entries and its orders that have
// ended.
func datesMovements(s *audit.State) bool {
	for i := range s.Ledger {
		if s.Ledger[i].At.IsZero() {
			return false
		}
	}
	for i := range s.Orders {
		if s.Orders[i].Status.Terminal() && s.Orders[i].UpdatedAt.IsZero() {
			return false
		}
	}
	return true
}

// newestByClient reports whether the orders of a state that the ledger does not show the
// movements of may be the newest: none of them had ended before one that the ledger shows
// was begun. Of an order that no answer named nothing is known, and it may be.
func (t *acknowledged) newestByClient(lacking []*purchase.Order, s *audit.State) bool {
	times, booked := t.clientTimes(), time.Time{}
	lacks := make(map[string]bool, len(lacking))
	for _, o := range lacking {
		lacks[o.OrderID] = true
	}
	for i := range s.Ledger {
		if id := s.Ledger[i].OrderID; !lacks[id] && times.begun[hashOf(id)].After(booked) {
			booked = times.begun[hashOf(id)]
		}
	}
	for _, o := range lacking {
		if ended, known := times.ended[hashOf(o.OrderID)]; known && ended.Before(booked) {
			return false
		}
	}
	return true
}
