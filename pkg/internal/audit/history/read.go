package history

import (
	"cmp"
	"slices"

	"sagalab/pkg/runs"
)

// variant identifies a purchase of a key that has several payloads.
type variant struct {
	key int32
	Payload
	payloadUnknown bool
}

// readStage appends the attempts of a stage, each joined with its operation by the
// operation's index. An operation without attempts stands for one attempt.
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

// addOperation appends ops[i] as an attempt if it has none of its own and may have
// been sent. It is called once all its attempts have been appended.
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

// addAttempt appends a row as an attempt of its purchase. operation and row may be
// None.
func (h *History) addAttempt(stage, op, row int32, a *runs.Attempt, o *Options) {
	t := Attempt{Stage: stage, Operation: op, Row: row, OrderID: None, Meaning: o.Meaning(a)}
	var fine [2]bool
	t.Start, fine[0] = Nanoseconds(a.StartTS)
	t.End, fine[1] = endOf(t.Start, a.LatencyMS)
	if !fine[0] || !fine[1] {
		h.impossibleTimes++
	}
	if e := int64(h.Stages[stage].ClockError()); e > 0 { // clocks of the machines differ by up to e
		t.Start, t.End = t.Start-e, t.End+e
	}
	if a.OrderID != "" {
		t.OrderID = h.intern(a.OrderID)
	}
	var p Payload
	if op != None {
		row := &h.Stages[stage].Operations[op]
		p = Payload{row.UserID, row.ProductID, row.Quantity, row.PaymentMethodID}
	} else {
		h.UnrecordedPayloads++
	}
	t.Purchase = h.purchaseOf(a.Key, p, op == None)
	h.Attempts = append(h.Attempts, t)
}

// intern returns the place of an order id in OrderIDs, and appends it if it is new.
func (h *History) intern(id string) int32 {
	i, known := h.OrderIDIndex[id]
	if !known {
		i = int32(len(h.OrderIDs))
		h.OrderIDs = append(h.OrderIDs, id)
		h.OrderIDIndex[id] = i
	}
	return i
}

// purchaseOf returns the purchase with this key and payload, and appends it if it
// is new. Requests without a key are a purchase each.
func (h *History) purchaseOf(name string, p Payload, blind bool) int32 {
	k, known := int32(None), false
	if n := len(h.Keys); name != "" && n > 0 && h.Keys[n-1].Name == name { // an attempt mostly has the key of the one before
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
	if first != None { // the newest purchase stands first: keys with one payload need no map
		f := &h.Purchases[first]
		h.variants[variant{k, f.Payload, f.PayloadUnknown}] = first
	}
	h.Purchases = append(h.Purchases, Purchase{
		Payload: p, PayloadUnknown: blind, Key: k, NextOfKey: h.Keys[k].First,
		FirstSent: Forever, ConfirmedAt: Forever, RefusedAt: Forever, AnsweredOrderID: None, OrderRow: None,
	})
	h.Keys[k].First = int32(len(h.Purchases) - 1)
	return h.Keys[k].First
}

// groupAttempts fills what AttemptsOf returns.
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

// apply adds to a purchase what one of its attempts says of it.
func (h *History) apply(a *Attempt) {
	p := &h.Purchases[a.Purchase]
	h.LastAnswer = max(h.LastAnswer, a.End)
	if a.Meaning == NotSent {
		return
	}
	p.Sent++
	h.Keys[p.Key].Sent++
	p.FirstSent, p.LastEnd = min(p.FirstSent, a.Start), max(p.LastEnd, a.End)
	if a.Meaning.DidNothing() {
		p.DidNothing++
	}
	switch {
	case a.Meaning == Confirmed:
		p.Confirmations++
		if a.OrderID != None && (p.AnsweredOrderID == None || a.End < p.ConfirmedAt) {
			p.AnsweredOrderID = a.OrderID
		}
		p.ConfirmedAt = min(p.ConfirmedAt, a.End)
	case a.Meaning.IsRefusal():
		if a.End < p.RefusedAt {
			p.RefusedAt, p.Refusal = a.End, a.Meaning
		}
	case a.Meaning == KeyReused:
		p.KeyReused++
	case a.Meaning == InProgress:
		p.InProgress++
	case a.Meaning == Unclear:
		p.Unclear++
	}
}

// inOrder returns the indexes of rows in the order of compare. The rows are not
// copied.
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
