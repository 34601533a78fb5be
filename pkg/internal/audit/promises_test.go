package audit

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// again is a purchase of user 1 that is asked for again, after seconds, and its answer.
func again(key string, quantity int64, seconds int, status int64, reason, order string) Repeat {
	return Repeat{
		Request: purchase.Request{UserID: 1, ProductID: 1, Quantity: quantity, PaymentMethodID: 1, IdempotencyKey: key},
		Attempt: runs.Attempt{Key: key, Number: 1, StartTS: moments(int64(seconds) * 1e9), LatencyMS: 1, Sent: true, Status: status, Reason: reason, OrderID: order},
	}
}

// keyless is an order without a key.
func keyless(id string, quantity int64, status purchase.Status) purchase.Order {
	o := order(id, quantity, status, "")
	o.IdempotencyKey = ""
	return o
}

func TestPromises(t *testing.T) {
	type change func(*Evidence)
	told := func(x tale, changes ...change) Evidence {
		if x.after == 0 {
			x.after = time.Minute
		}
		e := x.evidence()
		for _, f := range changes {
			f(&e)
		}
		return e
	}
	repeated := func(list ...Repeat) change { return func(e *Evidence) { e.AskedAgain = list } }
	shared := func(e *Evidence) { e.Sealed = false }
	unset := func(e *Evidence) { e.Fixture = nil }
	doubled := func(e *Evidence) {
		e.Stages[0].FaultWindows = []runs.FaultWindow{{Fault: "duplicate", Probability: 1, Met: 1, Taken: 1}}
	}
	undeclared := func(e *Evidence) { e.After.LagMS = nil }
	lagging := func(ms int64) change { return func(e *Evidence) { e.After.LagMS = &ms } }
	confirmed := calmTale()
	refused := tale{sent: []sent{buys("a", 2, 10, 5).ends(402, "insufficient_balance", "o-a")}, orders: []purchase.Order{order("a", 2, purchase.Cancelled, "")}, stock: 5, balance: 100}
	refused.orders[0].Reason = purchase.InsufficientBalance
	lost := calmTale()
	lost.sent[0] = lost.sent[0].ends(0, "timeout", "")
	cancelledByState := tale{sent: []sent{buys("a", 2, 10, 5).ends(0, "timeout", "")}, orders: []purchase.Order{order("a", 2, purchase.Cancelled, "")}, stock: 5, balance: 100}
	cancelledByState.orders[0].Reason = purchase.OutOfStock
	foreignRefusal := again("a", 2, 90, 410, "http_410", "")
	foreignRefusal.Attempt.Meaning = purchase.MeansNoStock.String()
	adapted := func(e *Evidence) { e.Stages[0].Adapter = &runs.AdapterInfo{Name: "tickets"} }
	short := func(e *Evidence) { e.Stages[0].Attempts[0].Meaning = purchase.MeansNoStock.String() }
	leftOver := func(reason string, status int64, means purchase.Meaning) Repeat {
		r := again("a", 2, 90, status, reason, "o-a")
		r.Attempt.Meaning = means.String()
		return r
	}
	soldOut := tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "3 left", "o-a")}, orders: []purchase.Order{order("a", 2, purchase.Cancelled, "")}, stock: 5, balance: 100}
	nothing := func(status int64, reason string, orders ...purchase.Order) tale {
		return tale{sent: []sent{buys("a", 2, 10, 5).ends(status, reason, "")}, orders: orders, ledger: []purchase.Entry{entry("a", purchase.Charge, 20)}, stock: 3, balance: 80}
	}
	bought := order("a", 2, purchase.Confirmed, "rcf")
	second := order("a", 2, purchase.Confirmed, "rcf")
	second.OrderID = "o-2"
	outOfStock := order("a", 2, purchase.Cancelled, "")
	outOfStock.OrderID, outOfStock.Reason = "o-1", purchase.OutOfStock
	unwell := outOfStock
	unwell.Reason = "internal"
	twice := func(first sent, orders ...purchase.Order) tale {
		return tale{sent: []sent{first, buys("a", 2, 20, 5)}, orders: orders, stock: 3, balance: 80}
	}
	noAnswer := buys("a", 2, 10, 5).ends(0, "timeout", "")
	inProgress := func(list ...sent) tale {
		return tale{sent: list, stock: 5, balance: 100, orders: []purchase.Order{order("z", 1, purchase.Cancelled, "")}}
	}
	reset := tale{sent: []sent{buys("a", 2, 10, 5).ends(201, "", "o-b"), buys("b", 2, 20, 5)}, orders: []purchase.Order{order("b", 2, purchase.Confirmed, "rcf")}, stock: 3, balance: 80}
	replayed := func(more ...sent) tale {
		again := buys("a", 2, 40, 5)
		again.status, again.replayed = 200, true
		return tale{sent: append([]sent{buys("a", 2, 30, 5).ends(503, "overloaded", ""), again}, more...), orders: []purchase.Order{bought}, stock: 3, balance: 80}
	}
	overloadedThenReplayed := replayed()
	alone := func(x tale) tale { x.alone = true; return x }
	secondRefusal := outOfStock
	secondRefusal.OrderID, secondRefusal.Reason = "o-2", purchase.InsufficientBalance
	refusedAgain := func(second purchase.Order) tale {
		return tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "out_of_stock", "o-1"), buys("a", 2, 20, 5).ends(402, "insufficient_balance", "o-2")}, orders: []purchase.Order{outOfStock, second}, stock: 5, balance: 100}
	}
	late := func(e *Evidence) { e.After.Unsettled, e.After.LagMS = "some are missing", nil }
	early := func(e *Evidence) { e.After.At = moments(1e9) }
	three := func(shown ...string) tale {
		x := tale{sent: []sent{buys("a", 1, 10, 5), buys("b", 1, 20, 5), buys("c", 1, 30, 5)}, stock: 2, balance: 70}
		for _, key := range shown {
			x.orders, x.ledger = append(x.orders, order(key, 1, purchase.Confirmed, "rcf")), append(x.ledger, entry(key, purchase.Charge, 10))
		}
		return x
	}
	booked := three("a")
	booked.ledger = three("a", "b", "c").ledger
	refusedMissing := three("a", "c")
	refusedMissing.sent[1] = refusedMissing.sent[1].ends(409, "out_of_stock", "o-b")
	for _, tt := range []struct {
		rule, name string
		e          Evidence
		want       Answer
		says       string
	}{
		{"K1", "without keys, another order of the payload", told(twice(noAnswer, keyless("a", 2, purchase.Confirmed), keyless("b", 2, purchase.Confirmed))), Violated,
			"key a was sent 2 times, and the state has more orders with its payload (user 1 buys 2 × product 1) than purchases of it were sent: 2 confirmed orders, 1 of them named by no answer − 0 purchases that can have made those = 1 too many"},
		{"K1", "without keys, and others may have bought", told(twice(noAnswer, keyless("a", 2, purchase.Confirmed), keyless("b", 2, purchase.Confirmed)), shared), Unknown, "and others may have used the service"},
		{"K1", "without keys, explained by another", told(tale{sent: []sent{noAnswer, buys("a", 2, 20, 5), buys("b", 2, 30, 5).ends(0, "eof", "")},
			orders: []purchase.Order{keyless("a", 2, purchase.Confirmed), keyless("b", 2, purchase.Confirmed)}}), Unknown,
			"whether key a, which was sent 2 times, led to one order is not known: the state shows no keys, and 1 order is of this payload (user 1 buys 2 × product 1) that no answer named"},
		{"K1", "without keys, all named", told(twice(noAnswer, keyless("a", 2, purchase.Confirmed))), Holds, ""},
		{"K1", "two orders, one still under way", told(twice(noAnswer, bought, func() purchase.Order { o := second; o.Status = purchase.Compensating; return o }())), Unknown, "not all of them have ended"},

		{"K2", "a refusal that was forgotten", told(twice(noAnswer, outOfStock, bought)), Violated,
			"key a (user 1 buys 2 × product 1) was refused (out_of_stock) as order o-1, which is CANCELLED, and bought all the same as order o-a, which is CONFIRMED: the refusal was not kept"},
		{"K2", "refused twice", told(refusedAgain(secondRefusal)), Violated,
			"key a (user 1 buys 2 × product 1) was refused as order o-1 (out_of_stock) and tried anew as order o-2 (insufficient_balance): the refusal was not kept"},
		{"K2", "refused twice, by the answers", told(alone(refusedAgain(secondRefusal))), Violated, "was refused as order o-1 (out_of_stock) and tried anew as order o-2 (insufficient_balance)"},
		{"K2", "refused twice, by the answers, perhaps reset", told(alone(refusedAgain(secondRefusal)), shared), Holds, ""},
		{"K2", "refused once, and an attempt before that broke off", told(refusedAgain(func() purchase.Order { o := secondRefusal; o.OrderID, o.Reason = "o-0", "internal"; return o }())), Violated, "o-2"},
		{"K2", "an attempt that broke off, and bought again", told(twice(buys("a", 2, 10, 5).ends(500, "internal", ""), unwell, bought)), Holds, ""},
		{"K2", "one order", told(twice(noAnswer, bought)), NotExercised, ""},

		{"K3", "refused as re-used, never re-used", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(422, "key_reused", "")}}), Violated, "key a was refused as re-used with another payload, but it was only ever sent with one: user 1 buys 2 × product 1"},
		{"K3", "refused as re-used, perhaps by others", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(422, "key_reused", "")}}, shared), NotExercised, ""},
		{"K3", "another payload bought, by the state", told(tale{sent: []sent{noAnswer, buys("a", 1, 20, 5).ends(0, "eof", "")}, orders: []purchase.Order{bought, func() purchase.Order { o := second; o.Quantity = 1; return o }()}}), Violated, "was re-used with another payload"},

		{"K4", "an id again after a reset", told(reset, shared), Unknown, "the service was reset during the run"},
		{"K4", "an id again", told(reset), Violated, "order o-b was the answer to key a, but the state says that it belongs to key b"},

		{"K5", "confirmed again", told(confirmed, repeated(again("a", 2, 90, 200, "", "o-a"))), Holds, ""},
		{"K5", "another order", told(confirmed, repeated(again("a", 2, 90, 200, "", "o-b"))), Violated, "key a (user 1 buys 2 × product 1) was confirmed, but when it was asked for again after the load it was confirmed as order o-b instead of order o-a"},
		{"K5", "confirmed, then refused", told(confirmed, repeated(again("a", 2, 90, 409, "out_of_stock", ""))), Violated, "it was refused with 409 out_of_stock"},
		{"K5", "confirmed, then said to be of another payload", told(confirmed, repeated(again("a", 2, 90, 422, "key_reused", ""))), Violated, "it was refused with 422 key_reused"},
		{"K5", "refused again", told(refused, repeated(again("a", 2, 90, 402, "insufficient_balance", "o-a"))), Holds, ""},
		{"K5", "refused as another order", told(refused, repeated(again("a", 2, 90, 402, "insufficient_balance", "o-b"))), Violated, "it was refused as order o-b instead of order o-a"},
		{"K5", "refused otherwise", told(refused, repeated(again("a", 2, 90, 409, "out_of_stock", "o-a"))), Violated, "was refused with 402 insufficient_balance, but when it was asked for again after the load it was refused with 409 out_of_stock"},
		{"K5", "refused for as little of another number, by an adapter", told(soldOut, short, repeated(leftOver("2 left", 409, purchase.MeansNoStock)), adapted), Holds, ""},
		{"K5", "refused with another status, by an adapter", told(soldOut, short, repeated(leftOver("3 left", 410, purchase.MeansNoStock)), adapted), Holds, ""},
		{"K5", "refused as another order, by an adapter", told(soldOut, short, repeated(func() Repeat {
			r := leftOver("3 left", 409, purchase.MeansNoStock)
			r.Attempt.OrderID = "o-b"
			return r
		}()), adapted), Violated, "it was refused as order o-b instead of order o-a"},
		{"K5", "refused for another reason, by an adapter", told(soldOut, short, repeated(leftOver("3 left", 409, purchase.MeansDeclined)), adapted), Violated, "was refused with 409 3 left (no_stock), but when it was asked for again after the load it was refused with 409 3 left (declined)"},
		{"K5", "refused for as little of another number, by the contract", told(soldOut, short, repeated(leftOver("2 left", 409, purchase.MeansNoStock))), Violated, "was refused with 409 3 left, but when it was asked for again after the load it was refused with 409 2 left"},
		{"K5", "refused, then confirmed", told(refused, repeated(again("a", 2, 90, 201, "", "o-b"))), Violated, "it was confirmed as order o-b"},
		{"K5", "bad input is not kept", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(404, "unknown_product", "")}}, repeated(again("a", 2, 90, 201, "", "o-b"))), NotExercised, ""},
		{"K5", "no answer, confirmed by the state, another order", told(lost, repeated(again("a", 2, 90, 201, "", "o-b"))), Violated, "was CONFIRMED by the state, but when it was asked for again after the load it was confirmed as order o-b instead of order o-a"},
		{"K5", "no answer, refused by the state, a bare status", told(cancelledByState, repeated(foreignRefusal)), Holds, ""},
		{"K5", "no answer, refused by the state, for another reason", told(cancelledByState, repeated(again("a", 2, 90, 402, "insufficient_balance", ""))), Violated, "was CANCELLED for out_of_stock by the state, but when it was asked for again after the load it was refused with 402 insufficient_balance"},
		{"K5", "never arrived, bought now", told(tale{sent: []sent{noAnswer}, stock: 5, balance: 100}, repeated(again("a", 2, 90, 201, "", "o-b"))), NotExercised, ""},
		{"K5", "in progress for ever", told(confirmed, repeated(again("a", 2, 90, 409, "in_progress", ""))), Violated, "was still in progress when it was asked for again 89985.0 ms after its last answer, limit 10s, although it is confirmed"},
		{"K5", "in progress for a while", told(confirmed, repeated(again("a", 2, 90, 409, "in_progress", ""), again("a", 2, 91, 200, "", "o-a"))), Holds, ""},
		{"K5", "confirmed again, twice", told(confirmed, repeated(again("a", 2, 90, 200, "", "o-a"), again("a", 2, 91, 200, "", "o-a"))), Holds, "answered 2 times in all"},
		{"K5", "another order the second time", told(confirmed, repeated(again("a", 2, 90, 200, "", "o-a"), again("a", 2, 91, 200, "", "o-b"))), Violated, "as order o-b instead of order o-a"},
		{"K5", "in progress too early", told(confirmed, repeated(again("a", 2, 5, 409, "in_progress", ""))), Unknown, "the limit is 10s"},
		{"K5", "in progress because it was asked", told(tale{sent: []sent{noAnswer}, stock: 5, balance: 100}, repeated(again("a", 2, 90, 409, "in_progress", ""))), NotExercised, ""},
		{"K5", "turned away", told(confirmed, repeated(again("a", 2, 90, 429, "http_429", ""))), NotExercised, "and was answered"},
		{"K5", "a key of two days ago", told(confirmed, repeated(again("a", 2, 200_000, 201, "", "o-b"))), NotExercised, ""},
		{"K5", "reset since, as far as is known", told(tale{sent: []sent{buys("a", 2, 10, 5)}, alone: true}, shared, repeated(again("a", 2, 90, 201, "", "o-b"))), Unknown, "was reset or replaced since"},
		{"K5", "not asked", told(confirmed), NotExercised, "no purchase of the run was asked for again"},

		{"C9", "overloaded, but bought", told(nothing(503, "overloaded", bought)), Violated, "503 overloaded said that nothing happened to key a, but the state has order o-a of it, CONFIRMED, and a charge of 20"},
		{"C9", "a proxy's answer", told(nothing(429, "http_429", bought)), Violated, "429 without a code, of the service or of a proxy before it, said that nothing happened to key a"},
		{"C9", "bad input, but cancelled", told(nothing(404, "unknown_product", outOfStock)), Violated, "404 unknown_product said that nothing happened to key a, but the state has order o-1 of it, CANCELLED"},
		{"C9", "nothing", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(503, "overloaded", "")}, stock: 5, balance: 100}), Holds, ""},
		{"C9", "an earlier attempt may have", told(tale{sent: []sent{noAnswer, buys("a", 2, 20, 5).ends(503, "overloaded", "")}, orders: []purchase.Order{bought}}), NotExercised, ""},
		{"C9", "a later attempt did", told(tale{sent: []sent{buys("a", 2, 5, 1).ends(503, "overloaded", ""), buys("a", 2, 20, 5)}, orders: []purchase.Order{bought}}), NotExercised, ""},
		{"C9", "overloaded, then a replay", told(overloadedThenReplayed), Violated, "503 overloaded said that nothing happened to key a, but a later attempt was answered with 200 as a replay: it had been bought before"},
		{"C9", "overloaded, then a replay, without state", told(alone(overloadedThenReplayed)), Violated, "as a replay"},
		{"C9", "overloaded, then a replay, delivered twice", told(overloadedThenReplayed, doubled), Unknown, "delivered requests twice"},
		{"C9", "overloaded, then a replay, perhaps of an earlier run", told(overloadedThenReplayed, shared, unset), Unknown, "it may have been done before the run"},
		{"C9", "overloaded, then a replay, after a fixture", told(overloadedThenReplayed, shared), Violated, "it had been bought before"},
		{"C9", "overloaded, then a replay of an order that the fixture dropped", told(overloadedThenReplayed, shared, func(e *Evidence) { e.After.Orders = nil }), Unknown, "it may have been done before the run"},
		{"C9", "overloaded, no answer, then a replay", told(replayed(noAnswer)), NotExercised, ""},
		{"C9", "overloaded, confirmed at the same time, and a replay", told(replayed(buys("a", 2, 18, 30))), NotExercised, ""},
		{"C9", "overloaded, confirmed later", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(503, "overloaded", ""), buys("a", 2, 30, 5)}, orders: []purchase.Order{bought}}), NotExercised, ""},
		{"C9", "delivered twice", told(nothing(503, "overloaded", bought), doubled), Unknown, "delivered requests twice"},
		{"C9", "perhaps of an earlier run", told(nothing(503, "overloaded", bought), shared, unset), Unknown, "it may have been done before the run"},
		{"C9", "after a fixture", told(nothing(503, "overloaded", bought), shared), Violated, "nothing happened to key a"},
		{"C9", "after a fixture, beside other clients", told(nothing(503, "overloaded", bought, order("z", 1, purchase.Confirmed, "")), shared), Unknown, "another client may have sent it: the state has 1 order under keys that this run did not send"},
		{"C9", "another's key", told(nothing(422, "key_reused", func() purchase.Order { o := bought; o.Quantity = 1; return o }())), Holds, ""},
		{"C9", "no keys", told(nothing(503, "overloaded", keyless("a", 2, purchase.Confirmed))), Unknown, "does not show the keys"},

		{"C10", "begun", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "in_progress", "")}, orders: []purchase.Order{bought}}), Holds, ""},
		{"C10", "not begun", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", ""))), Violated, "409 in_progress said that a purchase under key a was begun, but the state has no order of it"},
		{"C10", "refused in the end", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", ""), buys("a", 2, 20, 5).ends(409, "out_of_stock", ""))), Holds, ""},
		{"C10", "refused when it was asked again", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", "")), repeated(again("a", 2, 90, 409, "out_of_stock", ""))), Holds, ""},
		{"C10", "bought when it was asked again", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", "")), repeated(again("a", 2, 90, 201, "", "o-a"))), Violated, "under key a"},
		{"C10", "bad input when it was asked again", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", "")), repeated(again("a", 2, 90, 404, "unknown_product", ""))), Violated, "under key a"},
		{"C10", "perhaps given up", told(inProgress(buys("a", 2, 10, 50).ends(500, "internal", ""), buys("a", 2, 20, 5).ends(409, "in_progress", ""))), Unknown, "may have begun it and given it up"},
		{"C10", "read too early", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "in_progress", "")}, stock: 5, balance: 100, after: 2 * time.Second}, undeclared), Unknown, "its order need not be shown yet"},
		{"C10", "read as early, but later orders are shown", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "in_progress", ""), buys("b", 2, 20, 5)}, orders: []purchase.Order{order("b", 2, purchase.Confirmed, "")}, stock: 3, balance: 80, after: 2 * time.Second}, undeclared), Violated, "under key a"},
		{"C10", "read after the declared lag", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "in_progress", "")}, stock: 5, balance: 100, after: 2 * time.Second}, lagging(800)), Violated, "under key a"},
		{"C10", "delivered twice", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", "")), doubled), Unknown, "the other delivery may have begun it and given it up"},
		{"C10", "turned away before", told(inProgress(buys("a", 2, 10, 5).ends(503, "overloaded", ""), buys("a", 2, 20, 5).ends(409, "in_progress", ""))), Violated, "under key a"},
		{"C10", "refused orders are not shown", told(inProgress(buys("a", 2, 10, 5).ends(409, "in_progress", ""), buys("b", 9, 20, 5).ends(409, "out_of_stock", ""))), Unknown, "does not show the orders of purchases that it refused"},
		{"C4", "without a key, delivered twice", told(tale{sent: []sent{{user: 1, product: 1, quantity: 2, at: 10, took: 5, status: 201, answer: "o-a"}},
			orders: []purchase.Order{keyless("a", 2, purchase.Confirmed), keyless("b", 2, purchase.Confirmed)}}, doubled), Unknown, ""},
		{"C10", "no keys", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(409, "in_progress", "")}, orders: []purchase.Order{keyless("a", 2, purchase.Confirmed)}}), Unknown, "does not show the keys"},

		{"C8", "missing between others, read late", told(three("a", "c"), late), Violated, "order o-b was confirmed at s +25.0 ms, but GET /orders does not list it, although it lists an order that was begun at least 5.0 ms after that"},
		{"C8", "missing between others, by others reset", told(three("a", "c"), late, shared), Violated, "order o-b was confirmed"},
		{"C8", "missing before others, perhaps reset", told(three("c"), late, shared), Unknown, "the service was reset during the run"},
		{"C8", "missing before others, alone", told(three("c"), late), Violated, "order o-a was confirmed"},
		{"C8", "the newest missing", told(three("a", "b"), late), Unknown, "some are missing"},
		{"C8", "the newest missing, later than declared", told(three("a", "b"), late, lagging(800)), Violated, "order o-c was confirmed"},
		{"C8", "the newest missing, within what is declared", told(three("a", "b"), late, lagging(80_000)), Unknown, "some are missing"},
		{"C8", "the newest missing, and a younger one booked", told(booked, late), Violated, "although GET /ledger has an entry of an order that was begun at least 5.0 ms after that"},
		{"C8", "the newest missing, and a younger one booked, read early", told(booked, late, early), Unknown, "some are missing"},
		{"C4", "missing between others, read late", told(three("a", "c"), late), Violated, "key b (user 1 buys 1 × product 1) was confirmed, but the state has no such order"},
		{"C4", "the newest missing", told(three("a", "b"), late), Unknown, "some are missing"},
		{"C8", "a refused order is missing", told(refusedMissing), Violated, "order o-b was named at s +25.0 ms by the refusal of key b, but GET /orders does not list it; it lists no cancelled order at all, although refusals named 1"},
		{"C8", "bad input names an order", told(tale{sent: []sent{buys("a", 2, 10, 5).ends(404, "unknown_product", "o-x")}, stock: 5, balance: 100}), NotExercised, ""},

		{"S1", "more than there was, restocked by others", told(tale{sent: []sent{buys("a", 3, 0, 5), buys("b", 3, 9, 5)}, orders: []purchase.Order{order("a", 3, purchase.Confirmed, ""), order("b", 3, purchase.Confirmed, "")}, stock: 9}, shared), Unknown,
			"more than product 1 had was confirmed, but others may have changed it meanwhile: of 5 the run took 6, and 9 are left"},
		{"S1", "more than there was, and not restocked", told(tale{sent: []sent{buys("a", 3, 0, 5), buys("b", 3, 9, 5)}, orders: []purchase.Order{order("a", 3, purchase.Confirmed, ""), order("b", 3, purchase.Confirmed, "")}, stock: -1}, shared), Violated, "= -1 < 0"},
		{"S2", "refused, and others took some", told(tale{sent: []sent{buys("a", 2, 0, 5).ends(409, "out_of_stock", "o-a")}, orders: []purchase.Order{outOfStock}, stock: 1}, shared), Unknown, "others may have changed it meanwhile"},
		{"S2", "others refused for the same lack hold nothing", told(tale{sent: []sent{buys("a", 2, 0, 50).ends(409, "out_of_stock", ""), buys("b", 5, 5, 50).ends(409, "out_of_stock", "")}, alone: true}), Violated, "− 0 perhaps held meanwhile"},
		{"S2", "unless an attempt of them had no answer", told(tale{sent: []sent{buys("a", 5, 0, 50).ends(500, "internal", ""), buys("a", 5, 55, 50).ends(409, "out_of_stock", ""), buys("b", 2, 5, 50).ends(409, "out_of_stock", "")}, alone: true}), Holds, ""},
		{"B1", "the price was changed", told(tale{sent: []sent{buys("a", 5, 0, 5), buys("b", 5, 9, 5).ends(402, "insufficient_balance", "")}, orders: []purchase.Order{order("a", 5, purchase.Confirmed, "")}, stock: 0, balance: 50},
			func(e *Evidence) { e.After.Products[0].Price = 11 }), Unknown, "product 1 cost 10 before the run and costs 11 after it"},
	} {
		v := Judge(tt.e, Options{}).Verdict(tt.rule)
		said := v.Reason
		if v.First != nil {
			said = v.First.summary()
		}
		if v.Answer != tt.want || !strings.Contains(said, tt.says) {
			t.Errorf("%s, %s: %s, %q\nwant %s, %q", tt.rule, tt.name, v.Answer, said, tt.want, tt.says)
		}
	}
}

