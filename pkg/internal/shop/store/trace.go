package store

import (
	"cmp"
	"encoding/json"
	"slices"

	"sagalab/pkg/purchase"
)

// Trace holds the effects that the participants recorded, by order. It is read from
// their own tables, so it shows what took effect and not what the saga called.
type Trace map[string][]tracedEffect

type tracedEffect struct {
	step, action string
	amount, at   int64
}

// tookEffect is the condition of a row of effects that belongs in a trace.
const tookEffect = `outcome = '' AND action IN ('do', 'compensate')`

const tracedEffects = `SELECT order_id, step, action, amount, at FROM effects WHERE ` + tookEffect + ` AND order_id `

// read adds one order's effects in one database.
func (tr Trace) read(t Tx, orderID string) error {
	return t.QueryEach(tracedEffects+`= ?1`, tr.add, orderID)
}

// readAll adds many orders' effects in one database.
func (tr Trace) readAll(db *Database, orders []purchase.Order) error {
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = o.OrderID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return db.Read(func(t Tx) error { return t.QueryEach(tracedEffects+db.anyOf("?1"), tr.add, string(list)) })
}

func (tr Trace) add(scan func(...any) error) error {
	var id string
	var e tracedEffect
	if err := scan(&id, &e.step, &e.action, &e.amount, &e.at); err != nil {
		return err
	}
	tr.put(id, e)
	return nil
}

// put adds an effect, unless it is the empty one of an order without effects.
func (tr Trace) put(orderID string, e tracedEffect) {
	if e.step != "" {
		tr[orderID] = append(tr[orderID], e)
	}
}

// complete sets an order's steps and amount from its effects.
func (tr Trace) complete(o *purchase.Order) {
	effects := tr[o.OrderID]
	slices.SortStableFunc(effects, func(a, b tracedEffect) int { return cmp.Compare(a.at, b.at) })
	o.Steps = make([]purchase.Step, len(effects))
	for i, e := range effects {
		o.Steps[i] = purchase.Step{Seq: i + 1, Step: e.step, Action: e.action, At: timeOf(e.at)}
		if e.step == purchase.ReserveStock && e.action == purchase.Do {
			o.Amount = e.amount
		}
	}
}
