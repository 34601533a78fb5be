package faultsearch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// stateDigest returns a digest of a state without what differs between executions that did the
// same: ids, keys, times, and the order in which orders were made; stocks and balances count
// since the state before. "" without a state.
func stateDigest(s *audit.State, st start) string {
	if s == nil {
		return ""
	}
	users, products := indexOf(st.subjects.Users), indexOf(st.subjects.Products)
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	orders := map[string]string{} // by id
	for _, o := range ordersSince(s, st.before) {
		var steps []string
		for _, step := range o.Steps {
			steps = append(steps, step.Action+" "+step.Step)
		}
		text := fmt.Sprintf("order purchase %d user %d product %d quantity %d amount %d %s %s %s", purchaseOf(o.IdempotencyKey, st.requests), users[o.UserID], products[o.ProductID], o.Quantity, o.Amount, o.Status, o.Reason, strings.Join(steps, ","))
		orders[o.OrderID] = text
		lines = append(lines, text)
	}
	for _, e := range s.Ledger {
		if order, since := orders[e.OrderID]; since {
			add("%s user %d %d for %s", e.Kind, users[e.UserID], e.Amount, order)
		}
	}
	stock, money := amountsOf(st.before)
	for _, p := range s.Products {
		add("product %d stock %d reserved %d", products[p.ProductID], p.Stock-stock[p.ProductID], p.Reserved)
	}
	for _, u := range s.Users {
		add("user %d balance %d", users[u.UserID], u.Balance-money[u.UserID])
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:8])
}

// amountsOf returns the stocks and the balances of a state, none of nil.
func amountsOf(s *audit.State) (stock, money map[purchase.ID]int64) {
	stock, money = map[purchase.ID]int64{}, map[purchase.ID]int64{}
	if s == nil {
		return stock, money
	}
	for _, p := range s.Products {
		stock[p.ProductID] = p.Stock
	}
	for _, u := range s.Users {
		money[u.UserID] = u.Balance
	}
	return stock, money
}

// ordersSince returns the orders that an earlier state does not have.
func ordersSince(s, before *audit.State) []purchase.Order {
	if before == nil {
		return s.Orders
	}
	older := map[string]bool{}
	for i := range before.Orders {
		older[before.Orders[i].OrderID] = true
	}
	return slices.DeleteFunc(slices.Clone(s.Orders), func(o purchase.Order) bool { return older[o.OrderID] })
}

// purchaseOf returns the purchase whose key an order has, 0 without one.
func purchaseOf(key string, requests []purchase.Request) int {
	return 1 + slices.IndexFunc(requests, func(r purchase.Request) bool { return r.IdempotencyKey == key && key != "" })
}

// indexOf numbers ids from 1.
func indexOf(ids []purchase.ID) map[purchase.ID]int {
	index := map[purchase.ID]int{}
	for i, id := range ids {
		index[id] = i + 1
	}
	return index
}
