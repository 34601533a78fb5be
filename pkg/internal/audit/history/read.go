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
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number), orderOfKinds(a, b))
	})
	next := 0
	for from := 0; from < len(rows); {
		index := s.Attempts[rows[from]].Index
		to := from + 1
		for to < len(rows) && s.Attempts[rows[to]].Index == index {
			to++
		}
		for next < len(ops) && s.Operations[ops[next]].Index < index {
			h.addOperation(stage, ops[next], o)
			next++
		}
		op := int32(None)
		if next < len(ops) && s.Operations[ops[next]].Index == index {
			op = ops[next]
			next++
		}
		h.addRows(stage, op, rows[from:to], o)
		from = to
	}
	for ; next < len(ops); next++ {
		h.addOperation(stage, ops[next], o)
	}
}

// orderOfKinds puts a poll, or a login, behind the attempt that it came after.
func orderOfKinds(a, b *runs.Attempt) int {
	switch x, y := a.IsAttempt(), b.IsAttempt(); {
	case x && !y:
		return -1
	case y && !x:
		return 1
	}
	return 0
}

// addRows appends the rows of an operation, which may be None.
func (h *History) addRows(stage, op int32, rows []int32, o *Options) {
	s, first := &h.Stages[stage], len(h.Attempts)
	h.apart = h.apart[:0]
	for _, row := range rows {
		switch part, known := partOf(s, &s.Attempts[row]); {
		case !known:
		case part == Decides:
			h.addAttempt(stage, op, row, &s.Attempts[row], o)
		default:
			h.apart = append(h.apart, row)
		}
	}
	if len(h.apart) > 0 || len(s.Steps) > 1 {
		h.addApart(stage, op, first, o)
	}
}

// addOperation appends an operation without attempts as one, if it may have been sent.
func (h *History) addOperation(stage, row int32, o *Options) {
	op := &h.Stages[stage].Operations[row]
	if op.Reason == "not_sent" {
		return
	}
	h.WithoutAttempts++
	a := runs.Attempt{
		Key: op.Key, StartTS: op.StartTS, Status: op.Status, Sent: true, Reason: op.Reason, OrderID: op.OrderID,
		LatencyMS: float64(op.EndTS.Sub(op.StartTS)) / 1e6,
	}
	h.addAttempt(stage, row, None, &a, o)
	if len(h.Stages[stage].Steps) > 1 { // how far it came is not known
		c := h.Purchases[h.Attempts[len(h.Attempts)-1].Purchase].ownSteps()
		c.Begun, c.Held, c.Own = c.Begun+1, c.Held+1, c.Own+1
	}
}

// addAttempt appends a row as an attempt of its purchase. operation and row may be
// None.
func (h *History) addAttempt(stage, op, row int32, a *runs.Attempt, o *Options) {
	t := h.attemptOf(stage, op, row, a, Decides, o)
	p, known := h.payloadOf(stage, op)
	if !known {
		h.UnrecordedPayloads++
	}
	t.Purchase = h.purchaseOf(a.Key, p, !known)
	h.Attempts = append(h.Attempts, t)
}

// payloadOf returns what an operation is to buy, known false of None.
func (h *History) payloadOf(stage, op int32) (p Payload, known bool) {
	if op == None {
		return p, false
	}
	row := &h.Stages[stage].Operations[op]
	return Payload{row.UserID, row.ProductID, row.Quantity, row.PaymentMethodID}, true
}

// attemptOf returns a row as an attempt, without its purchase.
func (h *History) attemptOf(stage, op, row int32, a *runs.Attempt, part Part, o *Options) Attempt {
	t := Attempt{Stage: stage, Operation: op, Row: row, OrderID: None, Meaning: inPart(o.Meaning(a), part, len(h.Stages[stage].Steps) > 0), Part: part}
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
	return t
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
		Steps: &noSteps,
	})
	h.Keys[k].First = int32(len(h.Purchases) - 1)
	return h.Keys[k].First
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
	case h.settle(p, a):
	case a.Meaning == KeyReused:
		p.KeyReused++
	case a.Meaning == InProgress:
		p.InProgress++
	case a.Meaning == Pending:
		p.Accepted++
	case a.Meaning == Unclear:
		p.Unclear++
	}
}

// settle adds a definite answer to a purchase, and reports whether it is one.
func (h *History) settle(p *Purchase, a *Attempt) bool {
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
	}
	return a.Meaning.IsDefinite()
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
