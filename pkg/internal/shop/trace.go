package shop

import (
	"cmp"
	"encoding/json"
	"slices"

	"sagalab/pkg/purchase"
)

// trace is what the participants say took effect, by order. It is read from their
// own tables and stored nowhere else, so it shows what happened and not what the
// saga believes to have done.
type trace map[string][]traced

type traced struct {
	step, action string
	amount, at   int64
}

// tookEffect are the conditions of a row of effects that belongs into a trace.
const tookEffect = `outcome = '' AND action IN ('do', 'compensate')`

const tracedEffects = `SELECT order_id, step, action, amount, at FROM effects WHERE ` + tookEffect + ` AND order_id `

// read adds one order's effects in one store.
func (tr trace) read(t tx, orderID string) error {
	return t.each(tracedEffects+`= ?1`, tr.add, orderID)
}

// readAll adds many orders' effects in one store.
func (tr trace) readAll(st *store, orders []purchase.Order) error {
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = o.OrderID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return st.reading(func(t tx) error { return t.each(tracedEffects+st.anyOf("?1"), tr.add, string(list)) })
}

func (tr trace) add(scan func(...any) error) error {
	var id string
	var e traced
	if err := scan(&id, &e.step, &e.action, &e.amount, &e.at); err != nil {
		return err
	}
	tr.put(id, e)
	return nil
}

// put adds an effect, unless it is the nothing of an order that has none.
func (tr trace) put(orderID string, e traced) {
	if e.step != "" {
		tr[orderID] = append(tr[orderID], e)
	}
}

// complete fills in what an order's effects tell: its steps and its amount.
func (tr trace) complete(o *purchase.Order) {
	effects := tr[o.OrderID]
	slices.SortStableFunc(effects, func(a, b traced) int { return cmp.Compare(a.at, b.at) })
	o.Steps = make([]purchase.Step, len(effects))
	for i, e := range effects {
		o.Steps[i] = purchase.Step{Seq: i + 1, Step: e.step, Action: e.action, At: moment(e.at)}
		if e.step == purchase.ReserveStock && e.action == purchase.Do {
			o.Amount = e.amount
		}
	}
}

// order reads one order whole. The status is read first, so that the effects are
// never behind it.
func (s *Shop) order(id string) (purchase.Order, bool, error) {
	o, known, found, err := s.orders.order(id)
	if err != nil || !found {
		return o, found, err
	}
	o, err = s.whole(o, known)
	return o, true, err
}

// whole adds to an order what the other participants know of it.
func (s *Shop) whole(o purchase.Order, tr trace) (purchase.Order, error) {
	for _, st := range []*store{s.stock.store, s.payments.store} {
		if err := st.reading(func(t tx) error { return tr.read(t, o.OrderID) }); err != nil {
			return o, err
		}
	}
	tr.complete(&o)
	return o, nil
}

// page reads many orders whole.
func (s *Shop) page(after int64, limit int) (purchase.Orders, error) {
	page, tr, err := s.orders.page(after, limit)
	if err != nil {
		return page, err
	}
	for _, st := range []*store{s.stock.store, s.payments.store} {
		if err := tr.readAll(st, page.Orders); err != nil {
			return page, err
		}
	}
	for i := range page.Orders {
		tr.complete(&page.Orders[i])
	}
	return page, nil
}
