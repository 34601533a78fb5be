package audit

import (
	"cmp"
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// A service need not show every member of its orders, products and entries of the ledger:
// what it does not show is zero. What that leaves open is unknown and never a violation.

// unknownTotals says by id, such as of a product, why what confirmed orders took of it is not
// known. Under the zero id stands why it is not known of any: an order does not show which
// one it took of.
type unknownTotals map[purchase.ID]string

// of returns why the total of an id is not known, "" when it is.
func (u unknownTotals) of(id purchase.ID) string {
	return cmp.Or(u[id], u[0])
}

// lacksMember says that an order does not show a member, such as "product".
func lacksMember(o *purchase.Order, member string) string {
	return fmt.Sprintf("confirmed order %s does not show its %s", orNone(o.OrderID), member)
}

// piecesOf returns the product and the quantity of order i; why is why they are not known.
func piecesOf(m *history.Model, i int) (product purchase.ID, quantity int64, why string) {
	return piecesOfOrder(&m.Orders[i])
}

func piecesOfOrder(o *purchase.Order) (product purchase.ID, quantity int64, why string) {
	switch {
	case !history.IsShown(o.ProductID):
		return 0, 0, lacksMember(o, "product")
	case !history.IsShown(o.Quantity):
		return o.ProductID, 0, lacksMember(o, "quantity")
	}
	return o.ProductID, o.Quantity, ""
}

// costOf returns the user of order i and what the order costs; why is why they are not known.
func costOf(m *history.Model, i int) (user purchase.ID, amount int64, why string) {
	o := &m.Orders[i]
	amount, known := orderCost(m, o)
	switch {
	case !history.IsShown(o.UserID):
		return 0, 0, lacksMember(o, "user")
	case !known:
		return o.UserID, 0, whyNoCost(m, o)
	}
	return o.UserID, amount, ""
}

// whyNoCost returns why it is not known what an order costs.
func whyNoCost(m *history.Model, o *purchase.Order) string {
	_, _, unshown := piecesOfOrder(o)
	_, priced := m.Price[o.ProductID]
	switch {
	case unshown != "":
		return unshown
	case !priced:
		return priceUnknown(o.ProductID)
	case m.PriceDoubt[o.ProductID] != "":
		return m.PriceDoubt[o.ProductID]
	}
	return fmt.Sprintf("what order %s costs is too large to count, or negative", o.OrderID)
}

// priceUnknown says that the price of a product is not known.
func priceUnknown(product purchase.ID) string {
	return fmt.Sprintf("the price of product %d is not known", product)
}

// payerOf returns whose money an entry of the ledger moved: as it shows, else the user of its
// order, which is zero when neither is known.
func payerOf(m *history.Model, e *purchase.Entry) purchase.ID {
	if history.IsShown(e.UserID) {
		return e.UserID
	}
	if id, known := m.OrderIDIndex[e.OrderID]; known && e.OrderID != "" {
		if row := m.Row(id); row != history.None {
			return m.Orders[row].UserID
		}
	}
	return 0
}

// entriesWithoutOrder returns why entries cannot be joined with orders, "" when each names
// one.
func entriesWithoutOrder(m *history.Model) string {
	for i := range m.Evidence.After.Ledger {
		if m.Evidence.After.Ledger[i].OrderID == "" {
			return "the ledger does not show the orders of its entries"
		}
	}
	return ""
}
