package market

import "fmt"

// Violations returns what is wrong with the state inside the service once no purchase is under way, nothing of a
// correct one: money and pieces that are not accounted for, unfinished orders, keys with several orders. It does not
// see what only answers and reads get wrong.
func (m *Market) Violations() []string {
	m.Quiesce()
	st := m.current()
	st.mu.Lock()
	defer st.mu.Unlock()
	c := &check{sold: map[int64]int64{}, spent: map[int64]int64{}, net: map[string]int64{}, keys: map[string]string{},
		users: map[string]int64{}}
	for _, o := range st.orders {
		c.users[o.last().ID] = o.last().User
	}
	c.addLedger(st.ledger)
	for _, o := range st.orders {
		c.addOrder(o.last(), m.opt.KeyPerUser)
	}
	c.addStock(st)
	for id, net := range c.net {
		c.wrong("order %s does not exist, its ledger says %d", id, net)
	}
	return c.found
}

// check collects what is wrong.
type check struct {
	sold  map[int64]int64   // pieces by product
	spent map[int64]int64   // money by user
	net   map[string]int64  // money by order
	keys  map[string]string // orders by key
	users map[string]int64  // of orders
	found []string
}

func (c *check) wrong(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *check) addLedger(all []entry) {
	for _, e := range all {
		amount := e.Amount
		if e.Kind == "refund" {
			amount = -amount
		}
		c.net[e.Order] += amount
		c.spent[e.User] += amount
		if user := c.users[e.Order]; user != e.User {
			c.wrong("order %s of user %d: a %s of user %d", e.Order, user, e.Kind, e.User)
		}
	}
}

func (c *check) addOrder(r record, perUser bool) {
	slot := r.Key
	if perUser {
		slot = fmt.Sprint(r.User, "/", r.Key)
	}
	if first := c.keys[slot]; first != "" && r.Key != "" {
		c.wrong("key %q has the orders %s and %s", r.Key, first, r.ID)
	}
	c.keys[slot] = r.ID
	want := int64(0)
	switch r.Status {
	case "CONFIRMED":
		want = r.Amount
		c.sold[r.Product] += r.Quantity
	case "CANCELLED":
	default:
		c.wrong("order %s is %s", r.ID, r.Status)
	}
	if c.net[r.ID] != want {
		c.wrong("order %s is %s, its ledger says %d, want %d", r.ID, r.Status, c.net[r.ID], want)
	}
	delete(c.net, r.ID)
	c.addSteps(r)
}

// addSteps checks that each step was taken once and undone once, or not at all, in that order.
func (c *check) addSteps(r record) {
	open := map[string]int{}
	for _, s := range r.Steps {
		change := 1
		if s.Action == "compensate" {
			change = -1
		}
		if open[s.Step] += change; open[s.Step] < 0 || open[s.Step] > 1 {
			c.wrong("order %s: %s %s out of turn", r.ID, s.Step, s.Action)
		}
	}
	want := 0
	if r.Status == "CONFIRMED" {
		want = 1
	}
	for _, name := range []string{"reserve_stock", "charge_payment", "confirm_order"} {
		if open[name] != want {
			c.wrong("order %s is %s, %s is in effect %d times", r.ID, r.Status, name, open[name])
		}
	}
}

func (c *check) addStock(st *state) {
	for id, p := range st.products {
		l := p.last()
		if l.reserved != 0 || l.stock < 0 || l.stock+c.sold[id] != p.put {
			c.wrong("product %d: %d put, %d sold, %d free, %d held", id, p.put, c.sold[id], l.stock, l.reserved)
		}
	}
	for id, u := range st.users {
		if u.last() < 0 || u.last()+c.spent[id] != u.put {
			c.wrong("user %d: %d put, %d spent, %d left", id, u.put, c.spent[id], u.last())
		}
	}
}