// TestPurchasesAskedAgainTwice: purchases are counted, not answers, and every answer is
// judged.
func TestPurchasesAskedAgainTwice(t *testing.T) {
	same, other := again("a", 2, 90, 200, "", "o-a"), again("a", 2, 91, 200, "", "o-b")
	stuck := again("a", 2, 92, 409, "in_progress", "")
	for _, tt := range []struct {
		name    string
		answers []Repeat
		count   int
		says    string
	}{
		{"the same", []Repeat{same, same}, 0, "1 purchase that was asked for again; answered 2 times in all"},
		{"once", []Repeat{same}, 0, "1 purchase that was asked for again"},
		{"another at last", []Repeat{same, other}, 1, "1 of 1 purchase that was asked for again. First: "},
		{"another twice, and in progress for ever", []Repeat{other, other, stuck}, 1, "instead of order o-a"},
	} {
		x := calmTale()
		x.after = time.Minute
		e := x.evidence()
		e.AskedAgain = tt.answers
		v := Judge(e, Options{}).Verdict("K5")
		if v.Judged != 1 || v.Count != tt.count || !strings.Contains(v.Evidence(), tt.says) {
			t.Errorf("%s: %d of %d, %q; want %d of 1, %q", tt.name, v.Count, v.Judged, v.Evidence(), tt.count, tt.says)
		}
	}
}
