package history

import "sagalab/pkg/purchase"

// origin is where an order of the state comes from.
type Origin uint8

const (
	Ours    Origin = iota // a purchase of the history
	Earlier               // it was there before the run
	Foreign               // before or after the run's own orders, in a state that is not sealed
	Phantom               // nobody bought it
)

// orderIndex is the orders of the state after the run, each assigned to the key and
// the purchase of the history that it belongs to.
type OrderIndex struct {
	*History
	// orders is After.Orders; rows that a page repeated are not counted twice.
	Orders     []purchase.Order
	Repeated   []bool
	Origins    []Origin
	KeyOf      []int32 // the key of each order, or none
	PurchaseOf []int32 // the deed of each order, or none
	rowOf      []int32 // by order id: its index in orders, or none
	namedBy    []int32 // by order id: the key under which an answer first named it, or none
	// confirms is by order id: a confirming answer named it.
	NamedByConfirmation []bool
	// keysShown: the service tells the keys of its orders.
	keysShown    bool
	Pending      int
	ForeignCount int // orders of foreign origin
	PhantomCount int
	// noOrders is why the orders cannot be judged, "" when they can.
	OrdersUnusable string
	ordersBeyond   bool
	Before         map[int32]bool // order ids of the state before the run
	BeforeComplete bool
}

// newOrderIndex assigns the orders of the evidence to the history.
func newOrderIndex(h *History, e *Evidence) *OrderIndex {
	x := &OrderIndex{History: h}
	x.OrdersUnusable, x.ordersBeyond = e.After.Unusable(OrdersCall)
	for i := range e.Samples {
		for n := range e.Samples[i].Orders {
			h.intern(e.Samples[i].Orders[n].OrderID)
		}
	}
	x.readAnswers()
	x.readBefore(e.Before)
	if x.OrdersUnusable == "" {
		x.readOrders(e.After.Orders)
		x.assignOrders()
		x.findOrigins(e.Sealed)
	}
	return x
}

// tellers notes under which key each order id was named first.
func (x *OrderIndex) readAnswers() {
	x.namedBy = noneOf(len(x.OrderIDs))
	x.NamedByConfirmation = make([]bool, len(x.OrderIDs))
	for i := range x.Attempts {
		t := &x.Attempts[i]
		if t.Order == None {
			continue
		}
		if x.namedBy[t.Order] == None {
			x.namedBy[t.Order] = x.Purchases[t.Purchase].Key
		}
		x.NamedByConfirmation[t.Order] = x.NamedByConfirmation[t.Order] || t.Meaning == Confirmed
	}
}

func noneOf(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = None
	}
	return list
}

// past reads which orders were there before.
func (x *OrderIndex) readBefore(before *State) {
	why, _ := before.Unusable(OrdersCall)
	x.BeforeComplete = why == ""
	if before == nil {
		return
	}
	x.Before = make(map[int32]bool, len(before.Orders))
	for i := range before.Orders {
		x.Before[x.intern(before.Orders[i].OrderID)] = true
	}
}

// load indexes the orders of the state. Of an order that several pages show the
// last one counts.
func (x *OrderIndex) readOrders(orders []purchase.Order) {
	x.Orders = orders
	x.Repeated = make([]bool, len(x.Orders))
	ids := make([]int32, len(x.Orders))
	for i := range x.Orders {
		ids[i] = x.intern(x.Orders[i].OrderID)
		x.keysShown = x.keysShown || x.Orders[i].IdempotencyKey != ""
	}
	x.rowOf = noneOf(len(x.OrderIDs))
	for i, id := range ids {
		if x.Orders[i].OrderID == "" {
			continue
		}
		if last := x.rowOf[id]; last != None {
			x.Repeated[last] = true
		}
		x.rowOf[id] = int32(i)
	}
	for i := range x.Orders {
		if !x.Repeated[i] && !x.Orders[i].Status.Terminal() {
			x.Pending++
		}
	}
}

// at is the index of an order id in the state's orders, or none.
func (x *OrderIndex) Row(id int32) int32 {
	if id == None || int(id) >= len(x.rowOf) {
		return None
	}
	return x.rowOf[id]
}

func (x *OrderIndex) NamedBy(id int32) int32 {
	if int(id) >= len(x.namedBy) {
		return None
	}
	return x.namedBy[id]
}

// live reports whether an order may still mean that something was bought.
func isLive(o *purchase.Order) bool { return o.Status != purchase.Cancelled }

// confirmed reports whether an order is confirmed.
func IsConfirmed(o *purchase.Order) bool { return o.Status == purchase.Confirmed }
