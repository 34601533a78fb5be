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
	foreign          bool // an entry is not of the contract
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
func (b *bill) fault(m *history.Model, o *purchase.Order, amountsShown bool) (f billFault, doubt string) {
	switch {
	case b.net.Overflow:
		return paid, fmt.Sprintf("what order %s was charged is too large to count", o.OrderID)
	case b.chargedElsewhere:
		return chargedToAnother, ""
	case b.refundedElsewhere:
		return refundedToAnother, ""
	case hasWrongAmount(m, o, amountsShown):
		return wrongAmount, ""
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
		doubt = m.PriceDoubt[o.ProductID]
		if doubt == "" {
			doubt = fmt.Sprintf("the price of order %s is not known, or is too large to count", o.OrderID)
		}
		if b.charges == 0 {
			return neverCharged, doubt
		}
		return paid, doubt
	}
	if price, there := m.Price[o.ProductID]; m.PriceDoubt[o.ProductID] != "" && (!there || history.Multiply(price, o.Quantity) != want) {
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
	if price, there := m.Price[o.ProductID]; there && o.Amount == 0 && price >= 0 && o.Quantity >= 0 {
		return history.Multiply(price, o.Quantity), m.PriceDoubt[o.ProductID] == ""
	}
	return orderCost(m, o)
}

// showsAmounts reports whether the service shows the amounts of its orders.
func showsAmounts(m *history.Model) bool {
	for i := range m.Orders {
		if m.Orders[i].Amount != 0 {
			return true
		}
	}
	return false
}

// hasWrongAmount reports whether the amount of a terminal order is not price ×
// quantity, although the price is certain. A cancelled order may have none.
func hasWrongAmount(m *history.Model, o *purchase.Order, shown bool) bool {
	price, known := m.Price[o.ProductID]
	if !shown || !known || price < 0 || o.Quantity < 0 || m.PriceDoubt[o.ProductID] != "" || o.Amount == 0 && !history.IsConfirmed(o) {
		return false
	}
	want := history.Multiply(price, o.Quantity)
	return o.Amount != want && want != history.Forever
}
