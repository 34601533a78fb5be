package history

import "fmt"

// initial is what the service had before the run.
type Initial struct {
	Stock, Price, Balance map[int64]int64 // by product, product and user
	StockUnknown          string          // why the initial stock is not known
	BalanceUnknown        string          // why the initial balances are not known
}

// scene finds the state before the run.
func (w *Model) readInitial() {
	w.Stock, w.Price, w.Balance = map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	if w.Evidence.After != nil {
		for _, p := range w.Evidence.After.Products {
			w.Price[p.ProductID] = p.Price
		}
	}
	if s := w.Evidence.Scene; s != nil {
		for _, p := range s.Products {
			w.Stock[p.ProductID], w.Price[p.ProductID] = p.Stock, p.Price
		}
		for _, u := range s.Users {
			w.Balance[u.UserID] = u.Balance
		}
	}
	if w.Evidence.Before != nil {
		w.readInitialFrom(w.Evidence.Before)
		return
	}
	if w.Evidence.Scene == nil {
		w.StockUnknown = "what the service had before the run is not known: no scene was set, and its state was not read"
	}
	if w.ForeignCount > 0 {
		w.StockUnknown = fmt.Sprintf("%d orders in the state are older or younger than this run's, and the state before the run was not read: the service was not reset, or was used since", w.ForeignCount)
	}
	w.BalanceUnknown = w.StockUnknown
}

// measured takes the state before the run from what was read of it.
func (w *Model) readInitialFrom(before *State) {
	clear(w.Stock)
	clear(w.Balance)
	unsettled := 0
	for i := range before.Orders {
		if !before.Orders[i].Status.Terminal() {
			unsettled++
		}
	}
	for _, p := range before.Products {
		w.Stock[p.ProductID], w.Price[p.ProductID] = p.Stock, p.Price
		if p.Reserved != 0 {
			unsettled++
		}
	}
	for _, u := range before.Users {
		w.Balance[u.UserID] = u.Balance
	}
	w.StockUnknown, _ = before.Unusable(ProductsCall)
	w.BalanceUnknown, _ = before.Unusable(UsersCall)
	switch {
	case unsettled > 0:
		w.StockUnknown = "the service was not at rest when the run began: purchases of before were still under way"
		w.BalanceUnknown = w.StockUnknown
	case w.ForeignCount > 0 || w.OrdersUnusable == "" && !w.BeforeComplete && !w.Evidence.Sealed:
		w.StockUnknown = "orders of others cannot be told from this run's"
		w.BalanceUnknown = w.StockUnknown
	}
}
