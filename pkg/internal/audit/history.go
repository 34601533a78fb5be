package audit

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// none is the index of nothing.
const none = -1

// try is one attempt, as much of it as the rules need.
type try struct {
	start, end int64 // nanoseconds since 1970
	// stage, op and row find it in the evidence again: op and row are indexes into
	// the stage's operations and attempts, none when there is no such row.
	stage, op, row int32
	deed, order    int32 // order is the id that the answer named, or none
	means          Meaning
}

// payload is what was to be bought.
type payload struct{ user, product, quantity, method int64 }

// deed is a purchase: all attempts with one key and one payload.
type deed struct {
	payload
	blind bool // the payload was not recorded
	key   int32
	next  int32 // the key's next deed with another payload, or none
	// from is when the first attempt was sent, forever when none was; last when the
	// last one ended.
	from, last int64
	// ok and no are when the first confirming and the first refusing answer had been
	// read, forever without one; means is what that refusal says.
	ok, no int64
	means  Meaning
	// sent counts attempts, unclear and reused those with such an answer, replies
	// the confirming ones.
	sent, unclear, reused, replies int32
	named                          int32 // the order of the first confirming answer, or none
	// What the state says of it (state.go).
	orders, confirmed int32 // how many
	order             int32 // the most telling one, or none
	old               bool  // its order is from before the run
	guessed           bool  // its order could as well be that of a purchase with the same payload
}

// history is the recorded rows, brought into an order in which rules can walk.
type history struct {
	stages []runs.Stage
	tries  []try
	deeds  []deed
	keys   []key
	keyOf  map[string]int32
	reuses map[reuse]int32 // the deeds of keys that have several
	// tries of deed d are byDeed[start[d]:start[d+1]], by time
	byDeed, starts []int32
	// order ids, from answers and from the state
	ids  []string
	idOf map[string]int32
	// damaged counts rows whose times cannot be, blind attempts without a payload,
	// bare operations without attempts.
	damaged, blind, bare int
	// lastEnd is when the last answer had been read.
	lastEnd int64
	// disorder says why times of different stages cannot be compared, "" when they
	// can; incomplete why attempts may be missing.
	disorder, incomplete string
}

// key is one idempotency key; a request without one has a key of its own.
type key struct {
	name  string
	first int32 // its first deed
	sent  int32 // attempts that may have reached the service
	live  int32 // orders of the state that are not cancelled
}

// reuse finds a deed of a key that has several.
type reuse struct {
	key int32
	payload
	blind bool
}

func newHistory(stages []runs.Stage, o *Options) *history {
	n := 0
	for _, s := range stages {
		n += max(len(s.Attempts), len(s.Operations))
	}
	h := &history{stages: stages, tries: make([]try, 0, n),
		keyOf: make(map[string]int32, n), idOf: make(map[string]int32, n), reuses: map[reuse]int32{},
	}
	for i := range stages {
		h.read(int32(i), o)
	}
	h.group()
	for i := range h.tries {
		h.tell(&h.tries[i])
	}
	h.survey()
	return h
}

// read joins a stage's attempts with their operations.
func (h *history) read(stage int32, o *Options) {
	s := &h.stages[stage]
	ops := inOrder(s.Operations, func(a, b *runs.Operation) int { return cmp.Compare(a.Index, b.Index) })
	rows := inOrder(s.Attempts, func(a, b *runs.Attempt) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number))
	})
	next := 0
	for _, row := range rows {
		a := &s.Attempts[row]
		for next < len(ops) && s.Operations[ops[next]].Index < a.Index {
			h.lone(stage, ops, next, o)
			next++
		}
		op := int32(none)
		if next < len(ops) && s.Operations[ops[next]].Index == a.Index {
			op = ops[next]
		}
		h.take(stage, op, row, a, o)
	}
	for ; next < len(ops); next++ {
		h.lone(stage, ops, next, o)
	}
}

