package defect

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The limits of Trouble.
const (
	maxProbability = 0.9 // above it a saga may take minutes to get through
	maxFailedUndo  = 20
	maxTroubleLag  = time.Second
	maxOutages     = 100
	maxOutage      = 24 * time.Hour // of Outage.To
)

// The names of the participants, for Outage.
const (
	ParticipantStock    = "stock"
	ParticipantPayments = "payments"
	ParticipantOrders   = "orders"
)

// Trouble configures the faults that are injected between the saga and its
// participants. The zero value injects none. A service under any trouble keeps all its
// promises: it only takes longer.
//
// What happens to which call is drawn from the seed, the purchase's key, the
// call, and how many times it was made before. Of keys that are UUIDs of version
// 7 only the random part counts, so that a run from the same seed has the same
// trouble.
type Trouble struct {
	// LostReply is the probability, 0 to 0.9, that a call takes effect while the saga
	// gets an error in place of the reply, and calls again.
	LostReply float64
	// Duplicate is the probability, 0 to 0.9, that a call is delivered once more: at
	// once, or with a later call of the same saga, or after its last one.
	Duplicate float64
	// FailedUndo is how many times each compensation fails, without an effect,
	// before it works; at most 20.
	FailedUndo int
	// Delay is the longest that a call is held back, at most 1 s; how long is drawn.
	Delay time.Duration
	// Outages are times in which a participant fails all calls.
	Outages []Outage
}

// Outage is a time in which a participant is down for the saga. From and To count
// from when the fixture was set, or the shop opened; From is included, To is not.
type Outage struct {
	Participant string // ParticipantStock, ParticipantPayments or ParticipantOrders
	From, To    time.Duration
}

// IsZero reports whether t injects nothing.
func (t Trouble) IsZero() bool {
	return t.LostReply == 0 && t.Duplicate == 0 && t.FailedUndo == 0 && t.Delay == 0 && len(t.Outages) == 0
}

// Validate reports all invalid fields of t, nil when there are none.
func (t Trouble) Validate() error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("trouble: "+format, args...))
		}
	}
	want(t.LostReply >= 0 && t.LostReply <= maxProbability, "lost_reply is %v, want 0 to %v", t.LostReply, maxProbability) // refuses NaN, too
	want(t.Duplicate >= 0 && t.Duplicate <= maxProbability, "duplicate is %v, want 0 to %v", t.Duplicate, maxProbability)
	want(t.FailedUndo >= 0 && t.FailedUndo <= maxFailedUndo, "failed_undo is %d, want 0 to %d", t.FailedUndo, maxFailedUndo)
	want(t.Delay >= 0 && t.Delay <= maxTroubleLag, "delay is %v, want 0s to %v", t.Delay, maxTroubleLag)
	want(len(t.Outages) <= maxOutages, "%d outages, want at most %d", len(t.Outages), maxOutages)
	for _, o := range t.Outages {
		want(slices.Contains([]string{ParticipantStock, ParticipantPayments, ParticipantOrders}, o.Participant),
			"%.40q cannot be down, only %s, %s or %s", o.Participant, ParticipantStock, ParticipantPayments, ParticipantOrders)
		want(o.From >= 0 && o.To > o.From && o.To <= maxOutage,
			"%.40q is down from %v to %v, want a time that ends after it begins, within %v", o.Participant, o.From, o.To, maxOutage)
	}
	return errors.Join(errs...)
}
