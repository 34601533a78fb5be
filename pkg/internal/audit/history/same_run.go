package history

import "fmt"

// checkSameRun finds out whether the state is of this run at all. Only a service that
// others use may have been reset by them; one that the run alone used has lost what
// is missing. Orders that answers named, and keys, decide: that there is an order of the
// same payload proves nothing. Where there are neither, it has to do. That orders stand for
// something else under the ids that were named is a reset only where an order is missing or
// one too many, too: else the service has mixed them up, or is read wrongly.
func (m *Model) checkSameRun() {
	if m.OrdersUnusable != "" || m.Evidence.Sealed {
		return
	}
	s := m.survey(false)
	if s.foreign > 0 && (s.cut.missing > 0 || m.PerhapsOtherTraffic() != "") {
		s = m.survey(true)
	}
	m.NotThisRun = s.why(m)
}

// survey counts the purchases that were answered with an order, and of how many the state
// has it.
type survey struct {
	stages       []acknowledgedCount
	acknowledged int // in all stages
	foreign      int // of which the state has an order under the id, for something else
	anew         bool
	cut          resetCut
}

// survey looks at all purchases. anew: an order for something else under the id of a
// purchase is another one, of a service that began anew with its ids.
func (m *Model) survey(anew bool) *survey {
	named, byPayload := m.newSurvey(anew), m.newSurvey(anew)
	for n := range m.Purchases {
		p := &m.Purchases[n]
		switch acknowledged, found, foreign := m.acknowledged(p, int32(n)); {
		case acknowledged:
			named.add(m, int32(n), found, foreign)
		case p.ConfirmedAt < Forever:
			byPayload.add(m, int32(n), p.Orders > 0, false)
		case m.keysShown && m.wasInProgress(int32(n)):
			named.cut.add(p, found)
		}
	}
	if named.acknowledged == 0 && byPayload.acknowledged > 0 {
		return byPayload
	}
	return named
}

func (m *Model) newSurvey(anew bool) *survey {
	return &survey{anew: anew, stages: make([]acknowledgedCount, len(m.Stages)), cut: resetCut{lastMissing: -1, firstFound: Forever}}
}

// add counts purchase n.
func (s *survey) add(m *Model, n int32, found, foreign bool) {
	p := &m.Purchases[n]
	stage := &s.stages[m.StageOf(n)]
	stage.acknowledged++
	s.acknowledged++
	if foreign {
		s.foreign++
		found = !s.anew
	}
	switch {
	case found:
		stage.found++
	case foreign:
	case m.Moving != "" && m.readIsLate(min(p.ConfirmedAt, p.RefusedAt)):
		return // a lag explains it as well
	}
	s.cut.add(p, found)
}

// why says why the state is not of this run, "" when it may be: a stage left nothing in it,
// or one moment explains what is missing, or most is missing and others have bought. Of ids
// that begin anew some stand for the same by chance.
func (s *survey) why(m *Model) string {
	for i, c := range s.stages {
		if c.acknowledged > 0 && c.found == 0 {
			return fmt.Sprintf("none of the %d purchases that were answered with an order in stage %s is in the state: it was reset since, or is another service's", c.acknowledged, m.Stages[i].Stage)
		}
	}
	if why := s.cut.why(); why != "" {
		return why
	}
	others := m.OtherOrders()
	if s.anew {
		others += s.foreign
	}
	if others > 0 && (s.cut.missing > s.cut.found || s.anew && s.foreign*manyForeign >= s.acknowledged) {
		return fmt.Sprintf("of %d purchases that were answered with an order the state lacks %d, and it has %s that this run did not make: it was reset since, or has lost them; %s",
			s.acknowledged, s.cut.missing, Counted(others, "order", "orders"), AloneHint)
	}
	return ""
}

// manyForeign is what part of the ids, one in so many, has to stand for something else.
const manyForeign = 4

// acknowledgedCount counts a stage's purchases that were answered with an order, and
// those of them that the state has.
type acknowledgedCount struct{ acknowledged, found int }

// acknowledged reports whether purchase n was answered with an order that the state would
// show for certain, by its id or its key, and whether the state has that order. After a
// reset order ids may repeat, keys do not: foreign reports that an order which shows no key
// stands under the id, for something else than was bought.
func (m *Model) acknowledged(p *Purchase, n int32) (acknowledged, found, foreign bool) {
	if m.keysShown && m.Keys[p.Key].Name != "" {
		acknowledged = p.ConfirmedAt < Forever
	}
	found = p.Orders > 0 && !m.PerhapsOfOthers(int(p.OrderRow))
	for _, t := range m.AnswersOf(n) {
		id := m.All[t].OrderID
		if id == None || m.All[t].Meaning == Pending { // which may be the id of the request
			continue
		}
		acknowledged = true
		if i := m.Row(id); i != None && m.Orders[i].IdempotencyKey == "" {
			fits := p.Matches(&m.Orders[i])
			found, foreign = found || fits, foreign || !fits
		}
	}
	return acknowledged, found, foreign && !found
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
