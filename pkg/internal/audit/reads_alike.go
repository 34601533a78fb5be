package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// ReadsAlike reports whether GET /orders/{id} shows an order as the list of all does: its
// status, amount and payload. A number that is 0 is not shown and differs from none.
func ReadsAlike(alone, listed *purchase.Order) bool { return readsDiffer(alone, listed) == "" }

// readsDiffer says what the two reads of an order say, "" when they agree.
func readsDiffer(alone, listed *purchase.Order) string {
	say := func(one, other string) string {
		return fmt.Sprintf("GET /orders/{id} says %s for order %s, the list says %s", one, alone.OrderID, other)
	}
	switch {
	case disagree(alone.Amount, listed.Amount):
		return say(fmt.Sprintf("an amount of %d", alone.Amount), fmt.Sprint(listed.Amount))
	case alone.Status != listed.Status:
		return say(orNone(string(alone.Status)), string(listed.Status))
	case disagree(alone.UserID, listed.UserID) || disagree(alone.ProductID, listed.ProductID) || disagree(alone.Quantity, listed.Quantity) || disagree(alone.PaymentMethodID, listed.PaymentMethodID):
		return say(payloadLine(alone), payloadLine(listed))
	}
	return ""
}

// disagree reports whether two reads show different numbers; 0 is what one does not show.
func disagree[T ~int64](a, b T) bool { return a != b && a != 0 && b != 0 }

// payloadLine says what an order is for.
func payloadLine(o *purchase.Order) string {
	return fmt.Sprintf("user %d, %d × product %d, payment method %d", o.UserID, o.Quantity, o.ProductID, o.PaymentMethodID)
}
