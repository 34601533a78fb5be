package market

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Restock adds n pieces to a product; an unknown one is ignored.
func (m *Market) Restock(product, n int64) {
	st := m.current()
	st.mu.Lock()
	defer st.mu.Unlock()
	if p := st.products[product]; p != nil {
		p.put += n
		st.shift(product, n, 0)
	}
}

// TopUp adds n minor units to the balance of a user; an unknown one is ignored. The ledger, which has charges and
// refunds only, does not show it.
func (m *Market) TopUp(user, n int64) {
	st := m.current()
	st.mu.Lock()
	defer st.mu.Unlock()
	if u := st.users[user]; u != nil {
		u.put += n
		st.move(user, n)
	}
}

// SetPrice sets the price of a product in minor units; an unknown one is ignored. A purchase costs what the price was
// when its order was created.
func (m *Market) SetPrice(product, price int64) {
	st := m.current()
	st.mu.Lock()
	defer st.mu.Unlock()
	if p := st.products[product]; p != nil {
		l := p.last()
		l.price = price
		p.set(l, m.opt.ReadsLag)
	}
}

// BuyElsewhere makes n purchases of one piece, one after the other, of products and for users drawn at random, under
// keys that begin with "elsewhere-".
func (m *Market) BuyElsewhere(n int) {
	st := m.current()
	users, products := slices.Sorted(maps.Keys(st.users)), slices.Sorted(maps.Keys(st.products))
	if len(users) == 0 || len(products) == 0 {
		return
	}
	for range n {
		user, product := users[m.draw(int64(len(users)))], products[m.draw(int64(len(products)))]
		m.purchase(context.Background(), request{key: fmt.Sprintf("elsewhere-%x", m.draw(1<<62)), user: user,
			product: product, quantity: 1, method: user})
	}
}
