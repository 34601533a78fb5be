package history

import "fmt"

// A list that was read may lack an order that was acknowledged because the read is late,
// or because the service was reset. Neither explains every order that is missing.
//
// A late read shows what there was some time before: the beginning of what happened, and
// of a list that stands in the order of creation the beginning. So when it shows an
// order that was begun after the missing one had been acknowledged, the missing one is
// lost, whatever the lag is. Pages make no difference, though each may be of another
// moment, and even of another replica: a page of a moment when the missing order was not
// there ends, in the order of creation, before all that was begun later, and no page
// after it shows what stands before its end. Only the newest orders, all of those that
// were acknowledged after some moment, may be missing by a lag that was not declared.
//
// The ledger is read after the list. A lag that is not declared is at most the time for
// settling, so that a list that was read so long after an acknowledgement, and lacks an
// order whereas the ledger has an entry for one that was begun later, is not late.
//
// A reset takes what was there before it. So when an order that had been confirmed
// before the missing one was begun is still there, no reset took the missing one.
//
// Times within a stage are consistent; across stages the reasoning needs those of all of
// them (History.TimesUnusable).

// lateReads is what the state shows for certain of the time of the run, in nanoseconds
// since 1970.
type lateReads struct {
	listed   int64 // when the youngest listed order was begun at the earliest, 0 without one
	booked   int64 // the same of the orders of the ledger's entries
	survived int64 // when the oldest listed order had been confirmed at the latest, Forever without one
}

// readShown fills lateReads, which only a state that may be late needs.
func (m *Model) readShown() {
	m.shown = lateReads{survived: Forever}
	if m.Moving == "" || m.OrdersUnusable != "" || m.TimesUnusable != "" {
		return
	}
	begun := m.begunByKey()
	for i := range m.Orders {
		n := m.PurchaseOf[i]
		if m.Repeated[i] || m.Origins[i] != Ours || m.KeyOf[i] == None || n != None && m.Purchases[n].Guessed {
			continue
		}
		m.shown.listed = max(m.shown.listed, begun[m.KeyOf[i]])
		if n != None && m.Keys[m.KeyOf[i]].Sent == 1 {
			m.shown.survived = min(m.shown.survived, m.Purchases[n].ConfirmedAt)
		}
	}
	m.readBooked(begun)
}

// readBooked looks for the youngest order that the ledger has an entry for.
func (m *Model) readBooked(begun []int64) {
	if m.LedgerUnusable() != "" {
		return
	}
	for i := range m.Evidence.After.Ledger {
		id, known := m.OrderIDIndex[m.Evidence.After.Ledger[i].OrderID]
		if k := int32(None); known {
			if k = m.NamedBy(id); k != None && !m.Before[id] {
				m.shown.booked = max(m.shown.booked, begun[k])
			}
		}
	}
}

// begunByKey returns by key when it was first sent.
func (m *Model) begunByKey() []int64 {
	begun := make([]int64, len(m.Keys))
	for k := range begun {
		begun[k] = Forever
	}
	for n := range m.Purchases {
		p := &m.Purchases[n]
		begun[p.Key] = min(begun[p.Key], p.FirstSent)
	}
	return begun
}

// ReadBefore returns why an order that was begun at one time and acknowledged at another,
// in nanoseconds since 1970, need not be in the state, "" when it has to be.
func (m *Model) ReadBefore(begun, acknowledged int64) string {
	read, known := Nanoseconds(m.Evidence.After.At)
	switch {
	case known && read < acknowledged:
		return m.Moving
	case m.Evidence.After.Unsettled == "":
		return ""
	case m.readIsLate(acknowledged):
		return m.Moving
	case !m.Evidence.Sealed && begun <= m.shown.survived:
		return m.Moving
	}
	return ""
}

// readIsLate reports whether the lag of the read may hide what was acknowledged at a time.
func (m *Model) readIsLate(acknowledged int64) bool {
	if acknowledged < m.shown.listed {
		return false
	}
	read, known := Nanoseconds(m.Evidence.After.At)
	if !known || read-acknowledged < int64(m.ReadAllowance()) {
		return true
	}
	_, declared := m.DeclaredLag()
	return !declared && acknowledged >= m.shown.booked
}

// LaterShown says what proves that a read that lacks an order is not late, of an order
// that was acknowledged at a time, "" when nothing does.
func (m *Model) LaterShown(acknowledged int64) string {
	switch {
	case acknowledged < m.shown.listed:
		return fmt.Sprintf("it lists an order that was begun at least %s after that", FormatMS(m.shown.listed-acknowledged))
	case acknowledged < m.shown.booked:
		return fmt.Sprintf("GET /ledger has an entry of an order that was begun at least %s after that", FormatMS(m.shown.booked-acknowledged))
	}
	return ""
}
