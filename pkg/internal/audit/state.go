package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
)

// origin is where an order of the state comes from.
type origin uint8

const (
	ours    origin = iota // a purchase of the history
	earlier               // it was there before the run
	foreign               // before or after the run's own orders, in a state that is not sealed
	phantom               // nobody bought it
)

// world is the state, joined with the history.
type world struct {
	*history
	e Evidence
	o Options
	// orders is After.Orders; rows that a page repeated are not counted twice.
	orders   []purchase.Order
	repeat   []bool
	origin   []origin
	keyed    []int32 // the key of each order, or none
	owner    []int32 // the deed of each order, or none
	row      []int32 // by order id: its index in orders, or none
	teller   []int32 // by order id: the key under which an answer first named it, or none
	confirms []bool  // by order id: a confirming answer named it
	// keysShown: the service tells the keys of its orders.
	keysShown bool
	pending   int
	others    int // orders of foreign origin
	phantoms  int
	// noOrders is why After.Orders cannot be judged, "" when they can.
	noOrders       string
	ordersBeyond   bool
	early          string // why the state may not be the final one
	running        bool   // it was read before the last answer had come
	stale          string // why the state is not this run's
	stock, price   map[int64]int64
	money          map[int64]int64
	noStock        string // why the initial stock is not known
	noMoney        string
	before         map[int32]bool // order ids that Before has
	beforeComplete bool
}

func newWorld(e Evidence, o Options) *world {
	w := &world{history: newHistory(e.Stages, &o), e: e, o: o}
	w.noOrders, w.ordersBeyond = e.After.lacks(OrdersCall)
	for i := range e.Samples {
		for n := range e.Samples[i].Orders {
			w.intern(e.Samples[i].Orders[n].OrderID)
		}
	}
	w.tellers()
	w.past()
	if w.noOrders == "" {
		w.load()
		w.place()
		w.attribute()
	}
	w.timing()
	w.origins()
	w.scene()
	return w
}

// tellers notes under which key each order id was named first.
func (w *world) tellers() {
	w.teller = filled(len(w.ids))
	w.confirms = make([]bool, len(w.ids))
	for i := range w.tries {
		t := &w.tries[i]
		if t.order == none {
			continue
		}
		if w.teller[t.order] == none {
			w.teller[t.order] = w.deeds[t.deed].key
		}
		w.confirms[t.order] = w.confirms[t.order] || t.means == Confirmed
	}
}

func filled(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = none
	}
	return list
}

// past reads which orders were there before.
func (w *world) past() {
	why, _ := w.e.Before.lacks(OrdersCall)
	w.beforeComplete = why == ""
	if w.e.Before == nil {
		return
	}
	w.before = make(map[int32]bool, len(w.e.Before.Orders))
	for i := range w.e.Before.Orders {
		w.before[w.intern(w.e.Before.Orders[i].OrderID)] = true
	}
}

// load indexes the orders of the state. Of an order that several pages show the
// last one counts.
func (w *world) load() {
	w.orders = w.e.After.Orders
	w.repeat = make([]bool, len(w.orders))
	ids := make([]int32, len(w.orders))
	for i := range w.orders {
		ids[i] = w.intern(w.orders[i].OrderID)
		w.keysShown = w.keysShown || w.orders[i].IdempotencyKey != ""
	}
	w.row = filled(len(w.ids))
	for i, id := range ids {
		if w.orders[i].OrderID == "" {
			continue
		}
		if last := w.row[id]; last != none {
			w.repeat[last] = true
		}
		w.row[id] = int32(i)
	}
	for i := range w.orders {
		if !w.repeat[i] && !w.orders[i].Status.Terminal() {
			w.pending++
		}
	}
}

// at is the index of an order id in the state's orders, or none.
func (w *world) at(id int32) int32 {
	if id == none || int(id) >= len(w.row) {
		return none
	}
	return w.row[id]
}

func (w *world) told(id int32) int32 {
	if int(id) >= len(w.teller) {
		return none
	}
	return w.teller[id]
}

// place finds each order's purchase: by its key, else by an answer that named it.
func (w *world) place() {
	w.keyed, w.owner = filled(len(w.orders)), filled(len(w.orders))
	for i := range w.orders {
		o := &w.orders[i]
		if w.repeat[i] {
			continue
		}
		k, known := w.keyOf[o.IdempotencyKey]
		if o.IdempotencyKey == "" || !known {
			k = none
			if id, named := w.idOf[o.OrderID]; named && o.OrderID != "" {
				k = w.told(id)
			}
			if k != none && o.IdempotencyKey != "" && w.keys[k].name != "" {
				k = none // it belongs to a key of somebody else
			}
		}
		if k != none {
			w.give(int32(i), k)
		}
	}
	w.claim()
}

