package audit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// sent is one attempt of a history written by hand: key, what was bought, when in
// milliseconds, and the answer.
type sent struct {
	key            string
	user, product  int64
	quantity       int64
	at, took       float64
	status         int64
	reason, answer string // the error class without a status; the order's id
	replayed       bool
}

// tale is evidence written by hand. Product 1 costs 10, 5 are there; users have
// 100 each.
type tale struct {
	sent    []sent
	orders  []purchase.Order
	stock   int64 // at the end
	held    int64
	balance int64 // of user 1, at the end
	ledger  []purchase.Entry
	samples []Sample
	alone   bool // no state is read
	after   time.Duration
}

func (t tale) evidence() Evidence {
	s := runs.Stage{Info: runs.Info{Stage: "s", State: runs.Complete, Started: moments(0), Requests: len(t.sent)}}
	for i, a := range t.sent {
		row := runs.Attempt{
			Index: int64(i), Number: 1, Key: a.key, StartTS: moments(int64(a.at * 1e6)), LatencyMS: a.took,
			Status: a.status, Reason: a.reason, OrderID: a.answer, Sent: true, Replayed: a.replayed,
		}
		if a.status == 0 {
			row.Class = a.reason
		}
		s.Attempts = append(s.Attempts, row)
		s.Operations = append(s.Operations, runs.Operation{
			Stage: "s", Index: int64(i), Key: a.key, UserID: purchase.ID(a.user), ProductID: purchase.ID(a.product), Quantity: a.quantity, PaymentMethodID: purchase.ID(a.user), Attempts: 1,
		})
	}
	e := Evidence{Stages: []runs.Stage{s}, Samples: t.samples, Sealed: true, Fixture: &purchase.Fixture{
		Products: []purchase.FixtureProduct{{ProductID: 1, Price: 10, Stock: 5}},
		Users:    []purchase.FixtureUser{{UserID: 1, Balance: 100}, {UserID: 2, Balance: 100}},
	}}
	if !t.alone {
		e.After = &State{
			At: moments(int64(t.after)), LagMS: new(int64), Orders: t.orders, Ledger: t.ledger,
			Products: []purchase.Product{{ProductID: 1, Price: 10, Stock: t.stock, Reserved: t.held}},
			Users:    []purchase.User{{UserID: 1, Balance: t.balance}, {UserID: 2, Balance: 100}},
		}
	}
	return e
}

// buys is user 1 buying under a key; the order has the key's name.
func buys(key string, quantity int64, at, took float64) sent {
	return sent{key: key, user: 1, product: 1, quantity: quantity, at: at, took: took, status: 201, answer: "o-" + key}
}

func (s sent) ends(status int64, reason, order string) sent {
	s.status, s.reason, s.answer = status, reason, order
	return s
}

// order is the state's order for a key, after the steps in path: r, c and f for
// reserve, charge and confirm, upper case for their compensations.
func order(key string, quantity int64, status purchase.Status, path string) purchase.Order {
	o := purchase.Order{OrderID: "o-" + key, IdempotencyKey: key, UserID: 1, ProductID: 1, Quantity: quantity, PaymentMethodID: 1, Amount: 10 * quantity, Status: status, CreatedAt: moments(1e6)}
	name := map[string]string{"r": purchase.ReserveStock, "c": purchase.ChargePayment, "f": purchase.ConfirmOrder}
	for i, p := range path {
		action := purchase.Do
		if strings.ToUpper(string(p)) == string(p) {
			action = purchase.Compensate
		}
		o.Steps = append(o.Steps, purchase.Step{Seq: i + 1, Step: name[strings.ToLower(string(p))], Action: action, At: moments(int64(i) * 1e6)})
	}
	return o
}

func entry(key, kind string, amount int64) purchase.Entry {
	return purchase.Entry{EntryID: key + kind, OrderID: "o-" + key, UserID: 1, Kind: kind, Amount: amount, At: moments(0)}
}

// calmTale is one purchase that is confirmed, two pieces, and all is well.
func calmTale() tale {
	return tale{
		sent: []sent{buys("a", 2, 10, 5)}, orders: []purchase.Order{order("a", 2, purchase.Confirmed, "rcf")},
		stock: 3, balance: 80, ledger: []purchase.Entry{entry("a", purchase.Charge, 20)}, after: time.Minute,
	}
}

