package history

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// Prices are assumed constant while the run used the service. An amount that differs
// from price × quantity is a fault of the service only if this is known: the run set
// the price of a service that it alone used, or the price before the run is that
// after it, and no read meanwhile showed another. Else another client may have changed
// it.

// checkPrices fills PriceDoubt; set are the prices from before the run.
func (m *Model) checkPrices(set map[purchase.ID]int64) {
	m.PriceDoubt = map[purchase.ID]string{}
	trusted := m.Evidence.Sealed && m.Evidence.Before == nil
	if trusted {
		return
	}
	after := map[purchase.ID]int64{}
	if m.Evidence.After != nil {
		for _, p := range m.Evidence.After.Products {
			if IsShown(p.Price) {
				after[p.ProductID] = p.Price
			}
		}
	}
	for id := range m.Price {
		before, known := set[id]
		price, read := after[id]
		switch {
		case known && read && before != price:
			m.PriceDoubt[id] = fmt.Sprintf("the price of product %d was %d before the run and %d after it", id, before, price)
		case m.Evidence.Sealed:
		case !known:
			m.PriceDoubt[id] = fmt.Sprintf("the price of product %d was read only after the run", id)
		case !read:
			m.PriceDoubt[id] = fmt.Sprintf("the price of product %d was not read after the run", id)
		}
	}
	m.comparePricesRead()
}

// comparePricesRead adds to PriceDoubt the products that a sample showed at another
// price.
func (m *Model) comparePricesRead() {
	for i := range m.Evidence.Samples {
		for _, p := range m.Evidence.Samples[i].Products {
			if price, known := m.Price[p.ProductID]; known && !agrees(p.Price, price) && m.PriceDoubt[p.ProductID] == "" {
				m.PriceDoubt[p.ProductID] = fmt.Sprintf("the price of product %d was read as %d and, meanwhile, as %d", p.ProductID, price, p.Price)
			}
		}
	}
}