// lone takes an operation that has no attempts in place of one attempt. It is
// called for every operation that the attempts have passed.
func (h *history) lone(stage int32, ops []int32, i int, o *Options) {
	if n := len(h.tries); n > 0 && h.tries[n-1].stage == stage && h.tries[n-1].op == ops[i] {
		return
	}
	op := &h.stages[stage].Operations[ops[i]]
	if op.Reason == "not_sent" {
		return
	}
	h.bare++
	a := runs.Attempt{
		Key: op.Key, StartTS: op.StartTS, Status: op.Status, Sent: true, Reason: op.Reason, OrderID: op.OrderID,
		LatencyMS: float64(op.EndTS.Sub(op.StartTS)) / 1e6,
	}
	h.take(stage, ops[i], none, &a, o)
}

func (h *history) take(stage, op, row int32, a *runs.Attempt, o *Options) {
	t := try{stage: stage, op: op, row: row, order: none, means: o.meaning(a)}
	var fine [2]bool
	t.start, fine[0] = nanos(a.StartTS)
	t.end, fine[1] = after(t.start, a.LatencyMS)
	if !fine[0] || !fine[1] {
		h.damaged++
	}
	if e := int64(h.stages[stage].ClockError()); e > 0 { // whose clocks agree to within e: it was under way within these
		t.start, t.end = t.start-e, t.end+e
	}
	if a.OrderID != "" {
		t.order = h.intern(a.OrderID)
	}
	var p payload
	if op != none {
		row := &h.stages[stage].Operations[op]
		p = payload{row.UserID, row.ProductID, row.Quantity, row.PaymentMethodID}
	} else {
		h.blind++
	}
	t.deed = h.deed(a.Key, p, op == none)
	h.tries = append(h.tries, t)
}

func (h *history) intern(id string) int32 {
	i, known := h.idOf[id]
	if !known {
		i = int32(len(h.ids))
		h.ids = append(h.ids, id)
		h.idOf[id] = i
	}
	return i
}

// deed finds the purchase of an attempt.
func (h *history) deed(name string, p payload, blind bool) int32 {
	k, known := int32(none), false
	if n := len(h.keys); name != "" && n > 0 && h.keys[n-1].name == name { // most often the attempt before had it
		k, known = int32(n-1), true
	} else if name != "" {
		k, known = h.keyOf[name]
	}
	if !known {
		k = int32(len(h.keys))
		h.keys = append(h.keys, key{name: name, first: none})
		if name != "" {
			h.keyOf[name] = k
		}
	}
	first := h.keys[k].first
	if first != none && h.deeds[first].payload == p && h.deeds[first].blind == blind {
		return first
	}
	which := reuse{k, p, blind}
	if d, known := h.reuses[which]; known {
		return d
	}
	if first != none { // the newest deed stands first, so that the usual one needs no map
		f := &h.deeds[first]
		h.reuses[reuse{k, f.payload, f.blind}] = first
	}
	h.deeds = append(h.deeds, deed{
		payload: p, blind: blind, key: k, next: h.keys[k].first,
		from: forever, ok: forever, no: forever, named: none, order: none,
	})
	h.keys[k].first = int32(len(h.deeds) - 1)
	return h.keys[k].first
}

// group orders the tries by deed and time.
func (h *history) group() {
	h.starts = make([]int32, len(h.deeds)+1)
	for _, t := range h.tries {
		h.starts[t.deed+1]++
	}
	for i := range h.deeds {
		h.starts[i+1] += h.starts[i]
	}
	at := slices.Clone(h.starts)
	h.byDeed = make([]int32, len(h.tries))
	for i, t := range h.tries {
		h.byDeed[at[t.deed]] = int32(i)
		at[t.deed]++
	}
	for d := range h.deeds {
		slices.SortStableFunc(h.of(int32(d)), func(a, b int32) int { return cmp.Compare(h.tries[a].start, h.tries[b].start) })
	}
}

// of lists the tries of a deed by their start.
func (h *history) of(d int32) []int32 { return h.byDeed[h.starts[d]:h.starts[d+1]] }

