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

// RecordedEffect is an effect of a step that a participant recorded. Other processes read it
// as JSON.
type RecordedEffect struct {
	OrderID string `json:"order_id"`
	Step    string `json:"step"`
	Action  string `json:"action"`
	Amount  int64  `json:"amount,omitempty"` // in minor units
	At      int64  `json:"at"`               // nanoseconds since 1970
}

// Effects reads the effects of some orders that belong in a trace.
func (d *Database) Effects(orderIDs []string) (list []RecordedEffect, err error) {
	condition, arg := `= ?1`, orderIDs[0]
	if len(orderIDs) > 1 {
		text, err := json.Marshal(orderIDs)
		if err != nil {
			return nil, err
		}
		condition, arg = d.anyOf("?1"), string(text)
	}
	err = d.Read(func(t Tx) error {
		list = nil
		return t.QueryEach(tracedEffects+condition, func(scan func(...any) error) error {
			var e RecordedEffect
			err := scan(&e.OrderID, &e.Step, &e.Action, &e.Amount, &e.At)
			list = append(list, e)
			return err
		}, arg)
	})
	return list, err
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
