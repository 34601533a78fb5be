package main

// apiRules are the rules of the audit that a state makes answerable.
type apiRules struct {
	State   string `json:"state"`
	Rules   string `json:"rules"`
	Enabled bool   `json:"enabled"`
}

// addRules adds which rules of the audit can be answered, and whether all was understood. keys
// says that a purchase was confirmed under a key.
func (r *apiReport) addRules(keys bool) {
	orders, stock, balance, ledger := r.works("orders"), r.works("stock"), r.works("balance"), r.works("ledger")
	r.Rules = []apiRules{
		{"answers, under keys", "K2, K3, K4; K1 where two orders were named", keys},
		{"orders with their status", "C4, C5, C8 (list)", orders},
		{"the key in orders", "K1 in full, C9, C10, invented orders", orders && r.keysInOrders},
		{"one order", "C7, C8 while load runs", r.works("order")},
		{"stock", "S1, S2, C6", stock},
		{"stock and orders", "C1", stock && orders},
		{"balance", "C6", balance},
		{"balance and price", "B1", balance && r.priced},
		{"balance, and amounts of orders, price or ledger", "C2", balance && (ledger || orders && (r.costed || r.priced))},
		{"ledger, orders and price", "C3", ledger && orders && r.priced},
	}
	r.Understood = r.problems() == 0
}
