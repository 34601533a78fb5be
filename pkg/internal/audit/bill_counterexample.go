package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

func billCounterexample(m *history.Model, i int, b *bill, f billFault) Counterexample {
	o := &m.Orders[i]
	want, _ := amountDue(m, o)
	c := Counterexample{
		OrderID: o.OrderID, Key: o.IdempotencyKey, State: append([]string{orderLine(o)}, ledgerLines(m, i)...),
		Formula: fmt.Sprintf("charges − refunds = %d, want %d", b.net.Value, want),
	}
	if d := m.PurchaseOf[i]; d != history.None {
		c.Attempts = attemptLines(m, d)
	}
	switch f {
	case chargedToAnother:
		c.Says = movedElsewhere(m, i, purchase.Charge)
		c.Formula = ""
	case refundedToAnother:
		c.Says = movedElsewhere(m, i, purchase.Refund)
		c.Formula = ""
	case wrongAmount:
		price := m.Price[o.ProductID]
		c.Says = fmt.Sprintf("order %s of user %d has an amount of %d, want %d", o.OrderID, o.UserID, o.Amount, history.Multiply(price, o.Quantity))
		c.Formula = fmt.Sprintf("%d = %d × %d", history.Multiply(price, o.Quantity), o.Quantity, price)
	case chargedTooMuch, chargedTooLittle:
		charged, cost := b.net.Value, want
		if !history.IsConfirmed(o) {
			charged, cost = b.lastCharge, b.lastCharge-b.chargeDiffers(m, o)
		}
		c.Says = fmt.Sprintf("order %s was charged %s", o.OrderID, insteadOf(charged, cost))
	default:
		c.Says = fmt.Sprintf("order %s ", o.OrderID) + b.says(f, o, want, movedInAll(m, i))
	}
	return c
}

// says says what is wrong with a bill, as what the order did.
func (b *bill) says(f billFault, o *purchase.Order, want int64, sums movedSums) string {
	net := b.net.Value
	switch f {
	case chargedTwice:
		s := fmt.Sprintf("was charged %d times", b.most)
		if net == want {
			s += " before the rest was refunded"
		}
		return s
	case refundedUncharged:
		return fmt.Sprintf("was refunded %d without a charge", sums.refunded)
	case refundedTooMuch:
		return "was refunded " + insteadOf(sums.refunded, sums.charged)
	case refundedFirst:
		return "was refunded before it was charged"
	case neverRefunded:
		return fmt.Sprintf("was cancelled, but its charge of %d was never refunded", net)
	case refundedTooLittle:
		return "was cancelled, but refunded " + insteadOf(sums.refunded, sums.charged)
	case neverCharged:
		return "is confirmed, but was never charged"
	case refundedThoughConfirmed:
		return fmt.Sprintf("is confirmed, but %d of its charge was refunded", sums.refunded)
	}
	return "is paid"
}

// insteadOf writes a wrong amount: "1 too little (9 instead of 10)".
func insteadOf(is, want int64) string {
	if is > want {
		return fmt.Sprintf("%d too much (%d instead of %d)", is-want, is, want)
	}
	return fmt.Sprintf("%d too little (%d instead of %d)", want-is, is, want)
}

// movedSums is what was charged and refunded for an order in all.
type movedSums struct{ charged, refunded int64 }

func movedInAll(m *history.Model, i int) (s movedSums) {
	for n, row := range m.EntryRows {
		e := &m.Evidence.After.Ledger[n]
		switch {
		case int(row) != i || m.EntryRepeated(n):
		case e.Kind == purchase.Charge:
			s.charged += e.Amount
		case e.Kind == purchase.Refund:
			s.refunded += e.Amount
		}
	}
	return s
}

// movedElsewhere says to which user an entry of order i went, and how it should have
// gone.
func movedElsewhere(m *history.Model, i int, kind string) string {
	o := &m.Orders[i]
	for n, row := range m.EntryRows {
		e := &m.Evidence.After.Ledger[n]
		if int(row) == i && e.Kind == kind && e.UserID != o.UserID && e.UserID != 0 {
			return fmt.Sprintf("the %s of order %s (%d) went to user %d; the order is of user %d", kind, o.OrderID, e.Amount, e.UserID, o.UserID)
		}
	}
	return fmt.Sprintf("a %s of order %s went to another user", kind, o.OrderID)
}

// ledgerLines lists the ledger's entries of order i.
func ledgerLines(m *history.Model, i int) []string {
	var lines []string
	for n, row := range m.EntryRows {
		if int(row) == i && len(lines) < mostLines {
			lines = append(lines, entryLine(&m.Evidence.After.Ledger[n]))
		}
	}
	return lines
}