// give books an order on a key and, if one fits, on a purchase of it.
func (w *world) give(i, k int32) {
	w.keyed[i] = k
	o := &w.orders[i]
	n := w.match(k, o)
	guessed := n != none && w.deeds[n].guessed
	if n != none {
		d := &w.deeds[n]
		w.owner[i] = n
		d.orders++
		if confirmed(o) {
			d.confirmed++
		}
		if d.order == none || confirmed(o) {
			d.order = i
		}
	}
	if live(o) && !guessed {
		w.keys[k].live++
	}
}

// match finds the purchase of a key that an order is for, or none. Of a key with
// very many payloads those are found that the order tells in full.
func (w *world) match(k int32, o *purchase.Order) int32 {
	n := w.keys[k].first
	for looked := 0; n != none && looked < mostLines; looked++ {
		if w.deeds[n].same(o) {
			return n
		}
		n = w.deeds[n].next
	}
	if n == none {
		return none
	}
	if d, known := w.reuses[reuse{k, payload{o.UserID, o.ProductID, o.Quantity, o.PaymentMethodID}, false}]; known {
		return d
	}
	if d, known := w.reuses[reuse{k, payload{}, true}]; known {
		return d
	}
	return none
}

// claim lets purchases claim orders that carry no key and that no answer named:
// one each, with the same payload. If the service shows keys, only purchases
// without one can have made such orders. Who is meant cannot be told, so what was
// bought goes to who was answered so first, then to who had no answer; what was
// cancelled goes to who was refused first.
func (w *world) claim() {
	var lost map[payload]*claimants
	for _, bought := range []bool{true, false} {
		for i := range w.orders {
			o := &w.orders[i]
			if w.repeat[i] || w.keyed[i] != none || o.IdempotencyKey != "" || live(o) != bought {
				continue
			}
			if lost == nil {
				lost = w.claimants()
			}
			c := lost[payload{o.UserID, o.ProductID, o.Quantity, 0}]
			if d := c.take(bought); d != none {
				w.deeds[d].guessed = true
				w.give(int32(i), w.deeds[d].key)
			}
		}
	}
}

// claimants are purchases without an order: confirmed, unanswered and refused.
type claimants [3][]int32

// take removes the purchase that an order most probably belongs to.
func (c *claimants) take(bought bool) int32 {
	if c == nil {
		return none
	}
	order := [...]int{0, 1, 2}
	if !bought {
		order = [...]int{2, 1, 0}
	}
	for _, i := range order {
		if len(c[i]) > 0 {
			d := c[i][0]
			c[i] = c[i][1:]
			return d
		}
	}
	return none
}

func (w *world) claimants() map[payload]*claimants {
	lost := map[payload]*claimants{}
	for n := range w.deeds {
		d := &w.deeds[n]
		if f, _ := w.fate(d); f == nothing || d.orders > 0 || d.named != none || w.keysShown && w.keys[d.key].name != "" {
			continue
		}
		p := d.payload
		p.method = 0
		if lost[p] == nil {
			lost[p] = &claimants{}
		}
		kind := 1
		if d.ok < forever {
			kind = 0
		} else if d.no < forever {
			kind = 2
		}
		lost[p][kind] = append(lost[p][kind], int32(n))
	}
	return lost
}

// attribute says where each order comes from.
func (w *world) attribute() {
	w.origin = make([]origin, len(w.orders))
	first, last := len(w.orders), -1
	old := func(i int) bool { return len(w.before) > 0 && w.before[w.idOf[w.orders[i].OrderID]] }
	for i := range w.orders {
		if w.keyed[i] != none && !old(i) {
			first, last = min(first, i), i
		}
	}
	for i := range w.orders {
		switch {
		case w.repeat[i]:
		case old(i):
			w.origin[i] = earlier
			if d := w.owner[i]; d != none {
				w.deeds[d].old = true
			}
		case w.keyed[i] != none:
		case w.e.Sealed || i > first && i < last:
			w.origin[i] = phantom
			w.phantoms++
		default:
			w.origin[i] = foreign
			w.others++
		}
	}
}

