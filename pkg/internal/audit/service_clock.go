package audit

import (
	"math"
	"slices"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// serviceClock relates the service's clock, by which orders are dated, to the clock of
// a stage: an order that was confirmed was created after its purchase was first
// sent, and before the answer had been read. The zero value relates nothing.
type serviceClock struct {
	known bool
	// behind is the least that the service's clock may be ahead of the stage's, negative
	// when it is behind; margin the median time that a purchase took, which is more than
	// rounding and drift make as long as one difference explains all orders.
	behind, margin int64
}

// leastDated is how many orders relate the clocks.
const leastDated = 5

// newServiceClocks compares, by stage, the confirmed orders' dates with their answers,
// in O(n log n): between stages a clock may have been set. Of a stage whose orders no
// constant difference explains it is not known.
func newServiceClocks(m *history.Model) []serviceClock {
	clocks := make([]serviceClock, len(m.Stages))
	if m.TimesUnusable != "" {
		return clocks
	}
	dated := make([]datedOrders, len(m.Stages))
	for i := range dated {
		dated[i] = datedOrders{least: math.MinInt64, most: math.MaxInt64}
	}
	for i := range m.Orders {
		n := m.PurchaseOf[i]
		created, known := history.Nanoseconds(m.Orders[i].CreatedAt)
		if n == history.None || !known || m.Repeated[i] || m.Origins[i] != history.Ours || !history.IsConfirmed(&m.Orders[i]) {
			continue
		}
		if p := &m.Purchases[n]; p.ConfirmedAt < history.Forever && !p.Guessed && p.Orders == 1 {
			dated[stageOf(m, n)].add(created, p)
		}
	}
	for i := range dated {
		clocks[i] = dated[i].clock()
	}
	return clocks
}

// stageOf returns the stage in which a purchase was first sent.
func stageOf(m *history.Model, n int32) int32 { return m.StageOf(n) }

// datedOrders is between what the difference of the clocks must lie to explain the
// orders of a stage, and how long their purchases took.
type datedOrders struct {
	least, most int64
	took        []int64
}

func (d *datedOrders) add(created int64, p *history.Purchase) {
	d.least, d.most = max(d.least, created-p.ConfirmedAt), min(d.most, created-p.FirstSent)
	d.took = append(d.took, p.ConfirmedAt-p.FirstSent)
}

func (d *datedOrders) clock() (c serviceClock) {
	if len(d.took) < leastDated || d.least > d.most {
		return c
	}
	slices.Sort(d.took)
	return serviceClock{known: true, behind: d.least, margin: d.took[len(d.took)/2]}
}

// endOf returns, by the clock of the stage, when a cancelled order had ended at the
// latest, Forever when that is not known.
func (c *serviceClock) endOf(o *purchase.Order) int64 {
	end, dated := history.Nanoseconds(o.UpdatedAt)
	if !c.known || !dated {
		return history.Forever
	}
	for i := range o.Steps {
		if at, dated := history.Nanoseconds(o.Steps[i].At); dated {
			end = max(end, at)
		}
	}
	total := history.Sum{Value: end}
	total.Add(-c.behind)
	total.Add(c.margin)
	if total.Overflow {
		return history.Forever
	}
	return total.Value
}
