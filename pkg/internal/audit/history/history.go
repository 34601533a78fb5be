package history

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// none is the index of nothing.
const None = -1

// try is one attempt, as much of it as the rules need.
type Attempt struct {
	Start, End int64 // nanoseconds since 1970
	// stage, op and row find it in the evidence again: op and row are indexes into
	// the stage's operations and attempts, none when there is no such row.
	Stage, Operation, Row int32
	Purchase, Order       int32 // order is the id that the answer named, or none
	Meaning               Meaning
}

// payload is what was to be bought.
type Payload struct{ User, Product, Quantity, Method int64 }

// deed is a purchase: all attempts with one key and one payload.
type Purchase struct {
	Payload
	PayloadUnknown bool // the payload was not recorded
	Key            int32
	NextOfKey      int32 // the key's next deed with another payload, or none
	// from is when the first attempt was sent, forever when none was; last when the
	// last one ended.
	FirstSent, LastEnd int64
	// ok and no are when the first confirming and the first refusing answer had been
	// read, forever without one; means is what that refusal says.
	ConfirmedAt, RefusedAt int64
	Refusal                Meaning
	// sent counts attempts, unclear and reused those with such an answer, replies
	// the confirming ones.
	Sent, Unclear, KeyReused, Confirmations int32
	AnsweredOrder                           int32 // the order of the first confirming answer, or none
	// What the state says of it (state.go).
	Orders, ConfirmedOrders int32 // how many
	Order                   int32 // the most telling one, or none
	BeforeRun               bool  // its order is from before the run
	Guessed                 bool  // its order could as well be that of a purchase with the same payload
}

// history is the recorded rows, brought into an order in which rules can walk.
type History struct {
	Stages    []runs.Stage
	Attempts  []Attempt
	Purchases []Purchase
	Keys      []Key
	keyOf     map[string]int32
	variants  map[variant]int32 // the deeds of keys that have several
	// tries of deed d are byDeed[start[d]:start[d+1]], by time
	byPurchase, starts []int32
	// order ids, from answers and from the state
	OrderIDs     []string
	OrderIndexes map[string]int32
	// damaged counts rows whose times cannot be, blind attempts without a payload,
	// bare operations without attempts.
	damaged, PayloadUnknown, WithoutAttempts int
	// lastEnd is when the last answer had been read.
	LastAnswer int64
	// disorder says why times of different stages cannot be compared, "" when they
	// can; incomplete why attempts may be missing.
	TimesUnusable, Incomplete string
}

// key is one idempotency key; a request without one has a key of its own.
type Key struct {
	Name       string
	First      int32 // its first deed
	Sent       int32 // attempts that may have reached the service
	LiveOrders int32 // orders of the state that are not cancelled
}

// reuse finds a deed of a key that has several.
type variant struct {
	key int32
	Payload
	blind bool
}

func newHistory(stages []runs.Stage, o *Options) *History {
	n := 0
	for _, s := range stages {
		n += max(len(s.Attempts), len(s.Operations))
	}
	h := &History{Stages: stages, Attempts: make([]Attempt, 0, n),
		keyOf: make(map[string]int32, n), OrderIndexes: make(map[string]int32, n), variants: map[variant]int32{},
	}
	for i := range stages {
		h.readStage(int32(i), o)
	}
	h.groupAttempts()
	for i := range h.Attempts {
		h.apply(&h.Attempts[i])
	}
	h.checkTimes()
	return h
}

// read joins a stage's attempts with their operations.
func (h *History) readStage(stage int32, o *Options) {
	s := &h.Stages[stage]
	ops := inOrder(s.Operations, func(a, b *runs.Operation) int { return cmp.Compare(a.Index, b.Index) })
	rows := inOrder(s.Attempts, func(a, b *runs.Attempt) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number))
	})
	next := 0
	for _, row := range rows {
		a := &s.Attempts[row]
		for next < len(ops) && s.Operations[ops[next]].Index < a.Index {
			h.addOperation(stage, ops, next, o)
			next++
		}
		op := int32(None)
		if next < len(ops) && s.Operations[ops[next]].Index == a.Index {
			op = ops[next]
		}
		h.addAttempt(stage, op, row, a, o)
	}
	for ; next < len(ops); next++ {
		h.addOperation(stage, ops, next, o)
	}
}

