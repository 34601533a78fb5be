package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// bill is what the ledger says of one order.
type bill struct {
	net              history.Sum
	open, most       int32 // charges that are not refunded, and the most that were open at once
	charges, refunds int32
	lastCharge       int64
	below            bool // at some moment more was refunded than charged
	foreign          bool // an entry is not of the contract, or does not show its amount
	undated          bool // an entry does not show when it was
	anonymous        bool // whose money an entry moved, or whose the order is, is not shown
	doubtful         bool // an entry may be an earlier one again
	sold             bool // an order of the same product was charged
	// an entry is of another user than the order
	chargedElsewhere, refundedElsewhere bool
}

// book adds an entry of an order of a user. Users that are not shown, as 0, are not
// compared.
func (b *bill) book(e *purchase.Entry, user purchase.ID) {
	amount, known := moved(e)
	if !known {
		b.foreign = true
		return
	}
	b.net.Add(amount)
	b.undated = b.undated || e.At.IsZero()
	b.anonymous = b.anonymous || e.UserID == 0 || user == 0
	elsewhere := e.UserID != user && e.UserID != 0 && user != 0
	if e.Kind == purchase.Charge {
		b.charges++
		b.lastCharge = amount
		b.open++
		b.most = max(b.most, b.open)
		b.chargedElsewhere = b.chargedElsewhere || elsewhere
	} else {
		b.refunds++
		b.open--
		b.refundedElsewhere = b.refundedElsewhere || elsewhere
	}
	b.below = b.below || b.net.Value < 0
}

// billFault is what is wrong with a bill.
type billFault uint8

// The faults, the causes before what may follow from them.
const (
	paid billFault = iota
	chargedToAnother
	refundedToAnother
	wrongAmount
	chargedTwice
	refundedUncharged
	refundedTooMuch
	refundedFirst
	neverRefunded
	refundedTooLittle
	neverCharged
	refundedThoughConfirmed
	chargedTooMuch
	chargedTooLittle
)

// fault returns what is wrong with the bill of a terminal order. doubt is why its
// amount cannot be judged, although the rest was.
func (b *bill) fault(m *history.Model, o *purchase.Order) (f billFault, doubt string) {
	switch {
	case b.doubtful:
		return paid, fmt.Sprintf("the ledger has an entry of order %s without an id on two pages, and whether it is one or two is not known", o.OrderID)
	case b.net.Overflow:
		return paid, fmt.Sprintf("what order %s was charged is too large to count", o.OrderID)
	case b.chargedElsewhere:
		return chargedToAnother, ""
	case b.refundedElsewhere:
		return refundedToAnother, ""
	case hasWrongAmount(m, o):
		return wrongAmount, ""
	case b.undated && (b.below && b.net.Value >= 0 || b.most > max(1, b.open)):
		return paid, fmt.Sprintf("in which order money moved for order %s is not shown", o.OrderID)
	case b.most > 1:
		return chargedTwice, ""
	case b.charges == 0 && b.refunds > 0:
		return refundedUncharged, ""
	case b.net.Value != 0 && !history.IsConfirmed(o) && b.charges == 1 && b.chargeDiffers(m, o) != 0:
		if b.chargeDiffers(m, o) > 0 {
			return chargedTooMuch, ""
		}
		return chargedTooLittle, ""
	case b.net.Value < 0:
		return refundedTooMuch, ""
	case b.below:
		return refundedFirst, ""
	case history.IsConfirmed(o):
		return b.faultOfConfirmed(m, o)
	case b.net.Value > 0 && b.refunds == 0:
		return neverRefunded, ""
	case b.net.Value > 0:
		return refundedTooLittle, ""
	}
	return paid, ""
}

func (b *bill) faultOfConfirmed(m *history.Model, o *purchase.Order) (f billFault, doubt string) {
	want, known := amountDue(m, o)
	if !known || want == history.Forever {
		doubt = whyNoCost(m, o)
		if b.charges == 0 && (b.sold || m.PriceDoubt[o.ProductID] != "") {
			return neverCharged, doubt
		}
		return paid, doubt
	}
	switch price, there := m.Price[o.ProductID]; {
	case !there:
		doubt = priceUnknown(o.ProductID) + ": what orders should have cost is not known"
	case m.PriceDoubt[o.ProductID] != "" && history.Multiply(price, o.Quantity) != want:
		doubt = m.PriceDoubt[o.ProductID] + ": what orders should have cost is not known"
	}
	switch net := b.net.Value; {
	case net == want:
		return paid, doubt
	case b.charges == 0:
		return neverCharged, doubt
	case net < want && b.refunds > 0:
		return refundedThoughConfirmed, doubt
	case net > want:
		return chargedTooMuch, doubt
	}
	return chargedTooLittle, doubt
}

// chargeDiffers returns by how much the one charge of an order is more than what the
// order costs, 0 when that is not known.
func (b *bill) chargeDiffers(m *history.Model, o *purchase.Order) int64 {
	cost, known := orderCost(m, o)
	if !known || cost == history.Forever {
		return 0
	}
	return b.lastCharge - cost
}

// amountDue returns what an order has to have cost its user.
func amountDue(m *history.Model, o *purchase.Order) (int64, bool) {
	if !history.IsConfirmed(o) {
		return 0, true
	}
	if price, there := m.Price[o.ProductID]; there && o.Amount == 0 && price > 0 && o.Quantity > 0 {
		return history.Multiply(price, o.Quantity), m.PriceDoubt[o.ProductID] == ""
	}
	return orderCost(m, o)
}

// hasWrongAmount reports whether the amount that a terminal order shows is not price ×
// quantity, although the price is certain.
func hasWrongAmount(m *history.Model, o *purchase.Order) bool {
	price, known := m.Price[o.ProductID]
	if o.Amount == 0 || !known || price < 0 || o.Quantity <= 0 || m.PriceDoubt[o.ProductID] != "" {
		return false
	}
	want := history.Multiply(price, o.Quantity)
	return o.Amount != want && want != history.Forever
}
