package audit

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// dice makes evidence of any bytes.
type dice struct{ data []byte }

func (d *dice) n(sides int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % sides
}

func pick[T any](d *dice, of ...T) T { return of[d.n(len(of))] }

func (d *dice) number() int64 {
	return pick(d, int64(1), 2, 0, 3, -1, math.MaxInt64, math.MinInt64, math.MaxInt64/2)
}

func (d *dice) time() time.Time {
	return pick(d, moments(int64(d.n(256))*1e5), time.Time{}, moments(math.MaxInt64), moments(math.MinInt64),
		time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-9999, 1, 1, 0, 0, 0, 0, time.UTC))
}

func (d *dice) key() string { return pick(d, "a", "b", "c", "") }

func (d *dice) order() purchase.Order {
	o := purchase.Order{
		OrderID: d.key(), IdempotencyKey: d.key(), UserID: purchase.ID(d.number()), ProductID: purchase.ID(d.number()), Quantity: d.number(),
		Amount: d.number(), Status: pick(d, purchase.Confirmed, purchase.Cancelled, purchase.Pending, purchase.Compensating, "", "X"), CreatedAt: d.time(),
		UpdatedAt: d.time(), Reason: pick(d, "", purchase.OutOfStock, "withdrawn"),
	}
	for range d.n(6) {
		o.Steps = append(o.Steps, purchase.Step{
			Seq: d.n(5), Step: pick(d, purchase.ReserveStock, purchase.ChargePayment, purchase.ConfirmOrder, ""),
			Action: pick(d, purchase.Do, purchase.Compensate, ""), At: d.time(),
		})
	}
	return o
}

func (d *dice) state() *State {
	if d.n(4) == 1 {
		return nil
	}
	s := &State{At: d.time()}
	for range d.n(6) {
		s.Orders = append(s.Orders, d.order())
	}
	for range d.n(4) {
		s.Products = append(s.Products, purchase.Product{ProductID: purchase.ID(d.number()), Price: d.number(), Stock: d.number(), Reserved: d.number()})
		s.Users = append(s.Users, purchase.User{UserID: purchase.ID(d.number()), Balance: d.number()})
		s.Ledger = append(s.Ledger, purchase.Entry{OrderID: d.key(), UserID: purchase.ID(d.number()), Kind: pick(d, purchase.Charge, purchase.Refund, ""), Amount: d.number(), At: d.time()})
	}
	if d.n(5) == 1 {
		s.NotOffered = []Call{pick(d, OrdersCall, ProductsCall, UsersCall, LedgerCall)}
	}
	if d.n(5) == 1 {
		s.Failed = map[Call]string{pick(d, OrdersCall, ProductsCall, UsersCall, LedgerCall): "why"}
	}
	return s
}

func (d *dice) evidence() Evidence {
	var e Evidence
	e.Sealed = d.n(2) == 1
	for range d.n(4) {
		s := runs.Stage{Info: runs.Info{Stage: d.key(), State: pick(d, runs.Complete, runs.Running, ""), Requests: d.n(9), Started: d.time(), API: pick(d, "", "", "", "x")}}
		for range d.n(9) {
			s.Operations = append(s.Operations, runs.Operation{
				Index: d.number(), Key: d.key(), UserID: purchase.ID(d.number()), ProductID: purchase.ID(d.number()), Quantity: d.number(), Attempts: d.number(),
				StartTS: d.time(), EndTS: d.time(), Status: int64(pick(d, 201, 0, 409)), Reason: pick(d, "", "not_sent", "out_of_stock"), OrderID: d.key(),
			})
		}
		for range d.n(12) {
			s.Attempts = append(s.Attempts, runs.Attempt{
				Index: d.number(), Number: d.number(), Key: d.key(), StartTS: d.time(),
				LatencyMS: pick(d, 1, 0, -1, math.NaN(), math.Inf(1), 1e300), WaitMS: pick(d, 0, 1, math.NaN(), math.Inf(-1)),
				Status: int64(pick(d, 201, 200, 409, 402, 422, 500, 0, -7, 503, 429)), Class: pick(d, "", "", "", "eof"), Sent: d.n(3) > 0, OrderID: d.key(),
				Reason: pick(d, "", "", "out_of_stock", "insufficient_balance", "key_reused", "in_progress", "malformed", "http_418", "overloaded"),
			})
		}
		e.Stages = append(e.Stages, s)
	}
	if d.n(3) > 0 {
		e.Fixture = &purchase.Fixture{}
		for range d.n(4) {
			e.Fixture.Products = append(e.Fixture.Products, purchase.FixtureProduct{ProductID: purchase.ID(d.number()), Price: d.number(), Stock: d.number()})
			e.Fixture.Users = append(e.Fixture.Users, purchase.FixtureUser{UserID: purchase.ID(d.number()), Balance: d.number()})
		}
	}
	if d.n(3) == 1 {
		e.Before = d.state()
	}
	e.After = d.state()
	for range d.n(4) {
		x := Sample{Asked: d.time(), Answered: d.time(), Gone: []string{d.key()}}
		for range d.n(3) {
			x.Orders = append(x.Orders, d.order())
			x.Products = append(x.Products, purchase.Product{ProductID: purchase.ID(d.number()), Stock: d.number()})
		}
		e.Samples = append(e.Samples, x)
	}
	for range d.n(4) {
		e.AskedAgain = append(e.AskedAgain, Repeat{
			Request: purchase.Request{UserID: purchase.ID(d.number()), ProductID: purchase.ID(d.number()), Quantity: d.number(), IdempotencyKey: d.key()},
			Attempt: runs.Attempt{Key: d.key(), StartTS: d.time(), Status: int64(pick(d, 200, 409, 402, 422, 0)), OrderID: d.key(), Sent: true, Reason: pick(d, "", "out_of_stock", "in_progress")},
		})
	}
	return e
}

func FuzzJudge(f *testing.F) {
	for seed := range byte(8) {
		data := make([]byte, 600)
		x := uint32(seed) + 1
		for i := range data {
			x = x*1664525 + 1013904223
			data[i] = byte(x >> 24)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := (&dice{data}).evidence()
		r := Judge(e, Options{})
		if len(r.Verdicts) != len(rules) {
			t.Fatalf("%d verdicts, want %d", len(r.Verdicts), len(rules))
		}
		for _, v := range r.Verdicts {
			told := v.First != nil && v.Worst != nil && v.Last != nil
			if (v.Answer == Violated) != told || (v.Answer == Violated) != (v.Count > 0) || v.Count > v.Judged || v.Evidence() == "" {
				t.Errorf("%s: %s, %d of %d, %q, counterexamples %v", v.Rule, v.Answer, v.Count, v.Judged, v.Evidence(), told)
			}
			if (v.Answer == Unknown || v.Answer == NotExercised) && v.Reason == "" {
				t.Errorf("%s is %s without a reason", v.Rule, v.Answer)
			}
		}
		text, err := r.JSON()
		var back Report
		if err != nil || json.Unmarshal(text, &back) != nil || back.String() != r.String() {
			t.Errorf("the report does not survive JSON: %v", err)
		}
		CheckLinearizability(e, Options{}, time.Millisecond)
	})
}
