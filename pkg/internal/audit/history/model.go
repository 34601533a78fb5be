package history

import (
	"cmp"
	"fmt"

	"sagalab/pkg/purchase"
)

// Model is the evidence as rules look at it: what was sent and answered, what state
// was read, and how the two belong together. Rules read it and change nothing.
type Model struct {
	*OrderIndex
	Initial
	Evidence       Evidence
	Options        Options
	NotFinal       string // why the state may not be final, "" when it is
	ReadDuringLoad bool   // the state was read before the last answer had come
	NotThisRun     string // why the state is not of this run, "" when it is
}

// New builds the model in O(n log n) for n attempts, orders and ledger entries. Any
// evidence may be given; e is not changed.
func New(e Evidence, o Options) *Model {
	m := &Model{OrderIndex: newOrderIndex(newHistory(e.Stages, &o), &e), Evidence: e, Options: o}
	m.checkTiming()
	m.checkSameRun()
	m.readInitial()
	return m
}

// checkTiming finds out whether the state is final.
func (m *Model) checkTiming() {
	after := m.Evidence.After
	if after == nil {
		return
	}
	at, known := Nanoseconds(after.At)
	switch {
	case known && at < m.LastAnswer:
		m.ReadDuringLoad = true
		m.NotFinal = fmt.Sprintf("the state was read %s before the last answer had come: load still ran, or the clock was set", FormatMS(m.LastAnswer-at))
	case after.Unsettled != "":
		m.NotFinal = after.Unsettled
	case m.Pending > 0:
		m.NotFinal = Counted(m.Pending, "order is", "orders are") + " still pending, so that stock and money are not final"
	}
}

// checkSameRun finds out whether the state is of this run at all.
func (m *Model) checkSameRun() {
	if m.OrdersUnusable != "" || m.Evidence.Sealed {
		return
	}
	type count struct{ acknowledged, found int }
	stages := make([]count, len(m.Stages))
	for n := range m.Purchases {
		p := &m.Purchases[n]
		tries := m.AttemptsOf(int32(n))
		acknowledged, found := p.ConfirmedAt < Forever, p.Orders > 0
		for _, t := range tries {
			if id := m.Attempts[t].OrderID; id != None {
				i := m.Row(id)
				acknowledged = true
				found = found || i != None && m.Orders[i].IdempotencyKey == "" // after a reset ids may repeat, keys do not
			}
		}
		if acknowledged {
			stages[m.Attempts[tries[0]].Stage].acknowledged++
		}
		if acknowledged && found {
			stages[m.Attempts[tries[0]].Stage].found++
		}
	}
	for i, s := range stages {
		if s.acknowledged > 0 && s.found == 0 {
			m.NotThisRun = fmt.Sprintf("none of the %d purchases that were answered with an order in stage %s is in the state: it was reset since, or is another service's", s.acknowledged, m.Stages[i].Stage)
			return
		}
	}
}

// AnswersOnly reports whether there is nothing but the history, so that what the
// service had before is beyond reach.
func (m *Model) AnswersOnly() bool {
	return m.Evidence.Fixture == nil && m.Evidence.Before == nil && m.Evidence.After == nil
}

// FinalState returns why what these calls read is not the state that the run left
// behind, "" when it is. beyond is true when the service does not offer a call.
func (m *Model) FinalState(calls ...Call) (why string, beyond bool) {
	if why, beyond = m.Evidence.After.Unusable(calls...); why != "" {
		return why, beyond
	}
	switch {
	case m.NotThisRun != "":
		return m.NotThisRun, false
	case m.NotFinal != "":
		return m.NotFinal, false
	}
	return "", false
}

// ComparableOrders returns why the state's orders cannot be compared with the
// history, "" when they can.
func (m *Model) ComparableOrders() (why string, beyond bool) {
	if m.OrdersUnusable != "" {
		return m.OrdersUnusable, m.ordersBeyond
	}
	return m.NotThisRun, false
}

// MixedServices returns why the stages cannot be judged together, "" when they can.
func (m *Model) MixedServices() string {
	for i := range m.Stages {
		if a, b := m.Stages[0].API, m.Stages[i].API; a != b {
			return fmt.Sprintf("stage %s ran against %s, stage %s against %s: give the stages of one service only", m.Stages[0].Stage, cmp.Or(a, "(none)"), m.Stages[i].Stage, cmp.Or(b, "(none)"))
		}
	}
	return ""
}

// ShowsSteps reports whether any order of the state shows its steps.
func (m *Model) ShowsSteps() bool {
	for i := range m.Orders {
		if len(m.Orders[i].Steps) > 0 {
			return true
		}
	}
	return false
}

// ReadBefore returns why an answer that came at a time, in nanoseconds since 1970,
// need not be in the state yet, "" when it has to be.
func (m *Model) ReadBefore(at int64) string {
	if read, known := Nanoseconds(m.Evidence.After.At); known && read < at {
		return m.NotFinal
	}
	return ""
}

// OrderOf returns the order of a purchase, nil without one; known is false when it
// could not be found even if it existed.
func (m *Model) OrderOf(p *Purchase) (o *purchase.Order, known bool) {
	if p.AnsweredOrderID != None {
		if i := m.Row(p.AnsweredOrderID); i != None {
			return &m.Orders[i], true
		}
	}
	if p.OrderRow != None {
		return &m.Orders[p.OrderRow], true
	}
	return nil, p.AnsweredOrderID != None || m.keysShown && m.Keys[p.Key].Name != ""
}

// LedgerUnusable returns why the ledger cannot be used, "" when it can.
func (m *Model) LedgerUnusable() string {
	if why, _ := m.Evidence.After.Unusable(LedgerCall); why != "" {
		return why
	}
	if m.Evidence.Before != nil {
		why, _ := m.Evidence.Before.Unusable(LedgerCall)
		return why
	}
	return ""
}
