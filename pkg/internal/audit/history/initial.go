package history

import (
	"fmt"
	"maps"

	"sagalab/pkg/purchase"
)

// Initial is what the service had before the run: from the fixture, else from the
// state that was read.
type Initial struct {
	Stock, Price, Balance map[purchase.ID]int64 // by product, by product, by user; a price is not 0
	StockUnknown          string                // why the initial stock is not known
	BalanceUnknown        string                // why the initial balances are not known
	// PriceDoubt is by product why its price need not have been Price all the time;
	// products whose price is certain are not in it.
	PriceDoubt map[purchase.ID]string
}

// readInitial fills Initial.
func (m *Model) readInitial() {
	m.Stock, m.Price, m.Balance = map[purchase.ID]int64{}, map[purchase.ID]int64{}, map[purchase.ID]int64{}
	m.readSet()
	m.readPrices()
}

// readSet takes stock, prices and balances from before the run: as they were set, or
// as they were read.
func (m *Model) readSet() {
	if s := m.Evidence.Fixture; s != nil {
		for _, p := range s.Products {
			m.Stock[p.ProductID] = p.Stock
			m.setPrice(p.ProductID, p.Price)
		}
		for _, u := range s.Users {
			m.Balance[u.UserID] = u.Balance
		}
	}
	if m.Evidence.Before != nil {
		m.readInitialFrom(m.Evidence.Before)
		return
	}
	if m.Evidence.Fixture == nil {
		m.StockUnknown = "what the service had before the run is not known: no fixture was applied, and its state was not read"
	}
	switch {
	case m.ForeignCount > 0 && m.Evidence.Fixture != nil && !m.Evidence.Sealed: // the fixture dropped the orders of before
		m.StockUnknown = "the state has " + m.OtherTraffic()
	case m.ForeignCount > 0:
		m.StockUnknown = fmt.Sprintf("%d orders in the state are older or younger than this run's, and the state before the run was not read: the service was not reset, or was used since", m.ForeignCount)
	}
	m.BalanceUnknown = m.StockUnknown
}

// readPrices adds the prices after the run of products whose price before it is not
// known.
func (m *Model) readPrices() {
	set := maps.Clone(m.Price)
	if m.Evidence.After != nil {
		for _, p := range m.Evidence.After.Products {
			if _, known := set[p.ProductID]; !known {
				m.setPrice(p.ProductID, p.Price)
			}
		}
	}
	m.checkPrices(set)
}

// setPrice sets the price of a product, unless it is not shown.
func (m *Model) setPrice(product purchase.ID, price int64) {
	if IsShown(price) {
		m.Price[product] = price
	}
}

// readInitialFrom takes stock, prices and balances from the state before the run.
func (m *Model) readInitialFrom(before *State) {
	clear(m.Stock)
	clear(m.Balance)
	unsettled := 0
	for i := range before.Orders {
		if !before.Orders[i].Status.Terminal() {
			unsettled++
		}
	}
	for _, p := range before.Products {
		m.Stock[p.ProductID] = p.Stock
		m.setPrice(p.ProductID, p.Price)
		if p.Reserved != 0 {
			unsettled++
		}
	}
	for _, u := range before.Users {
		m.Balance[u.UserID] = u.Balance
	}
	m.StockUnknown, _ = before.Unusable(ProductsCall)
	m.BalanceUnknown, _ = before.Unusable(UsersCall)
	switch {
	case unsettled > 0:
		m.StockUnknown = "the service was not at rest when the run began: purchases of before were still under way"
		m.BalanceUnknown = m.StockUnknown
	case m.ForeignCount > 0 || m.OrdersUnusable == "" && !m.BeforeComplete && !m.Evidence.Sealed:
		m.StockUnknown = "orders of others cannot be told from this run's"
		if !m.Evidence.Sealed {
			m.StockUnknown += "; " + AloneHint
		}
		m.BalanceUnknown = m.StockUnknown
	}
}
