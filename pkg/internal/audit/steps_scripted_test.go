package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// sentStep is one request of a scripted purchase: its step, what it is, what its answer means and
// the order that this names.
type sentStep struct{ kind, step, meaning, order string }

// stepped is a run of one purchase, key k, of 2 × product 1 for user 1 at 10 each, with steps cart
// and pay, and a state.
func stepped(after *State, sent ...sentStep) Evidence {
	s := runs.Stage{Info: runs.Info{Stage: "load", Kind: runs.Load, State: runs.Complete, Requests: 1, Started: moments(0), Steps: []string{"cart", "pay"}}}
	op := runs.Operation{Stage: "load", Key: "k", UserID: 1, ProductID: 1, Quantity: 2, PaymentMethodID: 1, StartTS: moments(0), EndTS: moments(1e9)}
	for i, x := range sent {
		a := runs.Attempt{Stage: "load", Kind: x.kind, Step: x.step, Meaning: x.meaning, OrderID: x.order, Sent: true, StartTS: moments(int64(i) * 1e7), LatencyMS: 5, Status: 200}
		if a.IsAttempt() {
			op.Attempts++
		}
		if a.Number, a.Key = op.Attempts, purchase.StepKey("k", x.step, x.step == "pay"); x.kind == runs.Login {
			a.Key = ""
		}
		s.Attempts = append(s.Attempts, a)
	}
	s.Operations = []runs.Operation{op}
	e := Evidence{Stages: []runs.Stage{s}, Sealed: true, After: after}
	e.Fixture = &purchase.Fixture{Products: []purchase.FixtureProduct{{ProductID: 1, Price: 10, Stock: 5}}, Users: []purchase.FixtureUser{{UserID: 1, Balance: 100}}}
	return e
}

// shownAfter is a state a minute later with these pieces left and reserved, this balance, and orders.
func shownAfter(left, reserved, balance int64, orders ...purchase.Order) *State {
	s := &State{At: moments(int64(time.Minute)), LagMS: new(int64), NotOffered: []Call{LedgerCall}, Orders: orders}
	s.Products, s.Users = []purchase.Product{{ProductID: 1, Price: 10, Stock: left, Reserved: reserved}}, []purchase.User{{UserID: 1, Balance: balance}}
	return s
}

func orderOf(id, key string, status purchase.Status) purchase.Order {
	return purchase.Order{OrderID: id, IdempotencyKey: key, UserID: 1, ProductID: 1, Quantity: 2, Amount: 20, Status: status}
}

