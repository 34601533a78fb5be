package history

import "sagalab/pkg/purchase"

// Origin says where an order of the state comes from.
type Origin uint8

// The origins of an order.
const (
	Ours    Origin = iota // a purchase of the history
	Earlier               // the state before the run has it
	Foreign               // under a key that the run did not send, in a state that others may have changed
	Phantom               // under a key that the run did not send, though it alone used the service
	Begun                 // perhaps by steps of a purchase that did not end, of which it is not known which
)

// OrderIndex is the orders of the state after the run, each assigned to the key and
// the purchase of the history that it belongs to. Slices "by row" run parallel to
// Orders, slices "by order id" to History.OrderIDs.
type OrderIndex struct {
	*History
	// Orders is Evidence.After.Orders, nil when they cannot be used, or a copy of them in which
	// what the service does not show of an order is that of the purchase which certainly made
	// it. Repeated marks, by row, those that a later page repeats: they do not count.
	Orders   []purchase.Order
	Repeated []bool
	// Origins, KeyOf and PurchaseOf are by row: where the order comes from, and its key
	// and purchase, or None.
	Origins           []Origin
	KeyOf, PurchaseOf []int32
	// NamedByConfirmation is by order id: a confirming answer named it.
	NamedByConfirmation []bool
	// Pending counts orders that are not terminal, ForeignCount and PhantomCount those
	// of such an origin. Left counts those among Pending that purchases of the run have left
	// behind, which ended between their steps (LeftBehind).
	Pending, ForeignCount, PhantomCount, Left int
	// OrdersUnusable is why the orders cannot be judged, "" when they can.
	OrdersUnusable string
	// Before is the order ids of the state before the run; BeforeComplete says that it
	// is all of them.
	Before         map[int32]bool
	BeforeComplete bool

	shared       bool             // others may have used the service
	copied       bool             // Orders is a copy
	keysShown    bool             // the service shows the keys of its orders
	ordersBeyond bool             // the service does not offer its orders
	rowOf        []int32          // by order id: its row, or None
	namedBy      []int32          // by order id: the key under which an answer first named it, or None
	begunBy      []int32          // by order id: the key of the one purchase whose steps named it, or None; several
	byStep       []bool           // by row: a step's key or answer alone says whose it is; nil without steps
	loose        map[Payload]bool // payloads, without the method, that loose keys were sent with

	beforeUnknown bool  // it is not known which orders there were before the run
	firstMade     int64 // when the service created the run's first order for certain, where beforeUnknown
}

// several is in begunBy where steps of several purchases named an order.
const several = -2

// newOrderIndex assigns the orders of the evidence to the purchases of h, and notes
// in these what was assigned.
func newOrderIndex(h *History, e *Evidence) *OrderIndex {
	x := &OrderIndex{History: h, shared: !e.Sealed}
	x.OrdersUnusable, x.ordersBeyond = e.After.Unusable(OrdersCall)
	for i := range e.Samples {
		for n := range e.Samples[i].Orders {
			h.intern(e.Samples[i].Orders[n].OrderID)
		}
	}
	x.readAnswers()
	x.readBefore(e.Before)
	x.beforeUnknown = e.Fixture == nil && !x.BeforeComplete
	if x.OrdersUnusable == "" {
		x.readOrders(e.After.Orders)
		x.assignOrders()
		x.findOrigins(e.Sealed)
		x.findFirstMade()
		x.countLeft()
	}
	return x
}

// readAnswers notes for each order id the key under which an answer named it first,
// and whether a confirming answer did.
func (or *OrderIndex) readAnswers() {
	or.namedBy = noneOf(len(or.OrderIDs))
	or.NamedByConfirmation = make([]bool, len(or.OrderIDs))
	or.begunBy = noneOf(len(or.OrderIDs))
	for i := range or.All {
		a := &or.All[i]
		if a.OrderID == None {
			continue
		}
		if a.Part == Prepares || a.Part == AsksStep {
			or.noteBegun(a)
			continue
		}
		if or.namedBy[a.OrderID] == None {
			or.namedBy[a.OrderID] = or.Purchases[a.Purchase].Key
		}
		or.NamedByConfirmation[a.OrderID] = or.NamedByConfirmation[a.OrderID] || a.Meaning == Confirmed
	}
}

// noneOf returns n times None.
func noneOf(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = None
	}
	return list
}

// readBefore notes which orders were in the state before the run.
func (or *OrderIndex) readBefore(before *State) {
	why, _ := before.Unusable(OrdersCall)
	or.BeforeComplete = why == ""
	if before == nil {
		return
	}
	or.Before = make(map[int32]bool, len(before.Orders))
	for i := range before.Orders {
		or.Before[or.intern(before.Orders[i].OrderID)] = true
	}
}

// readOrders indexes the orders of the state after the run. Of an order that
// several pages show the last row counts.
func (or *OrderIndex) readOrders(orders []purchase.Order) {
	or.Orders = orders
	or.Repeated = make([]bool, len(or.Orders))
	ids := make([]int32, len(or.Orders))
	for i := range or.Orders {
		ids[i] = or.intern(or.Orders[i].OrderID)
		or.keysShown = or.keysShown || or.Orders[i].IdempotencyKey != ""
	}
	or.rowOf = noneOf(len(or.OrderIDs))
	for i, id := range ids {
		if or.Orders[i].OrderID == "" {
			continue
		}
		if last := or.rowOf[id]; last != None {
			or.Repeated[last] = true
		}
		or.rowOf[id] = int32(i)
	}
	for i := range or.Orders {
		if !or.Repeated[i] && !or.Orders[i].Status.Terminal() {
			or.Pending++
		}
	}
}

// KeysShown reports whether the state tells which key its orders belong to: one of
// them shows its key, or there is none.
func (or *OrderIndex) KeysShown() bool { return or.keysShown || len(or.Orders) == 0 }

// Row returns the place of an order id in Orders, None when the state does not have
// it.
func (or *OrderIndex) Row(id int32) int32 {
	if id == None || int(id) >= len(or.rowOf) {
		return None
	}
	return or.rowOf[id]
}

// OfRun reports whether row i is an order that the run made: it is not repeated, and
// of origin Ours or Phantom.
func (or *OrderIndex) OfRun(i int) bool {
	return !or.Repeated[i] && (or.Origins[i] == Ours || or.Origins[i] == Phantom)
}

// NamedBy returns the key under which an answer first named an order id, or None.
func (or *OrderIndex) NamedBy(id int32) int32 {
	if int(id) >= len(or.namedBy) {
		return None
	}
	return or.namedBy[id]
}

// PerhapsOfOthers reports whether row i is assigned to a purchase by payload alone, of a
// service that others may have used: it may as well be theirs, and proves nothing of the run.
func (or *OrderIndex) PerhapsOfOthers(i int) bool {
	return or.shared && or.byPayload(i)
}

// byPayload reports whether row i is assigned to a purchase by payload alone.
func (or *OrderIndex) byPayload(i int) bool {
	o := &or.Orders[i]
	if or.Repeated[i] || or.KeyOf[i] == None || o.IdempotencyKey != "" {
		return false
	}
	id, known := or.OrderIDIndex[o.OrderID]
	return !known || o.OrderID == "" || or.NamedBy(id) == None
}

// isLive reports whether an order may still mean that something was bought.
func isLive(o *purchase.Order) bool { return o.Status != purchase.Cancelled }

// IsConfirmed reports whether an order is confirmed.
func IsConfirmed(o *purchase.Order) bool { return o.Status == purchase.Confirmed }
