package history

import "sagalab/pkg/purchase"

// shown is which members of a payload an order shows: a bit each. A member that is zero is
// not shown.
type shown uint8

const (
	showsUser shown = 1 << iota
	showsProduct
	showsQuantity

	showsPayload = showsUser | showsProduct | showsQuantity
)

// shownOf returns what an order shows of its payload. The payment method, which many
// services do not show, does not count.
func shownOf(o *purchase.Order) (s shown) {
	if IsShown(o.UserID) {
		s |= showsUser
	}
	if IsShown(o.ProductID) {
		s |= showsProduct
	}
	if IsShown(o.Quantity) {
		s |= showsQuantity
	}
	return s
}

// ShowsPayload reports whether an order shows its user, product and quantity, or got them
// from the purchase that made it.
func ShowsPayload(o *purchase.Order) bool { return shownOf(o) == showsPayload }

// of returns the members of a payload that are in s, the others zero.
func (s shown) of(p Payload) (part Payload) {
	if s&showsUser != 0 {
		part.User = p.User
	}
	if s&showsProduct != 0 {
		part.Product = p.Product
	}
	if s&showsQuantity != 0 {
		part.Quantity = p.Quantity
	}
	return part
}

// IsShown reports whether a member is not zero.
func IsShown[T comparable](member T) bool { return member != *new(T) }

// agrees reports whether a member is not shown, or is what was asked for.
func agrees[T comparable](member, asked T) bool { return !IsShown(member) || member == asked }

// Fill sets a member that is not shown, such as to what was asked for.
func Fill[T comparable](member *T, asked T) {
	if !IsShown(*member) {
		*member = asked
	}
}

// payloadOf returns the payload that an order shows, without the payment method.
func payloadOf(o *purchase.Order) Payload {
	return Payload{User: o.UserID, Product: o.ProductID, Quantity: o.Quantity}
}
