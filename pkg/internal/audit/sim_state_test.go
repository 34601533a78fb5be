package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// simShape is how a simulated service goes about it, correctly in each way.
type simShape struct {
	chargeFirst bool // the payment is charged before the stock is reserved
	parallel    bool // both at once, and undone at once
}

// simShapes are all of them.
var simShapes = []simShape{{}, {chargeFirst: true}, {parallel: true}}

// String names a shape in tables.
func (x simShape) String() string {
	switch {
	case x.parallel:
		return "parallel"
	case x.chargeFirst:
		return "charge first"
	}
	return ""
}

// simParts is what an order of a parallel saga has done and not undone, and which of
// its steps have ended.
type simParts struct{ reserved, charged, reserveEnded, chargeEnded bool }

func (s *sim) phaseOfReserve() int {
	if s.cfg.shape.chargeFirst {
		return 1
	}
	return 0
}

func (s *sim) phaseOfCharge() int { return 1 - s.phaseOfReserve() }

// setAmount gives an order its amount.
func (s *sim) setAmount(o *simOrder) {
	o.Amount = s.price(o) * o.Quantity
	if s.defective("wrong_amount", .2) {
		s.effects++
		o.Amount++
	}
}

// move takes money from the user of an order, or gives it back, and books it.
func (s *sim) move(o *simOrder, kind string, amount int64) {
	user := o.UserID
	if s.cfg.users > 1 && s.defective(kind+"_other", .2) {
		s.effects++
		user = user%purchase.ID(s.cfg.users) + 1
	}
	if s.defective("short_"+kind, .2) && amount > 1 {
		s.effects++
		amount--
	}
	if s.defective("no_"+kind, .2) {
		s.effects++
		return
	}
	sign := int64(1)
	if kind == purchase.Charge {
		sign = -1
	}
	if s.defective("unmoved_"+kind, .05) {
		s.effects++
		sign = 0
	}
	s.money[int64(user)] += sign * amount
	s.book(o, kind, amount)
	s.ledger[len(s.ledger)-1].UserID = user
}

func (s *sim) undoCharge(o *simOrder) {
	if s.defective("lost_refund", .5) {
		s.effects++
		return
	}
	amount := o.Amount
	if s.defective("big_refund", .5) {
		s.effects++
		amount++
	}
	s.move(o, purchase.Refund, amount)
	s.trace(o, purchase.ChargePayment, purchase.Compensate)
}

func (s *sim) undoReserve(o *simOrder) {
	if s.defective("lost_release", .5) {
		s.effects++
		return
	}
	s.release(o)
	s.trace(o, purchase.ReserveStock, purchase.Compensate)
}

// advanceParallel starts what an order has still to do, or to undo, each by itself.
func (s *sim) advanceParallel(o *simOrder) {
	p := &o.parts
	switch {
	case o.Status == purchase.Compensating && !p.reserved && !p.charged:
		s.finish(o, purchase.Cancelled)
	case o.Status == purchase.Compensating:
		if p.reserved {
			s.part(o, func() { s.undoReserve(o); p.reserved = false })
		}
		if p.charged {
			s.part(o, func() { s.undoCharge(o); p.charged = false })
		}
	default:
		if !p.reserveEnded {
			s.part(o, func() { s.reservePart(o) })
		}
		if !p.chargeEnded {
			s.part(o, func() { s.chargePart(o) })
		}
		if p.reserveEnded && p.chargeEnded { // a crash came between
			s.join(o)
		}
	}
}

// part does one of several things that go on at once, unless the service crashes
// before, and goes on with the order when it was the last of them.
func (s *sim) part(o *simOrder, do func()) {
	epoch := s.epoch
	s.after(s.cfg.service, func() {
		if epoch == s.epoch && !s.down {
			do()
			s.join(o)
		}
	})
}

func (s *sim) join(o *simOrder) {
	p := &o.parts
	switch {
	case o.Status == purchase.Compensating:
		if !p.reserved && !p.charged {
			s.finish(o, purchase.Cancelled)
		}
	case p.reserveEnded && p.chargeEnded && o.Reason != "":
		o.Status = purchase.Compensating
		s.step(o)
	case p.reserveEnded && p.chargeEnded:
		o.phase = 2
		s.step(o)
	}
}

func (s *sim) reservePart(o *simOrder) {
	o.parts.reserveEnded = true
	if s.belowFloor("floor_stock", s.stock[int64(o.ProductID)], o.Quantity, 2) < o.Quantity {
		o.Reason = purchase.OutOfStock
		return
	}
	s.stock[int64(o.ProductID)] -= o.Quantity
	s.reserved[int64(o.ProductID)] += o.Quantity
	s.trace(o, purchase.ReserveStock, purchase.Do)
	o.parts.reserved = true
}

func (s *sim) chargePart(o *simOrder) {
	o.parts.chargeEnded = true
	s.setAmount(o)
	if s.belowFloor("floor_money", s.money[int64(o.UserID)], o.Amount, 2*s.cfg.price) < o.Amount {
		o.Reason = purchase.InsufficientBalance
		return
	}
	s.move(o, purchase.Charge, o.Amount)
	s.trace(o, purchase.ChargePayment, purchase.Do)
	o.parts.charged = true
}

// fillBodies records with each confirming answer what its body says: the amount of
// the order, and what of it is not what was asked for.
func (s *sim) fillBodies() {
	byID := map[string]*simOrder{}
	for _, o := range s.orders {
		if byID[o.OrderID] != nil {
			byID[o.OrderID] = &simOrder{} // two orders, and it is not known which
		} else {
			byID[o.OrderID] = o
		}
	}
	asked := map[int64]runs.Operation{}
	for _, op := range s.stage.Operations {
		asked[op.Index] = op
	}
	for i := range s.stage.Attempts {
		a := &s.stage.Attempts[i]
		o, op := byID[a.OrderID], asked[a.Index]
		if a.Status != 200 && a.Status != 201 || o == nil || o.OrderID == "" {
			continue
		}
		a.AnsweredAmount = o.Amount
		if o.Quantity != op.Quantity {
			a.AnswerDiffers = fmt.Sprintf("quantity %d", o.Quantity)
		}
	}
}
