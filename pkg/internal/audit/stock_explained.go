package audit

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// mostNamed is how many orders a sentence names.
const mostNamed = 3

// stockDeviation is an order whose steps took another number of pieces than its status
// allows.
type stockDeviation struct {
	order *purchase.Order
	times int // reserved and not released, beyond what the status allows
}

// explainStock adds to a counterexample which orders explain the stock of a product:
// by their steps, else the only one with the quantity that is wrong.
func explainStock(m *history.Model, p *purchase.Product, expected int64, c *Counterexample) {
	list, total := stockDeviations(m, p.ProductID)
	if total == 0 {
		if o := onlyOrderWith(m, p, expected); o != nil {
			c.Says += ": " + asIf(o, p, expected)
			c.OrderID, c.Key, c.State = o.OrderID, o.IdempotencyKey, []string{orderLine(o)}
		}
		return
	}
	var named []string
	for _, s := range list[:min(len(list), mostNamed)] {
		named = append(named, s.says())
	}
	c.Says += ": " + strings.Join(named, "; ")
	if total > mostNamed {
		c.Says += fmt.Sprintf("; and %s like it", history.Counted(total-mostNamed, "more order", "more orders"))
	}
	c.OrderID, c.Key = list[0].order.OrderID, list[0].order.IdempotencyKey
	for _, s := range list {
		c.State = append(c.State, orderLine(s.order))
		for i := range s.order.Steps {
			if len(c.State) < mostLines {
				c.State = append(c.State, "    "+stepLine(&s.order.Steps[i]))
			}
		}
		if len(c.State) >= mostLines {
			break
		}
	}
}

// stockDeviations lists the first such orders of a product, and counts all of them.
func stockDeviations(m *history.Model, product purchase.ID) (list []stockDeviation, total int) {
	shown := false // a service may leave this step out of its traces
	for i := range m.Orders {
		o := &m.Orders[i]
		if m.Repeated[i] || o.ProductID != product || len(o.Steps) == 0 || !o.Status.Terminal() {
			continue
		}
		shown = shown || slices.ContainsFunc(o.Steps, func(s purchase.Step) bool { return s.Step == purchase.ReserveStock })
		times := timesHeld(o.Steps, purchase.ReserveStock)
		if history.IsConfirmed(o) {
			times--
		}
		if times == 0 {
			continue
		}
		if total++; len(list) < mostLines {
			list = append(list, stockDeviation{o, times})
		}
	}
	if !shown {
		return nil, 0
	}
	return list, total
}

// timesHeld returns how often a step was done minus how often it was compensated.
func timesHeld(trace []purchase.Step, name string) int {
	n := 0
	for _, s := range trace {
		switch {
		case s.Step != name:
		case s.Action == purchase.Do:
			n++
		case s.Action == purchase.Compensate:
			n--
		}
	}
	return n
}

func (s stockDeviation) says() string {
	who := fmt.Sprintf("order %s (%s)", s.order.OrderID, s.order.Status)
	what := ofIt(s.order.Quantity)
	switch confirmed := history.IsConfirmed(s.order); {
	case confirmed && s.times > 0:
		return fmt.Sprintf("%s reserved %s %d times", who, what, s.times+1)
	case confirmed:
		return fmt.Sprintf("%s never reserved %s", who, what)
	case s.times > 0:
		return fmt.Sprintf("%s never released %s", who, what)
	}
	return fmt.Sprintf("%s released %s without having reserved it", who, what)
}

// ofIt writes the pieces of an order.
func ofIt(quantity int64) string { return history.Counted(int(quantity), "piece", "pieces") }

// onlyOrderWith returns the one terminal order of a product with the quantity that is
// wrong, nil when there is none or several.
func onlyOrderWith(m *history.Model, p *purchase.Product, expected int64) (only *purchase.Order) {
	quantity := p.Reserved
	if quantity == 0 {
		quantity = history.Distance(p.Stock, expected)
	}
	for i := range m.Orders {
		o := &m.Orders[i]
		if m.Repeated[i] || m.Origins[i] == history.Earlier || o.ProductID != p.ProductID || o.Quantity != quantity {
			continue
		}
		if only != nil {
			return nil
		}
		only = o
	}
	return only
}

// asIf says what an order must have done if it alone is to explain the stock.
func asIf(o *purchase.Order, p *purchase.Product, expected int64) string {
	who, what := fmt.Sprintf("order %s (%s)", o.OrderID, o.Status), ofIt(o.Quantity)
	switch confirmed := history.IsConfirmed(o); {
	case p.Reserved != 0:
		return fmt.Sprintf("only %s is for that many, as if it had never released them", who)
	case p.Stock < expected && confirmed:
		return fmt.Sprintf("only %s is for that many, as if it had taken %s twice", who, what)
	case p.Stock < expected:
		return fmt.Sprintf("only %s is for that many, as if it had never given back %s", who, what)
	case confirmed:
		return fmt.Sprintf("only %s is for that many, as if it had taken nothing", who)
	}
	return fmt.Sprintf("only %s is for that many, as if it had given back %s twice", who, what)
}
