package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// resourceKind is what the stocks, or the balances, have in common.
type resourceKind struct {
	initial map[purchase.ID]int64 // what each had before the run, by id
	holding *holding
	// left is what each had after the run, by id; leftUnknown why that is not known.
	left        map[purchase.ID]int64
	leftUnknown string
	// take says from which resource a purchase takes and how much; why is "" or says
	// why that is not known.
	take func(*history.Purchase) (id purchase.ID, amount int64, why string)
	// of says from which resource an order took.
	of func(*purchase.Order) purchase.ID
}

// stockByProduct lists the stocks, balanceByUser the balances.
func stockByProduct(m *history.Model) []resource {
	kind := resourceKind{
		initial: m.Stock, holding: newHolding(m, purchase.ReserveStock, history.NoStock), left: map[purchase.ID]int64{},
		take: func(p *history.Purchase) (purchase.ID, int64, string) { return p.Product, p.Quantity, "" },
		of:   func(o *purchase.Order) purchase.ID { return o.ProductID },
	}
	if kind.leftUnknown, _ = m.FinalState(history.ProductsCall); kind.leftUnknown == "" {
		for _, p := range m.Evidence.After.Products {
			kind.left[p.ProductID] = p.Stock
		}
	}
	return collectResources(m, kind)
}

func balanceByUser(m *history.Model) []resource {
	changed := changedPrices(m)
	kind := resourceKind{
		initial: m.Balance, holding: newHolding(m, purchase.ChargePayment, history.NoMoney), left: map[purchase.ID]int64{},
		take: func(p *history.Purchase) (purchase.ID, int64, string) {
			price, known := m.Price[p.Product]
			if !known {
				return p.User, 0, priceUnknown(p.Product)
			}
			return p.User, history.Multiply(price, p.Quantity), changed[p.Product]
		},
		of: func(o *purchase.Order) purchase.ID { return o.UserID },
	}
	if kind.leftUnknown, _ = m.FinalState(history.UsersCall); kind.leftUnknown == "" {
		for _, u := range m.Evidence.After.Users {
			kind.left[u.UserID] = u.Balance
		}
	}
	return collectResources(m, kind)
}

// changedPrices says of each product whose price after the run is another than before
// it, by id, that it is.
func changedPrices(m *history.Model) map[purchase.ID]string {
	changed := map[purchase.ID]string{}
	if why, _ := m.Evidence.After.Unusable(history.ProductsCall); why != "" {
		return changed
	}
	for _, p := range m.Evidence.After.Products {
		if before, known := m.Price[p.ProductID]; known && before != p.Price && p.Price != 0 {
			changed[p.ProductID] = fmt.Sprintf("product %d cost %d before the run and costs %d after it: what was charged between is not known", p.ProductID, before, p.Price)
		}
	}
	return changed
}

// checkMoved notes that others may have moved the resource: they were not kept from
// it, and what is left is not what the run's purchases leave.
func (r *resource) checkMoved(m *history.Model, kind *resourceKind) {
	if m.Evidence.Sealed || r.unknown != "" {
		return
	}
	taken, open := int64(0), int64(0)
	for _, d := range r.debits {
		open += d.left
		switch d.effect {
		case history.TookEffect:
			taken += d.amount
		case history.EffectOpen:
			open += d.amount
		}
	}
	left, read := kind.left[r.id]
	why := kind.leftUnknown
	switch {
	case why == "" && !read:
		why = "it was not read"
	case why == "" && (left > r.initial-taken || left < r.initial-taken-open):
		r.moved = fmt.Sprintf("others may have changed it meanwhile: of %d the run took %d, and %d are left; %s", r.initial, taken, left, history.AloneHint)
		return
	}
	if why != "" {
		r.moved = fmt.Sprintf("others may have changed it meanwhile, and what was left cannot be compared: %s; %s", why, history.AloneHint)
	}
}
