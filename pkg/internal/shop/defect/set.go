package defect

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// maxStruck bounds the orders that are recorded for each defect.
const maxStruck = 100_000

// Set holds the defects that are switched on. It is safe for concurrent use.
type Set struct {
	participants *store.Store
	on           []Info
	seed         uint64
	// probability is a copy of the list of known defects: the functions in that list
	// cannot refer to it.
	probability map[Defect]float64

	reserving, charging sync.Mutex // held where a defect reads and then writes

	mu     sync.Mutex
	struck map[Defect][]string
	seen   map[strike]bool
	reads  map[string]int                      // by what was read
	hidden map[string][]purchase.Step          // by order: effects that no barrier has recorded
	equal  map[purchase.Request]purchase.Order // the latest confirmed order by payload
	// answered are the keys that were answered, with how many had been before.
	answered map[string]int
	// unanswered are calls of sagas that were not answered, by order.
	unanswered map[string]unansweredCall
}

// unansweredCall is a call of a saga with what it was made with.
type unansweredCall struct {
	cart   store.Cart
	before store.Effect
}

// strike is one effect of a defect on an order or a product.
type strike struct {
	defect Defect
	on     string
}

// NewSet returns the set of the named defects on the databases of s. The same seed
// affects the same purchases.
func NewSet(s *store.Store, names []Defect, seed uint64) *Set {
	d := &Set{participants: s, seed: seed, probability: map[Defect]float64{}}
	for _, k := range slices.Concat(known, distributed) {
		if slices.Contains(names, k.Name) {
			d.on = append(d.on, k)
			d.probability[k.Name] = k.Probability
		}
	}
	d.Reset()
	return d
}

// Reset forgets all effects. Call it when a fixture has been set.
func (s *Set) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.struck = map[Defect][]string{}
	s.seen = map[strike]bool{}
	s.reads = map[string]int{}
	s.hidden = map[string][]purchase.Step{}
	s.equal = map[purchase.Request]purchase.Order{}
	s.answered = map[string]int{}
	s.unanswered = map[string]unansweredCall{}
}

// WrapCalls returns p with the defects of the saga.
func (s *Set) WrapCalls(p store.Calls) store.Calls {
	for _, k := range s.on {
		if k.saga != nil {
			p = k.saga(s, p)
		}
	}
	return p
}

// WrapRemote returns the calls p of a service whose stock and payments are processes of their
// own, with the defects on its side: what the stock and the payments do wrong, they do
// there.
func (s *Set) WrapRemote(p store.Calls) store.Calls {
	all := s.WrapCalls(p)
	p.BeginCompensation, p.Confirm, p.Cancel = all.BeginCompensation, all.Confirm, all.Cancel
	for _, k := range s.on {
		if k.caller != nil {
			p = k.caller(s, p)
		}
	}
	return p
}

// WrapParticipant returns the calls p of a participant that is a process of its own with its
// defects.
func (s *Set) WrapParticipant(p store.Calls) store.Calls {
	p = s.WrapCalls(p)
	for _, k := range s.on {
		if k.callee != nil {
			p = k.callee(s, p)
		}
	}
	return p
}

// WrapHandler returns the service's handler with the defects of requests and answers.
func (s *Set) WrapHandler(h http.Handler) http.Handler {
	if len(s.on) == 0 {
		return h
	}
	h = changeReads(s, h)
	for _, k := range s.on {
		if k.order != nil {
			h = k.order(s, h)
		}
	}
	return h
}

// strikes draws whether a defect affects the purchase with a key.
func (s *Set) strikes(name Defect, key string) bool {
	return keyed.Fraction(s.seed, string(name), key, 0) < s.probability[name]
}

// recordStrike records an effect of a defect on an order or a product. It reports
// whether it is the first one.
func (s *Set) recordStrike(name Defect, on string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := strike{name, on}
	if s.seen[m] || len(s.struck[name]) >= maxStruck {
		return false
	}
	s.seen[m] = true
	s.struck[name] = append(s.struck[name], on)
	return true
}

// struckBefore reports whether a defect has had an effect on an order or a product.
func (s *Set) struckBefore(name Defect, on string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[strike{name, on}]
}

// Struck lists the orders on which a defect has had an effect since the last Reset, in
// the order of the effects; for NegativeStock they are products. It keeps at most the
// first 100 000.
func (s *Set) Struck(name Defect) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.struck[name])
}

// addHiddenStep adds a step to an order's trace that no barrier has recorded.
func (s *Set) addHiddenStep(orderID, step, action string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden[orderID] = append(s.hidden[orderID], purchase.Step{Step: step, Action: action, At: time.Unix(0, at).UTC()})
}

// HiddenSteps lists the steps of some orders that no barrier has recorded.
func (s *Set) HiddenSteps(orderIDs []string) (list []store.RecordedEffect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range orderIDs {
		for _, step := range s.hidden[id] {
			list = append(list, store.RecordedEffect{OrderID: id, Step: step.Step, Action: step.Action, At: step.At.UnixNano()})
		}
	}
	return list
}

// showHiddenSteps adds those steps to an order.
func (s *Set) showHiddenSteps(o *purchase.Order) {
	s.mu.Lock()
	hidden := s.hidden[o.OrderID]
	s.mu.Unlock()
	if len(hidden) == 0 {
		return
	}
	o.Steps = append(o.Steps, hidden...)
	slices.SortStableFunc(o.Steps, func(a, b purchase.Step) int { return a.At.Compare(b.At) })
	for i := range o.Steps {
		o.Steps[i].Seq = i + 1
	}
}
