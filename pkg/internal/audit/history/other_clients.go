package history

import "fmt"

// OfOthers reports whether row i is an order that no purchase of the run explains,
// of a service that others may have used: theirs, or made by the service itself; or one that
// may be older than the run (PerhapsOlder). It is not judged as an order of the run.
func (m *Model) OfOthers(i int) bool {
	return !m.Repeated[i] && (m.Origins[i] == Foreign || m.Origins[i] == Phantom && (!m.Evidence.Sealed || m.PerhapsOlder(i)))
}

// IsOwn reports whether row i is judged as an order of the run: one that it asked
// for, or one that the service made by itself while the run alone used it.
func (m *Model) IsOwn(i int) bool { return m.OfRun(i) && !m.OfOthers(i) }

// OtherOrders counts the rows that OfOthers reports.
func (m *Model) OtherOrders() int {
	n := 0
	for i := range m.Origins {
		if m.OfOthers(i) {
			n++
		}
	}
	return n
}

// AloneHint says how an answer that others may have caused becomes a definite one.
const AloneHint = "judge it when this run alone uses the service, and say so with --sole-client, in a notebook with Lab.SoleClient"

// SealingFlag is in every reason that Evidence.Sealed would take away: the flag that says so.
const SealingFlag = "--sole-client"

// OtherTraffic says that the state has orders of others and what follows, "" when it
// has none.
func (m *Model) OtherTraffic() string {
	n := m.OtherOrders()
	if n == 0 {
		return ""
	}
	what := Counted(n, "order", "orders") + " under keys that this run did not send"
	if !m.keysShown {
		what = Counted(n, "order", "orders") + " that no purchase of this run explains"
	}
	switch {
	case m.Incomplete != "":
		return what + ": " + m.Incomplete
	case m.Evidence.Sealed && m.BeforeUnknown():
		return what + ": they may be older than the run: " + BeforeNotRead
	}
	return what + ": other clients were active, or the service made them by itself; " + AloneHint
}

// OrderPerhapsOfOthers says of an order that PerhapsNotOurs reports why what is wrong with it
// need not be held against the service.
func (m *Model) OrderPerhapsOfOthers(i int) string {
	if m.Evidence.Sealed {
		return fmt.Sprintf("order %s is the run's by what it is for alone, and may be older than the run: %s", m.Orders[i].OrderID, BeforeNotRead)
	}
	return fmt.Sprintf("order %s is the run's by what it is for alone, and may be another client's; %s", m.Orders[i].OrderID, AloneHint)
}

// PerhapsOtherTraffic says that others may have bought: as OtherTraffic, or because orders that
// are not cancelled may be theirs, which only unanswered purchases of the run explain. It
// returns "" when neither is so.
func (m *Model) PerhapsOtherTraffic() string {
	if others := m.OtherTraffic(); others != "" {
		return others
	}
	n := 0
	for i := range m.Orders {
		if p := m.PurchaseOf[i]; m.PerhapsOfOthers(i) && isLive(&m.Orders[i]) && p != None && m.Purchases[p].ConfirmedAt == Forever {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return Counted(n, "order that is", "orders that are") + " the run's by what is bought alone, and may be another client's; " + AloneHint
}

// OwnPending counts the orders of the run that are not terminal.
func (m *Model) OwnPending() int {
	n := 0
	for i := range m.Orders {
		if m.IsOwn(i) && !m.Orders[i].Status.Terminal() {
			n++
		}
	}
	return n
}

// WasConfirmed reports whether a confirming answer named an order id.
func (m *Model) WasConfirmed(id int32) bool {
	return id != None && int(id) < len(m.NamedByConfirmation) && m.NamedByConfirmation[id]
}