// lone takes an operation that has no attempts in place of one attempt. It is
// called for every operation that the attempts have passed.
func (h *History) addOperation(stage int32, ops []int32, i int, o *Options) {
	if n := len(h.Attempts); n > 0 && h.Attempts[n-1].Stage == stage && h.Attempts[n-1].Operation == ops[i] {
		return
	}
	op := &h.Stages[stage].Operations[ops[i]]
	if op.Reason == "not_sent" {
		return
	}
	h.WithoutAttempts++
	a := runs.Attempt{
		Key: op.Key, StartTS: op.StartTS, Status: op.Status, Sent: true, Reason: op.Reason, OrderID: op.OrderID,
		LatencyMS: float64(op.EndTS.Sub(op.StartTS)) / 1e6,
	}
	h.addAttempt(stage, ops[i], None, &a, o)
}

func (h *History) addAttempt(stage, op, row int32, a *runs.Attempt, o *Options) {
	t := Attempt{Stage: stage, Operation: op, Row: row, Order: None, Meaning: o.Meaning(a)}
	var fine [2]bool
	t.Start, fine[0] = Nanoseconds(a.StartTS)
	t.End, fine[1] = endOf(t.Start, a.LatencyMS)
	if !fine[0] || !fine[1] {
		h.damaged++
	}
	if e := int64(h.Stages[stage].ClockError()); e > 0 { // whose clocks agree to within e: it was under way within these
		t.Start, t.End = t.Start-e, t.End+e
	}
	if a.OrderID != "" {
		t.Order = h.intern(a.OrderID)
	}
	var p Payload
	if op != None {
		row := &h.Stages[stage].Operations[op]
		p = Payload{row.UserID, row.ProductID, row.Quantity, row.PaymentMethodID}
	} else {
		h.PayloadUnknown++
	}
	t.Purchase = h.purchaseOf(a.Key, p, op == None)
	h.Attempts = append(h.Attempts, t)
}

func (h *History) intern(id string) int32 {
	i, known := h.OrderIndexes[id]
	if !known {
		i = int32(len(h.OrderIDs))
		h.OrderIDs = append(h.OrderIDs, id)
		h.OrderIndexes[id] = i
	}
	return i
}

// deed finds the purchase of an attempt.
func (h *History) purchaseOf(name string, p Payload, blind bool) int32 {
	k, known := int32(None), false
	if n := len(h.Keys); name != "" && n > 0 && h.Keys[n-1].Name == name { // most often the attempt before had it
		k, known = int32(n-1), true
	} else if name != "" {
		k, known = h.keyOf[name]
	}
	if !known {
		k = int32(len(h.Keys))
		h.Keys = append(h.Keys, Key{Name: name, First: None})
		if name != "" {
			h.keyOf[name] = k
		}
	}
	first := h.Keys[k].First
	if first != None && h.Purchases[first].Payload == p && h.Purchases[first].PayloadUnknown == blind {
		return first
	}
	which := variant{k, p, blind}
	if d, known := h.variants[which]; known {
		return d
	}
	if first != None { // the newest deed stands first, so that the usual one needs no map
		f := &h.Purchases[first]
		h.variants[variant{k, f.Payload, f.PayloadUnknown}] = first
	}
	h.Purchases = append(h.Purchases, Purchase{
		Payload: p, PayloadUnknown: blind, Key: k, NextOfKey: h.Keys[k].First,
		FirstSent: Forever, ConfirmedAt: Forever, RefusedAt: Forever, AnsweredOrder: None, Order: None,
	})
	h.Keys[k].First = int32(len(h.Purchases) - 1)
	return h.Keys[k].First
}

// group orders the tries by deed and time.
func (h *History) groupAttempts() {
	h.starts = make([]int32, len(h.Purchases)+1)
	for _, t := range h.Attempts {
		h.starts[t.Purchase+1]++
	}
	for i := range h.Purchases {
		h.starts[i+1] += h.starts[i]
	}
	at := slices.Clone(h.starts)
	h.byPurchase = make([]int32, len(h.Attempts))
	for i, t := range h.Attempts {
		h.byPurchase[at[t.Purchase]] = int32(i)
		at[t.Purchase]++
	}
	for d := range h.Purchases {
		slices.SortStableFunc(h.AttemptsOf(int32(d)), func(a, b int32) int { return cmp.Compare(h.Attempts[a].Start, h.Attempts[b].Start) })
	}
}

// of lists the tries of a deed by their start.
func (h *History) AttemptsOf(d int32) []int32 { return h.byPurchase[h.starts[d]:h.starts[d+1]] }

