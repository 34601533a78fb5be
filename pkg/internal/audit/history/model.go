package history

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/purchase"
)

// Model is the evidence as rules look at it: what was sent and answered, what state
// was read, and how the two belong together. Rules read it and change nothing.
type Model struct {
	*OrderIndex
	LedgerIndex
	Initial
	Evidence   Evidence
	Options    Options
	NotFinal   string // why the state may not be final, "" when it is
	Moving     string // why the state may lack what had happened when it was read, "" when it does not
	NotThisRun string // why the state is not of this run, "" when it is

	shown lateReads
}

// New builds the model in O(n log n) for n attempts, orders and ledger entries. Any
// evidence may be given; e is not changed.
func New(e Evidence, o Options) *Model {
	var orders []purchase.Order
	if e.After != nil {
		orders = e.After.Orders
	}
	m := &Model{OrderIndex: newOrderIndex(newHistory(e.Stages, &o, orders...), &e), Evidence: e, Options: o}
	m.checkTiming()
	m.readShown()
	m.checkSameRun()
	m.LedgerIndex = newLedgerIndex(m.OrderIndex, e.After)
	m.readInitial()
	return m
}

// checkTiming finds out whether the state is final. An order that stays pending makes
// it not final, but hides nothing that happened; one that was left behind between the steps of
// a purchase does not change any more.
func (m *Model) checkTiming() {
	after := m.Evidence.After
	if after == nil {
		return
	}
	at, known := Nanoseconds(after.At)
	switch {
	case known && at < m.LastAnswer:
		m.Moving = fmt.Sprintf("the state was read %s before the last answer had come: load still ran, or the clock was set", FormatMS(m.LastAnswer-at))
	case after.Unsettled != "":
		m.Moving = after.Unsettled
	}
	m.NotFinal = m.Moving
	if m.NotFinal == "" && m.Pending > m.Left {
		m.NotFinal = Counted(m.Pending-m.Left, "order is", "orders are") + " still pending, so that stock and money are not final"
	}
}

// ReadAllowance returns how late a read may be: as the service declares it, else the
// time for settling. Within it a read that shows less than an answer promised is
// no violation.
func (m *Model) ReadAllowance() time.Duration {
	if lag, declared := m.DeclaredLag(); declared {
		return lag
	}
	return m.Options.SettleTime()
}

// DeclaredLag returns how late the service says that its reads may be, at most purchase.MaxReadsLag;
// declared is false when it says nothing.
func (m *Model) DeclaredLag() (lag time.Duration, declared bool) {
	if m.Evidence.After == nil || m.Evidence.After.LagMS == nil {
		return 0, false
	}
	lag = time.Duration(min(max(*m.Evidence.After.LagMS, 0), purchase.MaxReadsLag.Milliseconds())) * time.Millisecond
	return lag, true
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

// OrderOf returns the order of a purchase, nil without one; known is false when it
// could not be found even if it existed.
func (m *Model) OrderOf(p *Purchase) (o *purchase.Order, known bool) {
	if p.AnsweredOrderID != None {
		if i := m.Row(p.AnsweredOrderID); i != None {
			return &m.Orders[i], true
		}
	}
	if p.Vague {
		return nil, false
	}
	if p.OrderRow != None {
		return &m.Orders[p.OrderRow], true
	}
	return nil, p.AnsweredOrderID != None || m.keysShown && m.Keys[p.Key].Name != ""
}

// OffersOrderCall reports whether the service is known to offer reads of single
// orders, or nothing says that it does not.
func (m *Model) OffersOrderCall() bool {
	return m.Evidence.After == nil || !slices.Contains(m.Evidence.After.NotOffered, OrderCall)
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
