package history

import "fmt"

// checkSameRun finds out whether the state is of this run at all. Only a service that
// others use may have been reset by them; one that the run alone used has lost what
// is missing.
func (m *Model) checkSameRun() {
	if m.OrdersUnusable != "" || m.Evidence.Sealed {
		return
	}
	stages := make([]acknowledgedCount, len(m.Stages))
	cut := resetCut{lastMissing: -1, firstFound: Forever}
	for n := range m.Purchases {
		p := &m.Purchases[n]
		acknowledged, found := m.acknowledged(p, int32(n))
		if !acknowledged {
			if m.keysShown && m.wasInProgress(int32(n)) {
				cut.add(p, found)
			}
			continue
		}
		s := &stages[m.Attempts[m.AttemptsOf(int32(n))[0]].Stage]
		s.acknowledged++
		if found {
			s.found++
		} else if m.Moving != "" && m.readIsLate(min(p.ConfirmedAt, p.RefusedAt)) {
			continue // a lag explains it as well
		}
		cut.add(p, found)
	}
	for i, s := range stages {
		if s.acknowledged > 0 && s.found == 0 {
			m.NotThisRun = fmt.Sprintf("none of the %d purchases that were answered with an order in stage %s is in the state: it was reset since, or is another service's", s.acknowledged, m.Stages[i].Stage)
			return
		}
	}
	m.NotThisRun = cut.why()
}

// acknowledgedCount counts a stage's purchases that were answered with an order, and
// those of them that the state has.
type acknowledgedCount struct{ acknowledged, found int }

// acknowledged reports whether purchase n was answered with an order, and whether the
// state has that order. After a reset order ids may repeat, keys do not.
func (m *Model) acknowledged(p *Purchase, n int32) (acknowledged, found bool) {
	acknowledged, found = p.ConfirmedAt < Forever, p.Orders > 0
	for _, t := range m.AttemptsOf(n) {
		if id := m.Attempts[t].OrderID; id != None {
			i := m.Row(id)
			acknowledged = true
			found = found || i != None && m.Orders[i].IdempotencyKey == ""
		}
	}
	return acknowledged, found
}

// wasInProgress reports whether an answer said that purchase n was under way.
func (m *Model) wasInProgress(n int32) bool {
	for _, t := range m.AttemptsOf(n) {
		if m.Attempts[t].Meaning == InProgress {
			return true
		}
	}
	return false
}

// resetCut finds the moment of a reset: all that is missing may have been before it,
// and all that was found after it.
type resetCut struct {
	missing, found          int
	lastMissing, firstFound int64 // sent, answered
}

func (c *resetCut) add(p *Purchase, found bool) {
	if found {
		c.found++
		c.firstFound = min(c.firstFound, p.LastEnd)
		return
	}
	c.missing++
	c.lastMissing = max(c.lastMissing, p.FirstSent)
}

// why says that the service was reset while the run used it, "" when nothing is
// missing or no single moment explains what is.
func (c *resetCut) why() string {
	if c.missing == 0 || c.found == 0 || c.lastMissing >= c.firstFound {
		return ""
	}
	return fmt.Sprintf("of %d purchases that the service said it had begun the state lacks exactly the first %d: the service was reset during the run, or has lost them; which of the two is known when this run alone uses it, as --sole-client and Lab.SoleClient say",
		c.missing+c.found, c.missing)
}