// tell adds what one attempt says to its deed.
func (h *History) apply(t *Attempt) {
	d := &h.Purchases[t.Purchase]
	h.LastAnswer = max(h.LastAnswer, t.End)
	if t.Meaning == NotSent {
		return
	}
	d.Sent++
	h.Keys[d.Key].Sent++
	d.FirstSent, d.LastEnd = min(d.FirstSent, t.Start), max(d.LastEnd, t.End)
	switch {
	case t.Meaning == Confirmed:
		d.Confirmations++
		if t.Order != None && (d.AnsweredOrder == None || t.End < d.ConfirmedAt) {
			d.AnsweredOrder = t.Order
		}
		d.ConfirmedAt = min(d.ConfirmedAt, t.End)
	case t.Meaning.IsRefusal():
		if t.End < d.RefusedAt {
			d.RefusedAt, d.Refusal = t.End, t.Meaning
		}
	case t.Meaning == KeyReused:
		d.KeyReused++
	default:
		d.Unclear++
	}
}

// survey says what is wrong with the history as a whole.
func (h *History) checkTimes() {
	ends := make([]int64, len(h.Stages))
	starts := make([]int64, len(h.Stages))
	for i := range starts {
		starts[i] = Forever
	}
	for _, t := range h.Attempts {
		starts[t.Stage] = min(starts[t.Stage], t.Start)
		ends[t.Stage] = max(ends[t.Stage], t.End)
	}
	h.checkComplete()
	before := None
	for i := range h.Stages {
		s := &h.Stages[i]
		if starts[i] == Forever {
			continue
		}
		if before != None && starts[i] < ends[before] && h.TimesUnusable == "" {
			h.TimesUnusable = fmt.Sprintf("stage %s begins before stage %s, which is said to come before it, has ended: the clock was set in between, or the stages are not in the order of execution", s.Stage, h.Stages[before].Stage)
		}
		if before == None || ends[i] > ends[before] {
			before = i
		}
	}
	if h.damaged > 0 {
		h.TimesUnusable = fmt.Sprintf("%d attempts have a start or a latency that cannot be", h.damaged)
	}
}

// gaps says which attempts may be missing.
func (h *History) checkComplete() {
	for i := range h.Stages {
		s := &h.Stages[i]
		sent := s.Requests
		if s.Report != nil { // what was dropped was not sent
			sent = s.Report.Started
		}
		if lost := s.Lost(); lost > 0 {
			h.Incomplete = fmt.Sprintf("%d operations of stage %s are lost with a worker, and may have been sent", lost, s.Stage)
			return
		}
		if n := len(s.Operations); s.State != runs.Complete || n < sent {
			h.Incomplete = fmt.Sprintf("stage %s recorded %d of %d operations (%s), and purchases that are not recorded may have been sent", s.Stage, n, sent, cmp.Or(s.State, "(none)"))
			return
		}
		if n := h.attemptsMissing(s); n > 0 {
			h.Incomplete = fmt.Sprintf("%d attempts of stage %s are not recorded", n, s.Stage)
			return
		}
	}
}

// lost is how many attempts a stage's operations count beyond those recorded.
func (h *History) attemptsMissing(s *runs.Stage) int {
	n := Sum{Value: -int64(len(s.Attempts))}
	for i := range s.Operations {
		n.Add(max(0, s.Operations[i].Attempts))
	}
	if len(s.Attempts) == 0 {
		n.Value = max(0, n.Value-int64(len(s.Operations))) // each stands for one
	}
	return int(max(0, n.Value))
}

// several reports whether a key was sent with more than one payload.
func (h *History) HasSeveralPayloads(k int32) bool {
	d := h.Keys[k].First
	return d != None && h.Purchases[d].NextOfKey != None
}

// same reports whether an order is for what a deed was to buy. A service need not
// tell the payment method.
func (d *Purchase) Matches(o *purchase.Order) bool {
	return d.PayloadUnknown || d.User == o.UserID && d.Product == o.ProductID && d.Quantity == o.Quantity &&
		(o.PaymentMethodID == 0 || d.Method == o.PaymentMethodID)
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

// lastBegan is the start of the last stage.
func (h *History) LastStageStart() int64 {
	if len(h.Stages) == 0 {
		return 0
	}
	return h.StageStart(int32(len(h.Stages) - 1))
}

// began is the start of a stage.
func (h *History) StageStart(stage int32) int64 {
	if ns, ok := Nanoseconds(h.Stages[stage].Started); ok {
		return ns
	}
	for i := range h.Attempts {
		if h.Attempts[i].Stage == stage {
			return h.Attempts[i].Start
		}
	}
	return 0
}

// binds reports whether a refusal is one of the purchase itself, and cannot mean
// that its key belongs to another payload.
func (h *History) RefusesPurchase(d *Purchase, m Meaning) bool {
	return m == NoStock || m == NoMoney || m.IsRefusal() && !h.HasSeveralPayloads(d.Key)
}