func seenAs(asked, answered float64, status purchase.Status) Sample {
	o := order("a", 2, status, "")
	return Sample{Asked: moments(int64(asked * 1e6)), Answered: moments(int64(answered * 1e6)), Orders: []purchase.Order{o}}
}

func TestRules(t *testing.T) {
	history := func(list ...sent) tale { return tale{sent: list, alone: true} }
	change := func(f func(*tale)) tale { x := calmTale(); f(&x); return x }
	undone := func(path string, ledger ...purchase.Entry) tale { // refused after its steps
		return tale{
			sent: []sent{buys("a", 2, 10, 5).ends(410, "withdrawn", "o-a")}, orders: []purchase.Order{order("a", 2, purchase.Cancelled, path)},
			stock: 5, balance: 100, ledger: ledger, after: time.Minute,
		}
	}
	charged, refunded := entry("a", purchase.Charge, 20), entry("a", purchase.Refund, 20)
	chargedAgain := charged
	chargedAgain.EntryID = "another"
	for _, tt := range []struct {
		rule, name string
		tale       tale
		want       Answer
		says       string // the first counterexample with its formula, or the reason
	}{
		{"K1", "one order for two attempts", history(buys("a", 1, 0, 5), buys("a", 1, 9, 5).ends(200, "", "o-a")), Holds, ""},
		{"K1", "two orders", history(buys("a", 1, 0, 5), buys("a", 1, 9, 5).ends(200, "", "o-b")), Violated, "key a was sent as one purchase and confirmed as 2 orders: o-a, o-b"},
		{"K1", "two orders in the state", change(func(x *tale) {
			x.sent = []sent{buys("a", 2, 0, 5).ends(0, "eof", ""), buys("a", 2, 10, 5)}
			second := order("a", 2, purchase.Confirmed, "rcf")
			second.OrderID = "o-2"
			x.orders = append(x.orders, second)
		}), Violated, "key a was sent as one purchase, and the state has 2 confirmed orders for it"},
		{"K1", "one attempt", history(buys("a", 1, 0, 5)), NotExercised, "no key was confirmed twice"},

		{"K2", "replayed", history(buys("a", 1, 0, 5), buys("a", 1, 9, 5).ends(200, "", "o-a")), Holds, ""},
		{"K2", "confirmed, then refused", history(buys("a", 1, 0, 5), buys("a", 1, 9, 5).ends(409, "out_of_stock", "")), Violated,
			"key a (user 1 buys 1 × product 1) was confirmed and later refused: first confirmed 5.0 ms and first refused (no_stock) 14.0 ms after it was sent"},
		{"K2", "refused, then confirmed", history(buys("a", 1, 0, 5).ends(402, "insufficient_balance", ""), buys("a", 1, 9, 5)), Violated, "was refused and later confirmed"},
		{"K2", "in progress, then confirmed", history(buys("a", 1, 0, 5).ends(409, "in_progress", ""), buys("a", 1, 9, 5)), NotExercised, "two definite answers"},
		{"K2", "too many requests, then confirmed", history(buys("a", 1, 0, 5).ends(429, "http_429", ""), buys("a", 1, 9, 5)), NotExercised, "two definite answers"},
		{"K2", "a conflict without a code, then confirmed", history(buys("a", 1, 0, 5).ends(409, "http_409", ""), buys("a", 1, 9, 5)), NotExercised, "two definite answers"},
		{"K2", "overloaded, then confirmed", history(buys("a", 1, 0, 5).ends(503, "overloaded", ""), buys("a", 1, 9, 5)), NotExercised, "two definite answers"},

		{"K3", "re-use refused", history(buys("a", 1, 0, 5), buys("a", 2, 9, 5).ends(422, "key_reused", "")), Holds, ""},
		{"K3", "re-use accepted", history(buys("a", 1, 0, 5), buys("a", 2, 9, 5).ends(201, "", "o-b")), Violated, "key a was re-used with another payload, and that was confirmed as well"},
		{"K3", "re-use accepted with the same order", history(buys("a", 1, 0, 5), buys("a", 2, 9, 5).ends(200, "", "o-a")), Violated, "re-used with another payload"},
		{"K3", "re-use after a refusal accepted", history(buys("a", 1, 0, 5).ends(409, "out_of_stock", ""), buys("a", 2, 9, 5)), Violated, "re-used with another payload"},
		{"K3", "the other payload had the key first", history(buys("a", 1, 3, 5).ends(409, "out_of_stock", ""), buys("a", 2, 0, 9)), Holds, ""},
		{"K3", "another order in flight", history(buys("a", 1, 0, 9), buys("a", 1, 4, 5).ends(200, "", "o-b")), Violated, "key a was sent again while it was in flight, and was confirmed as another order"},
		{"K3", "no key twice", history(buys("a", 1, 0, 9), buys("b", 1, 4, 5)), NotExercised, "nor sent again while it was in flight"},

		{"K4", "two keys, two orders", history(buys("a", 1, 0, 5), buys("b", 1, 4, 5)), Holds, ""},
		{"K4", "two keys, one order", history(buys("a", 1, 0, 5), buys("b", 1, 4, 5).ends(201, "", "o-a")), Violated, "order o-a was the answer to key a and to key b"},
		{"K4", "a refusal names another's order", history(buys("a", 1, 0, 5), buys("b", 1, 4, 5).ends(409, "out_of_stock", "o-a")), Violated, "order o-a was the answer to key a and to key b"},
		{"K4", "no ids", history(buys("a", 1, 0, 5).ends(200, "", ""), buys("b", 1, 4, 5).ends(200, "", "")), NotExercised, "fewer than two keys"},

		{"S1", "all of it", history(buys("a", 3, 0, 5), buys("b", 2, 9, 5)), Holds, ""},
		{"S1", "one too many", history(buys("a", 3, 0, 5), buys("b", 3, 9, 5)), Violated,
			"key b (user 1 buys 3 × product 1) was confirmed although there was not enough left: 5 pieces of product 1 in stock − 6 sold with it = -1 < 0; 1 purchase had been confirmed before it was sent"},
		{"S1", "lost replies are not counted", history(buys("a", 3, 0, 5), buys("b", 3, 9, 5).ends(0, "timeout", "")), Holds, ""},
		{"S1", "nothing was confirmed", history(buys("a", 3, 0, 5).ends(0, "eof", "")), NotExercised, "nothing was confirmed"},

		{"S2", "sold out", history(buys("a", 5, 0, 5), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Holds, ""},
		{"S2", "not sold out", history(buys("a", 3, 0, 5), buys("b", 2, 9, 5).ends(409, "out_of_stock", "")), Violated,
			"key b (user 1 buys 2 × product 1) was refused as out of stock although enough must have been left: 5 pieces of product 1 in stock − 3 bought or perhaps bought until the answer − 0 perhaps held meanwhile by purchases that were refused = 2 ≥ 2 asked for"},
		{"S2", "sold at the same time", history(buys("a", 5, 14, 5), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Holds, ""},
		{"S2", "sold only later", history(buys("a", 5, 14.1, 5), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Violated, "= 5 ≥ 1 asked for"},
		{"S2", "held meanwhile", history(buys("a", 5, 0, 10).ends(402, "insufficient_balance", ""), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Holds, ""},
		{"S2", "held before", history(buys("a", 5, 0, 8).ends(402, "insufficient_balance", ""), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Violated, "− 0 perhaps held meanwhile"},
		{"S2", "perhaps bought", history(buys("a", 5, 0, 5).ends(0, "timeout", ""), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Holds, ""},
		{"S2", "never arrived, as the state shows", tale{
			sent:  []sent{buys("a", 5, 0, 5).ends(0, "timeout", ""), buys("b", 1, 9, 5).ends(409, "out_of_stock", "o-b")},
			stock: 5, balance: 100, orders: []purchase.Order{order("b", 1, purchase.Cancelled, "")}, after: time.Minute,
		}, Violated, "− 0 bought or perhaps bought until the answer"},
		{"S2", "a request that was malformed held nothing", history(buys("a", 5, 0, 50).ends(400, "malformed", ""), buys("b", 1, 9, 5).ends(409, "out_of_stock", "")), Violated, "= 5 ≥ 1"},
		{"S2", "no refusal", history(buys("a", 5, 0, 5)), NotExercised, "no purchase was refused for lack of stock"},

		{"B1", "all his money", history(buys("a", 5, 0, 5), buys("b", 5, 9, 5)), Holds, ""},
		{"B1", "too much money", history(buys("a", 5, 0, 5), buys("b", 6, 9, 5)), Violated,
			"key b (user 1 buys 6 × product 1) was confirmed although there was not enough left: 100 of money of user 1 − 110 spent with it = -10 < 0; 1 purchase had been confirmed before it was sent"},
		{"B1", "enough money", history(buys("a", 5, 0, 5), buys("b", 5, 9, 5).ends(402, "insufficient_balance", "")), Violated, "100 of money of user 1 − 50 bought or perhaps bought until the answer − 0 perhaps held meanwhile by purchases that were refused = 50 ≥ 50 asked for"},
		{"B1", "not enough money", history(buys("a", 5, 0, 5), buys("b", 6, 9, 5).ends(402, "insufficient_balance", "")), Holds, ""},
		{"B1", "a card that is declined for another reason", history(buys("b", 1, 9, 5).ends(402, "http_402", "")), NotExercised, "nothing was confirmed"},

		{"C1", "the rest", calmTale(), Holds, ""},
		{"C1", "one is gone", change(func(x *tale) { x.stock = 2 }), Violated, "product 1 has 1 piece fewer than its confirmed orders leave: 5 at first − 2 in 1 confirmed order = 3, but the state says stock 2 and reserved 0"},
		{"C1", "one is too many", change(func(x *tale) { x.stock = 4 }), Violated, "product 1 has 1 piece more than its confirmed orders leave"},
		{"C1", "one stays reserved", change(func(x *tale) { x.stock, x.held = 2, 1 }), Violated, "product 1 still has 1 piece reserved although no order is pending"},
		{"C1", "one is pending", change(func(x *tale) {
			x.sent = append(x.sent, buys("b", 1, 12, 5).ends(0, "eof", ""))
			x.orders = append(x.orders, order("b", 1, purchase.Pending, "r"))
			x.stock, x.held = 2, 1
		}), Unknown, "1 order is still pending, so that stock and money are not final"},

		{"C2", "paid", calmTale(), Holds, ""},
		{"C2", "money is gone", change(func(x *tale) { x.balance = 79 }), Violated, "the balance of user 1 is 1 lower than charges and refunds leave it: 100 at first − 20 charged and not refunded by the ledger = 80, but the state says 79"},
		{"C2", "money came", change(func(x *tale) { x.balance = 81 }), Violated, "the balance of user 1 is 1 higher than charges and refunds leave it"},

		{"C3", "paid once", calmTale(), Holds, ""},
		{"C3", "refunded", undone("rcCR", charged, refunded), Holds, ""},
		{"C3", "paid twice", change(func(x *tale) { x.ledger = append(x.ledger, chargedAgain) }), Violated, "order o-a was charged 2 times: charges − refunds = 40, want 20"},
		{"C3", "paid twice and once refunded", change(func(x *tale) { x.ledger = []purchase.Entry{charged, chargedAgain, refunded} }), Violated, "order o-a was charged 2 times before the rest was refunded"},
		{"C3", "charged again after a refund", change(func(x *tale) { x.ledger = []purchase.Entry{charged, refunded, chargedAgain} }), Holds, ""},
		{"C3", "not paid", change(func(x *tale) { x.ledger = nil }), Violated, "order o-a is confirmed, but was never charged: charges − refunds = 0, want 20"},
		{"C3", "not refunded", undone("rcCR", charged), Violated, "order o-a was cancelled, but its charge of 20 was never refunded: charges − refunds = 20, want 0"},
		{"C3", "refunded too much", undone("rcCR", charged, entry("a", purchase.Refund, 21)), Violated, "order o-a was refunded 1 too much (21 instead of 20): charges − refunds = -1, want 0"},
		{"C3", "refunded before it was charged", undone("rcCR", refunded, charged), Violated, "order o-a was refunded before it was charged"},
		{"C3", "charged too much", change(func(x *tale) { x.ledger = []purchase.Entry{entry("a", purchase.Charge, 21)} }), Violated, "order o-a was charged 1 too much (21 instead of 20): charges − refunds = 21, want 20"},
		{"C3", "a charge for nothing", change(func(x *tale) { x.ledger = append(x.ledger, entry("z", purchase.Charge, 5)) }), Violated, "money moved for order o-z, which the state does not have"},

		{"C4", "agreed", calmTale(), Holds, ""},
		{"C4", "confirmed, but cancelled", change(func(x *tale) { x.orders = []purchase.Order{order("a", 2, purchase.Cancelled, "")} }), Violated, "key a (user 1 buys 2 × product 1) was confirmed, but the state says CANCELLED"},
		{"C4", "refused, but confirmed", change(func(x *tale) { x.sent[0] = x.sent[0].ends(409, "out_of_stock", "o-a") }), Violated, "key a (user 1 buys 2 × product 1) was refused (no_stock), but the state has it confirmed"},
		{"C4", "refused after a lost reply, but confirmed", change(func(x *tale) {
			x.sent = []sent{buys("a", 2, 0, 5).ends(0, "timeout", ""), buys("a", 2, 9, 5).ends(409, "out_of_stock", "")}
		}), Violated, "was refused (no_stock), but the state has it confirmed"},
		{"C4", "lost reply, and confirmed", change(func(x *tale) { x.sent[0] = x.sent[0].ends(0, "timeout", "") }), Holds, ""},
		{"C4", "in progress, and confirmed", change(func(x *tale) { x.sent[0] = x.sent[0].ends(409, "in_progress", "") }), Holds, ""},
		{"C4", "another quantity", change(func(x *tale) { x.orders = []purchase.Order{order("a", 1, purchase.Confirmed, "rcf")} }), Violated, "the order in the state is another: user 1, 1 × product 1"},
		{"C4", "an order of no key", change(func(x *tale) { x.orders = append(x.orders, order("z", 1, purchase.Cancelled, "")) }), Violated, "order o-z was made under key z, which no stage given here has sent"},
		{"C4", "no such order", change(func(x *tale) { x.orders = nil }), Violated, "was confirmed, but the state has no such order"},

		{"C5", "all ended", calmTale(), Holds, ""},
		{"C5", "stuck", change(func(x *tale) { x.orders[0].Status = purchase.Compensating; x.after = 11 * time.Second }), Violated, "order o-a is still COMPENSATING: 10985.0 ms after the last answer, want an end within 10s"},
		{"C5", "looked too early", change(func(x *tale) { x.orders[0].Status = purchase.Pending; x.after = 2 * time.Second }), Unknown, "1 order was pending 1985.0 ms after the last answer; the limit is 10s"},
		{"C5", "ended too late", change(func(x *tale) { x.samples = []Sample{seenAs(10100, 10101, purchase.Pending)} }), Violated, "order o-a is still PENDING: 10085.0 ms after the last answer"},

		{"C6", "nothing below zero", change(func(x *tale) { x.samples = []Sample{{Products: []purchase.Product{{ProductID: 1}}}} }), Holds, ""},
		{"C6", "stock below zero", change(func(x *tale) {
			x.samples = []Sample{{Answered: moments(12e6), Products: []purchase.Product{{ProductID: 1, Stock: -1}}}}
		}), Violated, "the stock of product 1 was read below zero: -1 < 0, 12.0 ms after the last stage began"},
		{"C6", "balance below zero at the end", change(func(x *tale) { x.balance = -5 }), Violated, "the balance of user 1 was read below zero: -5 < 0"},
		{"C6", "not read", calmTale(), NotExercised, "no stock or balance was read during the load"},

		{"C7", "forward", change(func(x *tale) {
			x.samples = []Sample{seenAs(11, 12, purchase.Pending), seenAs(13, 14, purchase.Confirmed)}
		}), Holds, ""},
		{"C7", "back", change(func(x *tale) {
			x.samples = []Sample{seenAs(11, 12, purchase.Compensating), seenAs(13, 14, purchase.Pending)}
		}), Violated, "order o-a went from COMPENSATING to PENDING"},
		{"C7", "looks that overlap", change(func(x *tale) {
			x.samples = []Sample{seenAs(11, 14, purchase.Confirmed), seenAs(13, 15, purchase.Pending)}
		}), Holds, ""},
		{"C4", "read alone as in the list", change(func(x *tale) { x.samples = []Sample{seenAs(61e3, 62e3, purchase.Confirmed)} }), Holds, ""},
		{"C4", "read alone with another amount", change(func(x *tale) {
			x.samples = []Sample{seenAs(61e3, 62e3, purchase.Confirmed)}
			x.samples[0].Orders[0].Amount = 26
		}), Violated, "GET /orders/{id} says an amount of 26 for order o-a, the list says 20"},
		{"C4", "read alone while load ran", change(func(x *tale) {
			x.samples = []Sample{seenAs(16, 17, purchase.Pending)}
			x.samples[0].Orders[0].Amount = 0
		}), Holds, ""},
		{"C8", "not found alone", change(func(x *tale) {
			x.samples = []Sample{{Asked: moments(61e9), Answered: moments(62e9), Gone: []string{"o-a"}}}
		}), Violated, "order o-a was confirmed at s +15.0 ms, but GET /orders/{id} answered 404"},
		{"C7", "pending after the answer", change(func(x *tale) { x.samples = []Sample{seenAs(16, 17, purchase.Pending)} }), Violated, "order o-a went from CONFIRMED to PENDING"},
		{"C7", "pending before the answer", change(func(x *tale) { x.samples = []Sample{seenAs(14, 17, purchase.Pending)} }), Holds, ""},
		{"C7", "another status at the end", change(func(x *tale) { x.samples = []Sample{seenAs(11, 12, purchase.Cancelled)} }), Violated, "order o-a went from CANCELLED to CONFIRMED"},
		{"C7", "a status of its own", change(func(x *tale) { x.samples = []Sample{seenAs(11, 12, "SHIPPED")} }), Violated, "order o-a has the status SHIPPED, which the contract does not have"},

		{"C8", "still there", calmTale(), Holds, ""},
		{"C8", "not listed", change(func(x *tale) { x.orders = nil }), Violated, "order o-a was confirmed at s +15.0 ms, but GET /orders does not list it"},
		{"C8", "not found", change(func(x *tale) {
			x.samples = []Sample{{Asked: moments(20e6), Answered: moments(21e6), Gone: []string{"o-a"}}}
		}), Violated, "order o-a was confirmed at s +15.0 ms, but GET /orders/{id} answered 404 5.0 ms after that"},
		{"C8", "not found before the answer", change(func(x *tale) {
			x.samples = []Sample{{Asked: moments(14e6), Answered: moments(21e6), Gone: []string{"o-a"}}}
		}), Holds, ""},

		{"T1", "all steps", calmTale(), Holds, ""},
		{"T1", "all taken back", undone("rcCR", charged, refunded), Holds, ""},
		{"T1", "no step", change(func(x *tale) { x.orders[0] = order("a", 2, purchase.Confirmed, "rc") }), Violated, "order o-a is CONFIRMED, but step confirm_order never took effect"},
		{"T1", "steps in another order", change(func(x *tale) { x.orders[0] = order("a", 2, purchase.Confirmed, "crf") }), Holds, ""},
		{"T1", "a compensation is missing", undone("rcC", charged, refunded), Violated, "order o-a is CANCELLED, but step reserve_stock was never undone"},
		{"T1", "compensations in the order of the steps", undone("rcRC", charged, refunded), Holds, ""},
		{"T1", "undone while others are done", undone("rRcC", charged, refunded), Holds, ""},
		{"T1", "a compensation too many", undone("rRR"), Holds, ""}, // T4 finds it
		{"T1", "done twice, undone once", undone("rrR"), Violated, "step reserve_stock was done more often than it was undone"},
		{"T1", "pending, partly undone", change(func(x *tale) { x.orders[0] = order("a", 2, purchase.Compensating, "rcR") }), Holds, ""},
		{"T1", "confirmed and taken back", change(func(x *tale) { x.orders[0] = order("a", 2, purchase.Confirmed, "rcfF") }), Violated, "step confirm_order of it was undone"},

		{"T2", "compensated", undone("rcCR", charged, refunded), Holds, ""},
		{"T2", "nothing to compensate", undone("R"), Violated, "compensate reserve_stock (step 1) of order o-a took effect although there was nothing to take back"},
		{"T2", "no compensation", calmTale(), NotExercised, "no compensation ran"},
		{"T3", "compensated", undone("rR"), Holds, ""},
		{"T3", "done after its compensation", undone("Rr"), Violated, "do reserve_stock (step 2) of order o-a took effect although it had been compensated before"},
		{"T4", "once", undone("rR"), Holds, ""},
		{"T4", "done twice", undone("rrRR"), Violated, "do reserve_stock (step 2) of order o-a took effect a second time"},
		{"T4", "compensated twice", undone("rRR"), Violated, "compensate reserve_stock (step 3) of order o-a took effect a second time"},
		{"T4", "no trace", change(func(x *tale) { x.orders[0].Steps = nil }), Unknown, "the service shows no steps of its orders"},
	} {
		v := Judge(tt.tale.evidence(), Options{}).Verdict(tt.rule)
		said := v.Reason
		if v.First != nil {
			said = v.First.summary()
		}
		if v.Answer != tt.want || !strings.Contains(said, tt.says) {
			t.Errorf("%s, %s: %s, %q\nwant %s, %q", tt.rule, tt.name, v.Answer, said, tt.want, tt.says)
		}
	}
}

// A counterexample names what happened when, as a person has it in the frames.
func TestCounterexampleTellsTheAttempts(t *testing.T) {
	x := calmTale()
	x.sent = []sent{buys("a", 2, 10, 5).ends(0, "timeout", ""), buys("a", 2, 40, 6).ends(409, "out_of_stock", "o-a")}
	r := Judge(x.evidence(), Options{})
	got := r.Verdict("C4").First.String()
	want := `key a (user 1 buys 2 × product 1) was refused (no_stock), but the state has it confirmed
    s +10.0 ms: operation 0, attempt 1, key a, user 1 buys 2 × product 1: no answer (timeout) after 5.0 ms
    s +40.0 ms: operation 1, attempt 1, key a, user 1 buys 2 × product 1: HTTP 409 out_of_stock after 6.0 ms, order o-a
    the state has order o-a: CONFIRMED, user 1, 2 × product 1, key a, created 03:04:05.001000`
	if got != want {
		t.Errorf("counterexample:\n%s\nwant\n%s", got, want)
	}
	if list := r.Verdict("C4").First.Attempts; list[0].Meaning != purchase.MeansUnclear || list[1].Meaning != purchase.MeansNoStock {
		t.Errorf("the attempts mean %s and %s, want unclear and no_stock", list[0].Meaning, list[1].Meaning)
	}
	for _, part := range []string{"C4 violated: answers and state agree, and every order was asked for", "  first: key a", "judged by history, state and step traces: 2 attempts under 1 key, 1 order"} {
		if !strings.Contains(r.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, r)
		}
	}
}

// A foreign service's words are mapped.
func TestForeignAnswers(t *testing.T) {
	list := []sent{buys("a", 3, 0, 5), buys("b", 2, 9, 5).ends(409, "sold_out", ""), buys("c", 2, 9, 5).ends(418, "http_418", "")}
	e := tale{sent: list, alone: true}.evidence()
	if v := Judge(e, Options{}).Verdict("S2"); v.Answer != NotExercised {
		t.Errorf("sold_out without a mapping: S2 %s, want it not exercised", v.Answer)
	}
	o := Options{Answers: map[string]Meaning{"sold_out": NoStock, "http_418": NoStock}}
	if v := Judge(e, o).Verdict("S2"); v.Judged != 2 {
		t.Errorf("sold_out and http_418 mapped to no_stock: S2 judged %d refusals, want 2", v.Judged)
	}
	for m := Unclear; m <= KeyReused; m++ {
		if got, err := purchase.ParseMeaning(m.String()); got != m || err != nil {
			t.Errorf("ParseMeaning(%q) = %v, %v; want %v", m, got, err, m)
		}
	}
	if _, err := purchase.ParseMeaning("sold"); err == nil || !strings.Contains(err.Error(), "no_stock") {
		t.Errorf(`ParseMeaning("sold") = %v, want the names that there are`, err)
	}
}

func ExampleJudge() {
	// an order for two pieces that was answered with "out of stock"
	x := calmTale()
	x.sent[0] = x.sent[0].ends(409, "out_of_stock", "o-a")
	r := Judge(x.evidence(), Options{})
	for _, v := range r.Verdicts {
		if v.Answer == Violated {
			fmt.Printf("%s, %s: %s\n", v.Rule, v.Title, v.First.Says)
		}
	}
	fmt.Println("exit code", r.ExitCode())
	// Output:
	// C4, answers and state agree, and every order was asked for: key a (user 1 buys 2 × product 1) was refused (no_stock), but the state has it confirmed
	// exit code 1
}
