package shop

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// The limits of Trouble.
const (
	maxShare      = 0.9 // above it a saga may take minutes to get through
	maxFailedUndo = 20
	maxTroubleLag = time.Second
	maxOutages    = 100
	maxOutage     = 24 * time.Hour // of Outage.To
)

// The names of the participants, for Outage.
const (
	Stock    = "stock"
	Payments = "payments"
	Orders   = "orders"
)

// Trouble is what goes wrong on purpose between the saga and its participants.
// The zero value is nothing. A shop under any trouble keeps all its promises: it
// only takes longer.
//
// What happens to which call is drawn from Config.Seed, the purchase's key, the
// call, and how many times it was made before. Of keys that are UUIDs of version
// 7 only the random part counts, so that a run from the same seed has the same
// trouble.
type Trouble struct {
	// LostReply is the share of calls, 0 to 0.9, that take effect while the saga
	// gets an error in place of the reply, and calls again.
	LostReply float64
	// Duplicate is the share of calls, 0 to 0.9, that are delivered once more: at
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
// from when the scene was set, or the shop opened; From is in it, To is not.
type Outage struct {
	Participant string // Stock, Payments or Orders
	From, To    time.Duration
}

func (t Trouble) none() bool {
	return t.LostReply == 0 && t.Duplicate == 0 && t.FailedUndo == 0 && t.Delay == 0 && len(t.Outages) == 0
}

// Validate reports everything that is wrong with t at once, nil when nothing is.
func (t Trouble) Validate() error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("trouble: "+format, args...))
		}
	}
	want(t.LostReply >= 0 && t.LostReply <= maxShare, "lost_reply is %v, want 0 to %v", t.LostReply, maxShare) // refuses NaN, too
	want(t.Duplicate >= 0 && t.Duplicate <= maxShare, "duplicate is %v, want 0 to %v", t.Duplicate, maxShare)
	want(t.FailedUndo >= 0 && t.FailedUndo <= maxFailedUndo, "failed_undo is %d, want 0 to %d", t.FailedUndo, maxFailedUndo)
	want(t.Delay >= 0 && t.Delay <= maxTroubleLag, "delay is %v, want 0s to %v", t.Delay, maxTroubleLag)
	want(len(t.Outages) <= maxOutages, "%d outages, want at most %d", len(t.Outages), maxOutages)
	for _, o := range t.Outages {
		want(slices.Contains([]string{Stock, Payments, Orders}, o.Participant),
			"%.40q cannot be down, only %s, %s or %s", o.Participant, Stock, Payments, Orders)
		want(o.From >= 0 && o.To > o.From && o.To <= maxOutage,
			"%.40q is down from %v to %v, want a time that ends after it begins, within %v", o.Participant, o.From, o.To, maxOutage)
	}
	return errors.Join(errs...)
}

// troubles stand between a saga and its participants. Safe for concurrent use.
type troubles struct {
	Trouble
	seed uint64

	mu    sync.Mutex
	start time.Time
	of    map[string]*past // by order, as long as its saga runs
}

// past is what happened to a saga's calls so far.
type past struct {
	calls map[string]uint64 // how often each was made
	late  []func()          // deliveries that are still on their way
}

func newTroubles(t Trouble, seed uint64) *troubles {
	return &troubles{Trouble: t, seed: seed, start: time.Now(), of: map[string]*past{}}
}

// begin is called when a scene has been set; no saga is running.
func (t *troubles) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.start = time.Now()
	clear(t.of)
}

// around puts t in front of every call of p.
func (t *troubles) around(p participants) participants {
	if t.none() {
		return p
	}
	return participants{
		reserve:      t.before(Stock, "reserve", p.reserve),
		release:      t.before(Stock, "release", t.failing("release", p.release)),
		sell:         t.before(Stock, "sell", p.sell),
		charge:       t.before(Payments, "charge", p.charge),
		refund:       t.before(Payments, "refund", t.failing("refund", p.refund)),
		compensating: t.before(Orders, "compensating", p.compensating),
		confirm:      t.last(t.before(Orders, "confirm", p.confirm)),
		cancel:       t.last(t.before(Orders, "cancel", p.cancel)),
	}
}

// before is one call with everything that may go wrong with any call.
func (t *troubles) before(participant, name string, do call) call {
	return func(c cart, before effect) (effect, error) {
		n := t.count(c, name)
		draw := func(what string) float64 { return lot(t.seed, name+" "+what, c.lotKey(), n) }
		if t.Delay > 0 {
			time.Sleep(time.Duration(draw("delay") * float64(t.Delay)))
		}
		if t.down(participant) {
			return effect{}, fmt.Errorf("trouble on purpose: %s is down", participant)
		}
		if draw("arrival") < 0.5 {
			t.deliver(c)
		}
		e, err := do(c, before)
		if err != nil {
			return e, err
		}
		if draw("duplicate") < t.Duplicate {
			t.again(c, func() { _, _ = do(c, before) }) // nobody waits for its reply
			if draw("hurry") < 0.5 {
				t.deliver(c)
			}
		}
		if draw("reply") < t.LostReply {
			return effect{}, fmt.Errorf("trouble on purpose: the reply of %s to %s was lost", participant, name)
		}
		return e, nil
	}
}

// failing is a compensation that does not work the first few times.
func (t *troubles) failing(name string, do call) call {
	return func(c cart, before effect) (effect, error) {
		if n := t.count(c, "failing "+name); n < uint64(t.FailedUndo) {
			return effect{}, fmt.Errorf("trouble on purpose: %s fails %d more times", name, uint64(t.FailedUndo)-n-1)
		}
		return do(c, before)
	}
}

// last is the call that ends a saga: what is still on its way arrives after it.
func (t *troubles) last(do call) call {
	return func(c cart, before effect) (effect, error) {
		e, err := do(c, before)
		if err == nil {
			t.deliver(c)
			t.mu.Lock()
			delete(t.of, c.OrderID)
			t.mu.Unlock()
		}
		return e, err
	}
}

func (t *troubles) down(participant string) bool {
	t.mu.Lock()
	since := time.Since(t.start)
	t.mu.Unlock()
	return slices.ContainsFunc(t.Outages, func(o Outage) bool {
		return o.Participant == participant && since >= o.From && since < o.To
	})
}

// past is what happened to the calls of a saga; t.mu is held.
func (t *troubles) past(c cart) *past {
	p := t.of[c.OrderID]
	if p == nil {
		p = &past{calls: map[string]uint64{}}
		t.of[c.OrderID] = p
	}
	return p
}

// count returns how often a call was made before.
func (t *troubles) count(c cart, name string) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.past(c)
	p.calls[name]++
	return p.calls[name] - 1
}

// again lets a delivery be on its way.
func (t *troubles) again(c cart, delivery func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.past(c)
	p.late = append(p.late, delivery)
}

// deliver lets everything arrive that is on its way.
func (t *troubles) deliver(c cart) {
	t.mu.Lock()
	p := t.past(c)
	late := p.late
	p.late = nil
	t.mu.Unlock()
	for _, delivery := range late {
		delivery()
	}
}
