package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sagalab/pkg/purchase"
)

// sight is one look at an order's status.
type sight struct {
	asked, answered int64
	order           int32 // id
	status          uint8 // place in statuses, or unknownStatus
	seen            *purchase.Order
}

// statuses are the places of the contract's; follows[a] says where a may lead.
var (
	statuses = [...]purchase.Status{purchase.Pending, purchase.Compensating, purchase.Confirmed, purchase.Cancelled}
	follows  = [...]uint8{0b1111, 0b1010, 0b0100, 0b1000}
)

const unknownStatus = uint8(len(statuses))

// c7 wants statuses to go forward only: PENDING → CONFIRMED, or PENDING →
// COMPENSATING → CANCELLED, and to stay there. A confirming answer counts as a
// look at the order, so does the state at the end. Two looks that overlap in time
// are not compared.
func c7(w *world) inquiry {
	q := inquiry{none: "no order was read while load ran"}
	sights := w.sights()
	if len(sights) == 0 {
		return q
	}
	var bad [][2]sight
	for from := 0; from < len(sights); {
		to := from + 1
		for to < len(sights) && sights[to].order == sights[from].order {
			to++
		}
		q.judged++
		if pair, found := backwards(sights[from:to]); found {
			q.add(len(bad), pair[1].asked, 1)
			bad = append(bad, pair)
		}
		from = to
	}
	q.show = func(i int) Counterexample { return w.showC7(bad[i]) }
	return q
}

// sights lists all looks at the orders that samples saw, by order and time.
func (w *world) sights() []sight {
	var list []sight
	sampled := map[int32]bool{}
	for i := range w.e.Samples {
		s := &w.e.Samples[i]
		asked, known := nanos(s.Asked)
		answered, known2 := nanos(s.Answered)
		for n := range s.Orders {
			o := &s.Orders[n]
			if o.OrderID == "" || !known || !known2 {
				continue
			}
			id := w.idOf[o.OrderID]
			sampled[id] = true
			list = append(list, sight{asked, max(asked, answered), id, place(o.Status), o})
		}
	}
	if len(list) == 0 {
		return nil
	}
	if w.disorder != "" { // answers cannot be put in order with reads
		return inSight(list)
	}
	for i := range w.tries {
		if t := &w.tries[i]; t.order != none && t.means == Confirmed && sampled[t.order] {
			list = append(list, sight{t.end, t.end, t.order, place(purchase.Confirmed), nil})
		}
	}
	if w.noOrders == "" && w.stale == "" {
		at, known := nanos(w.e.After.At)
		for i := range w.orders {
			id, there := w.idOf[w.orders[i].OrderID]
			if known && there && !w.repeat[i] && sampled[id] {
				list = append(list, sight{at, forever, id, place(w.orders[i].Status), &w.orders[i]})
			}
		}
	}
	return inSight(list)
}

func inSight(list []sight) []sight {
	slices.SortStableFunc(list, func(a, b sight) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.asked, b.asked)) })
	return list
}

func place(s purchase.Status) uint8 {
	if i := slices.Index(statuses[:], s); i >= 0 {
		return uint8(i)
	}
	return unknownStatus
}

// backwards finds two looks at one order, the first over before the second began,
// whose statuses do not follow each other, or one whose status is none of the
// contract's. looks are sorted by asked.
func backwards(looks []sight) (pair [2]sight, found bool) {
	ended := slices.Clone(looks)
	slices.SortStableFunc(ended, func(a, b sight) int { return cmp.Compare(a.answered, b.answered) })
	var seen [len(statuses)]*sight // the first look that was over and had this status
	next := 0
	for _, look := range looks {
		if look.status == unknownStatus {
			return [2]sight{look, look}, true
		}
		for ; next < len(ended) && ended[next].answered < look.asked; next++ {
			if s := ended[next].status; s < unknownStatus && seen[s] == nil {
				seen[s] = &ended[next]
			}
		}
		for s, past := range seen {
			if past != nil && follows[s]&(1<<look.status) == 0 {
				return [2]sight{*past, look}, true
			}
		}
	}
	return pair, false
}

func (w *world) showC7(pair [2]sight) Counterexample {
	id := w.ids[pair[0].order]
	c := Counterexample{OrderID: id}
	if pair[1].seen != nil {
		c.Key = pair[1].seen.IdempotencyKey
	}
	if pair[0].status == unknownStatus {
		c.Says = fmt.Sprintf("order %s has the status %s, which the contract does not have", id, orNone(string(pair[0].seen.Status)))
		return c
	}
	c.Says = fmt.Sprintf("order %s went from %s to %s", id, statuses[pair[0].status], statuses[pair[1].status])
	for _, s := range pair {
		how := "read from the service"
		if s.seen == nil {
			how = "said by a confirming answer"
		}
		line := fmt.Sprintf("%s after the last stage began: %s, %s", ms(s.asked-w.lastBegan()), statuses[s.status], how)
		if s.answered < math.MaxInt64 && s.answered > s.asked {
			line += fmt.Sprintf(" within %s", ms(s.answered-s.asked))
		}
		c.State = append(c.State, line)
	}
	return c
}