// tell adds what one attempt says to its deed.
func (h *history) tell(t *try) {
	d := &h.deeds[t.deed]
	h.lastEnd = max(h.lastEnd, t.end)
	if t.means == NotSent {
		return
	}
	d.sent++
	h.keys[d.key].sent++
	d.from, d.last = min(d.from, t.start), max(d.last, t.end)
	switch {
	case t.means == Confirmed:
		d.replies++
		if t.order != none && (d.named == none || t.end < d.ok) {
			d.named = t.order
		}
		d.ok = min(d.ok, t.end)
	case t.means.refusal():
		if t.end < d.no {
			d.no, d.means = t.end, t.means
		}
	case t.means == KeyReused:
		d.reused++
	default:
		d.unclear++
	}
}

// survey says what is wrong with the history as a whole.
func (h *history) survey() {
	ends := make([]int64, len(h.stages))
	starts := make([]int64, len(h.stages))
	for i := range starts {
		starts[i] = forever
	}
	for _, t := range h.tries {
		starts[t.stage] = min(starts[t.stage], t.start)
		ends[t.stage] = max(ends[t.stage], t.end)
	}
	h.gaps()
	before := none
	for i := range h.stages {
		s := &h.stages[i]
		if starts[i] == forever {
			continue
		}
		if before != none && starts[i] < ends[before] && h.disorder == "" {
			h.disorder = fmt.Sprintf("stage %s begins before stage %s, which is said to come before it, has ended: the clock was set in between, or the stages are not in the order of execution", s.Stage, h.stages[before].Stage)
		}
		if before == none || ends[i] > ends[before] {
			before = i
		}
	}
	if h.damaged > 0 {
		h.disorder = fmt.Sprintf("%d attempts have a start or a latency that cannot be", h.damaged)
	}
}

// gaps says which attempts may be missing.
func (h *history) gaps() {
	for i := range h.stages {
		s := &h.stages[i]
		sent := s.Requests
		if s.Report != nil { // what was dropped was not sent
			sent = s.Report.Started
		}
		if lost := s.Lost(); lost > 0 {
			h.incomplete = fmt.Sprintf("%d operations of stage %s are lost with a worker, and may have been sent", lost, s.Stage)
			return
		}
		if n := len(s.Operations); s.State != runs.Complete || n < sent {
			h.incomplete = fmt.Sprintf("stage %s recorded %d of %d operations (%s), and purchases that are not recorded may have been sent", s.Stage, n, sent, orNone(s.State))
			return
		}
		if n := h.lost(s); n > 0 {
			h.incomplete = fmt.Sprintf("%d attempts of stage %s are not recorded", n, s.Stage)
			return
		}
	}
}

// lost is how many attempts a stage's operations count beyond those recorded.
func (h *history) lost(s *runs.Stage) int {
	n := sum{value: -int64(len(s.Attempts))}
	for i := range s.Operations {
		n.add(max(0, s.Operations[i].Attempts))
	}
	if len(s.Attempts) == 0 {
		n.value = max(0, n.value-int64(len(s.Operations))) // each stands for one
	}
	return int(max(0, n.value))
}

// several reports whether a key was sent with more than one payload.
func (h *history) several(k int32) bool {
	d := h.keys[k].first
	return d != none && h.deeds[d].next != none
}

// same reports whether an order is for what a deed was to buy. A service need not
// tell the payment method.
func (d *deed) same(o *purchase.Order) bool {
	return d.blind || d.user == o.UserID && d.product == o.ProductID && d.quantity == o.Quantity &&
		(o.PaymentMethodID == 0 || d.method == o.PaymentMethodID)
}

// inOrder lists the indexes of rows in their order, without copying rows.
func inOrder[T any](rows []T, compare func(a, b *T) int) []int32 {
	list := make([]int32, len(rows))
	sorted := true
	for i := range list {
		list[i] = int32(i)
		sorted = sorted && (i == 0 || compare(&rows[i-1], &rows[i]) <= 0)
	}
	if !sorted {
		slices.SortStableFunc(list, func(a, b int32) int { return compare(&rows[a], &rows[b]) })
	}
	return list
}
