package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// observation is one reading of an order's status.
type observation struct {
	asked, answered int64
	order           int32 // id
	status          uint8 // index into statuses, or notInContract
	seen            *purchase.Order
}

// statuses are the contract's. Of each, past is the set of those that an order had
// before it, and impossible of those that it has neither before nor after, a bit each.
var (
	statuses   = [...]purchase.Status{purchase.Pending, purchase.Compensating, purchase.Confirmed, purchase.Cancelled}
	past       = [...]uint8{0, 0b0001, 0b0001, 0b0011}
	impossible = [...]uint8{0, 0b0100, 0b1010, 0b0100}
)

const notInContract = uint8(len(statuses))

// ruleC7 wants statuses to go forward only: PENDING → CONFIRMED, or PENDING →
// COMPENSATING → CANCELLED, and to stay there. A confirming answer counts as a read
// of the order, and so does the state at the end. Two reads that overlap in time
// are not compared.
//
// Reads may be late (history.Model.ReadAllowance): within that time one may show an
// earlier status than another. But no lag explains an order that is confirmed in one
// read and cancelled, or being so, in another.
//
// It is unknown where single orders cannot be read, and not exercised where none was.
var ruleC7 = rule{
	id: "C7", title: "an order's status only goes forward",
	one: "order read by itself", many: "orders read by themselves",
	judge: statusForward,
}

// statusForward applies ruleC7; refs are pairs of observations.
func statusForward(m *history.Model) ruling {
	q := ruling{none: "no order was read by itself", unknown: m.Evidence.SamplesDamaged}
	sights := observations(m)
	if len(sights) == 0 {
		if q.unknown == "" {
			q.unknown, q.beyond = m.Evidence.After.Unusable(history.OrderCall)
		}
		return q
	}
	var bad [][2]observation
	allowed, late := int64(m.ReadAllowance()), 0
	for from := 0; from < len(sights); {
		to := from + 1
		for to < len(sights) && sights[to].order == sights[from].order {
			to++
		}
		q.judged++
		if pair, found := backwards(sights[from:to], allowed); found && m.NotThisRun != "" {
			q.unknown = m.NotThisRun // after a reset order ids may repeat
		} else if found {
			q.add(len(bad), pair[1].asked, 1)
			bad = append(bad, pair)
		} else if _, stale := backwards(sights[from:to], 0); stale {
			late++
		}
		from = to
	}
	if late > 0 {
		q.note = fmt.Sprintf("%s at an earlier status again, within the %s that reads may be late", history.Counted(late, "order was read", "orders were read"), m.ReadAllowance())
	}
	q.show = func(i int) Counterexample { return statusCounterexample(m, bad[i]) }
	return q
}

// observations lists all readings of the orders that samples show, by order and
// time.
func observations(m *history.Model) []observation {
	var list []observation
	sampled := map[int32]bool{}
	for i := range m.Evidence.Samples {
		s := &m.Evidence.Samples[i]
		asked, known := history.Nanoseconds(s.Asked)
		answered, known2 := history.Nanoseconds(s.Answered)
		for n := range s.Orders {
			o := &s.Orders[n]
			if o.OrderID == "" || !known || !known2 {
				continue
			}
			id := m.OrderIDIndex[o.OrderID]
			sampled[id] = true
			list = append(list, observation{asked, max(asked, answered), id, statusIndex(o.Status), o})
		}
	}
	if len(list) == 0 {
		return nil
	}
	if m.TimesUnusable != "" { // answers and reads cannot be put in one order
		return byOrderAndTime(list)
	}
	for i := range m.All {
		if a := &m.All[i]; a.OrderID != history.None && a.Meaning == history.Confirmed && sampled[a.OrderID] {
			list = append(list, observation{a.End, a.End, a.OrderID, statusIndex(purchase.Confirmed), nil})
		}
	}
	if m.OrdersUnusable == "" && m.NotThisRun == "" {
		at, known := history.Nanoseconds(m.Evidence.After.At)
		for i := range m.Orders {
			id, there := m.OrderIDIndex[m.Orders[i].OrderID]
			if known && there && !m.Repeated[i] && sampled[id] {
				list = append(list, observation{at, history.Forever, id, statusIndex(m.Orders[i].Status), &m.Orders[i]})
			}
		}
	}
	return byOrderAndTime(list)
}

func byOrderAndTime(list []observation) []observation {
	slices.SortStableFunc(list, func(a, b observation) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.asked, b.asked))
	})
	return list
}

func statusIndex(s purchase.Status) uint8 {
	if i := slices.Index(statuses[:], s); i >= 0 {
		return uint8(i)
	}
	return notInContract
}

// backwards finds two readings of one order, the first over before the second
// began, whose statuses do not follow each other, or one whose status the contract
// does not have. A reading may show what is past by allowed nanoseconds. looks are
// sorted by asked.
func backwards(looks []observation, allowed int64) (pair [2]observation, found bool) {
	for _, look := range looks {
		if look.status == notInContract {
			return [2]observation{look, look}, true
		}
	}
	pair, found = unfollowed(looks, 0, &impossible)
	if back, too := unfollowed(looks, allowed, &past); too && (!found || back[1].asked < pair[1].asked) {
		return back, true
	}
	return pair, found
}

// unfollowed finds two readings, the first over more than apart nanoseconds before the
// second began, where forbidden has the second's status after the first's.
func unfollowed(looks []observation, apart int64, forbidden *[len(statuses)]uint8) (pair [2]observation, found bool) {
	ended := slices.Clone(looks)
	slices.SortStableFunc(ended, func(a, b observation) int { return cmp.Compare(a.answered, b.answered) })
	var seen [len(statuses)]*observation // the first reading that was over and had this status
	next := 0
	for _, look := range looks {
		for ; next < len(ended) && ended[next].answered < look.asked-apart; next++ {
			if s := ended[next].status; seen[s] == nil {
				seen[s] = &ended[next]
			}
		}
		for s, before := range seen {
			if before != nil && forbidden[s]&(1<<look.status) != 0 {
				return [2]observation{*before, look}, true
			}
		}
	}
	return pair, false
}

func statusCounterexample(m *history.Model, pair [2]observation) Counterexample {
	id := m.OrderIDs[pair[0].order]
	c := Counterexample{OrderID: id}
	if pair[1].seen != nil {
		c.Key = pair[1].seen.IdempotencyKey
	}
	if pair[0].status == notInContract {
		c.Says = fmt.Sprintf("order %s has the status %s, which the contract does not have", id, orNone(string(pair[0].seen.Status)))
		return c
	}
	c.Says = fmt.Sprintf("order %s went from %s to %s", id, statuses[pair[0].status], statuses[pair[1].status])
	for _, s := range pair {
		how := "read from the service"
		if s.seen == nil {
			how = "said by a confirming answer"
		}
		line := fmt.Sprintf("%s after the last stage began: %s, %s", history.FormatMS(s.asked-m.LastStageStart()), statuses[s.status], how)
		if s.answered < math.MaxInt64 && s.answered > s.asked {
			line += fmt.Sprintf(" within %s", history.FormatMS(s.answered-s.asked))
		}
		c.State = append(c.State, line)
	}
	return c
}