// timing says why the state may not be final.
func (w *world) timing() {
	after := w.e.After
	if after == nil {
		return
	}
	at, known := nanos(after.At)
	switch {
	case known && at < w.lastEnd:
		w.running = true
		w.early = fmt.Sprintf("the state was read %s before the last answer had come: load still ran, or the clock was set", ms(w.lastEnd-at))
	case w.pending > 0:
		w.early = fmt.Sprintf("%d orders are still pending, so that stock and money are not final", w.pending)
	}
}

// origins finds out whether the state is this run's at all.
func (w *world) origins() {
	if w.noOrders != "" || w.e.Sealed {
		return
	}
	type count struct{ acknowledged, found int }
	stages := make([]count, len(w.stages))
	for n := range w.deeds {
		d := &w.deeds[n]
		tries := w.of(int32(n))
		acknowledged, found := d.ok < forever, d.orders > 0
		for _, t := range tries {
			if id := w.tries[t].order; id != none {
				i := w.at(id)
				acknowledged = true
				found = found || i != none && w.orders[i].IdempotencyKey == "" // ids may begin anew, keys do not
			}
		}
		if acknowledged {
			stages[w.tries[tries[0]].stage].acknowledged++
		}
		if acknowledged && found {
			stages[w.tries[tries[0]].stage].found++
		}
	}
	for i, s := range stages {
		if s.acknowledged > 0 && s.found == 0 {
			w.stale = fmt.Sprintf("none of the %d purchases that were answered with an order in stage %s is in the state: it was reset since, or is another service's", s.acknowledged, w.stages[i].Stage)
			return
		}
	}
}

// scene finds the state before the run.
func (w *world) scene() {
	w.stock, w.price, w.money = map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	if w.e.After != nil {
		for _, p := range w.e.After.Products {
			w.price[p.ProductID] = p.Price
		}
	}
	if s := w.e.Scene; s != nil {
		for _, p := range s.Products {
			w.stock[p.ProductID], w.price[p.ProductID] = p.Stock, p.Price
		}
		for _, u := range s.Users {
			w.money[u.UserID] = u.Balance
		}
	}
	if w.e.Before != nil {
		w.measured(w.e.Before)
		return
	}
	if w.e.Scene == nil {
		w.noStock = "what the service had before the run is not known: no scene was set, and its state was not read"
	}
	if w.others > 0 {
		w.noStock = fmt.Sprintf("%d orders in the state are older or younger than this run's, and the state before the run was not read: the service was not reset, or was used since", w.others)
	}
	w.noMoney = w.noStock
}

// answersOnly reports whether nothing but the history is there, so that what the
// service had at first is beyond reach.
func (w *world) answersOnly() bool { return w.e.Scene == nil && w.e.Before == nil && w.e.After == nil }

// measured takes the state before the run from what was read of it.
func (w *world) measured(before *State) {
	clear(w.stock)
	clear(w.money)
	unsettled := 0
	for i := range before.Orders {
		if !before.Orders[i].Status.Terminal() {
			unsettled++
		}
	}
	for _, p := range before.Products {
		w.stock[p.ProductID], w.price[p.ProductID] = p.Stock, p.Price
		if p.Reserved != 0 {
			unsettled++
		}
	}
	for _, u := range before.Users {
		w.money[u.UserID] = u.Balance
	}
	w.noStock, _ = before.lacks(ProductsCall)
	w.noMoney, _ = before.lacks(UsersCall)
	switch {
	case unsettled > 0:
		w.noStock = "the service was not at rest when the run began: purchases of before were still under way"
		w.noMoney = w.noStock
	case w.others > 0 || w.noOrders == "" && !w.beforeComplete && !w.e.Sealed:
		w.noStock = "orders of others cannot be told from this run's"
		w.noMoney = w.noStock
	}
}

// fate is what became of a deed, as far as is known.
type fate uint8

const (
	nothing fate = iota // it cannot have taken anything
	done                // it is confirmed
	refused             // it was refused, and what it held given back
	open                // it may have taken effect, or may yet
)

// fate says what became of a deed; resolved is true when only the state says that
// it is confirmed.
func (w *world) fate(d *deed) (f fate, resolved bool) {
	switch {
	case d.sent == 0 || d.reused == d.sent:
		return nothing, false
	case d.ok < forever:
		return done, false
	case d.no < forever && d.means == Invalid && d.unclear == 0:
		return nothing, false
	case d.no < forever:
		return refused, false
	case w.noOrders != "" || w.stale != "":
		return open, false
	case d.confirmed > 0:
		return done, true
	case d.orders == 0 && w.keysShown && w.early == "" && w.keys[d.key].name != "":
		return nothing, false // it never arrived
	}
	return open, false
}