// TestScriptedSteps: what each rule says of purchases with steps and polls.
func TestScriptedSteps(t *testing.T) {
	login, cart := sentStep{runs.Login, "", "unclear", ""}, sentStep{runs.Original, "cart", "step_done", ""}
	pay := func(meaning string) sentStep { return sentStep{runs.Original, "pay", meaning, "o"} }
	poll := func(meaning string) sentStep { return sentStep{runs.Poll, "pay", meaning, "o"} }
	confirmed, pending, cancelled := orderOf("o", "k", purchase.Confirmed), orderOf("o", "k", purchase.Pending), orderOf("o", "k", purchase.Cancelled)
	for name, tt := range map[string]struct {
		e       Evidence
		answers map[string]Answer
	}{
		"confirmed by a poll": {stepped(shownAfter(3, 0, 80, confirmed), login, cart, pay("pending"), poll("pending"), poll("confirmed")),
			map[string]Answer{"C4": Holds, "C1": Holds, "C2": Holds, "C5": Holds, "C8": Holds, "S1": Holds, "K1": NotExercised}},
		"refused by a poll":             {stepped(shownAfter(5, 0, 100, cancelled), cart, pay("pending"), poll("no_money")), map[string]Answer{"C4": Holds, "C1": Holds, "B1": Violated}},
		"the poll and the state differ": {stepped(shownAfter(5, 0, 100, cancelled), cart, pay("pending"), poll("confirmed")), map[string]Answer{"C4": Violated}},
		"never ended":                   {stepped(shownAfter(3, 2, 100, pending), cart, pay("pending"), poll("pending")), map[string]Answer{"C5": Violated, "C1": Unknown}},
		"the payment may not have arrived": {stepped(shownAfter(3, 2, 100, orderOf("c", "k.cart", purchase.Pending)), cart, pay("unclear")),
			map[string]Answer{"C5": Unknown, "C4": Holds}},
		"left, and holds":             {stepped(shownAfter(3, 2, 100), cart), map[string]Answer{"C1": Unknown, "C2": Holds, "C4": NotExercised}},
		"left, and holds nothing":     {stepped(shownAfter(5, 0, 100), cart), map[string]Answer{"C1": Holds, "C2": Holds}},
		"left, and listed":            {stepped(shownAfter(3, 2, 100, orderOf("c", "k.cart", purchase.Pending)), cart), map[string]Answer{"C5": NotExercised, "C1": Unknown, "C4": Holds}},
		"more is gone than was left":  {stepped(shownAfter(1, 0, 100), cart), map[string]Answer{"C1": Violated}},
		"more is there than at first": {stepped(shownAfter(6, 0, 100), cart), map[string]Answer{"C1": Violated}},
		"confirmed without a payment": {stepped(shownAfter(3, 0, 80, orderOf("c", "k.cart", purchase.Confirmed)), cart), map[string]Answer{"C4": Violated}},
		"refused at the cart, and confirmed": {stepped(shownAfter(3, 0, 80, confirmed), sentStep{runs.Original, "cart", "no_stock", ""}),
			map[string]Answer{"C4": Violated}},
		"turned away at the payment, and a cart": {stepped(shownAfter(5, 0, 100, orderOf("c", "k.cart", purchase.Pending)), cart, pay("turned_away")),
			map[string]Answer{"C9": Holds, "C5": NotExercised}},
		"turned away at the payment, and confirmed": {stepped(shownAfter(3, 0, 80, confirmed), cart, pay("turned_away")), map[string]Answer{"C9": Violated}},
	} {
		r := Judge(tt.e, Options{})
		for rule, want := range tt.answers {
			if v := r.Verdict(rule); v.Answer != want {
				t.Errorf("%s: %s is %s, want %s: %s", name, rule, v.Answer, want, v.Evidence())
			}
		}
	}
}

// TestStepsInReports: a note counts what ended between steps, and counterexamples show steps and
// polls.
func TestStepsInReports(t *testing.T) {
	cart := sentStep{runs.Original, "cart", "step_done", ""}
	r := Judge(stepped(shownAfter(3, 2, 100, orderOf("c", "k.cart", purchase.Pending)), cart), Options{})
	for _, want := range []string{"1 purchase ended after step cart: what was left in the service is not bought", "the state has 1 order that purchases left between their steps"} {
		if !slices.Contains(r.Notes, want) {
			t.Errorf("notes: %q, want %q", r.Notes, want)
		}
	}
	r = Judge(stepped(shownAfter(5, 0, 100, orderOf("o", "k", purchase.Cancelled)), sentStep{runs.Login, "", "unclear", ""}, cart, sentStep{runs.Original, "pay", "pending", "o"}, sentStep{runs.Poll, "pay", "confirmed", "o"}), Options{})
	c := r.Verdict("C4").First
	text := c.String()
	for _, want := range []string{"attempt 1 (cart), key k.cart", "attempt 2 (pay), key k,", "HTTP 200 (pending)", "poll after attempt 2 (pay), key k,", "HTTP 200 (confirmed)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	var places []string
	for _, row := range c.AttemptRows() {
		places = append(places, row[3])
	}
	if want := []string{"1 cart", "2 pay", "poll pay"}; !slices.Equal(places, want) {
		t.Errorf("the table has attempts %q, want %q", places, want)
	}
	if r.Attempts != 2 || r.Keys != 1 || r.Purchases != 1 {
		t.Errorf("%d attempts, %d keys, %d purchases, want 2, 1 and 1", r.Attempts, r.Keys, r.Purchases)
	}
}
