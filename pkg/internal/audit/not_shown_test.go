package audit

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestNotShown: what is not shown is unknown, and the reason names it; what is shown besides
// is judged.
func TestNotShown(t *testing.T) {
	unnamed := func(e *Evidence) { // the order's purchase is not known
		e.Stages[0].Attempts[0].OrderID, e.Stages[0].Attempts[0].Meaning = "", "unclear"
		e.Stages[0].Attempts[0].Status, e.Stages[0].Attempts[0].Class = 0, "eof"
		e.After.Orders[0].IdempotencyKey = ""
	}
	unpriced := func(e *Evidence) {
		e.Before, e.Fixture = &State{Products: []purchase.Product{{ProductID: 1, Stock: 5}}, Users: []purchase.User{{UserID: 1, Balance: 100}, {UserID: 2, Balance: 100}}}, nil
		e.After.Products[0].Price = 0
	}
	order := func(e *Evidence) *purchase.Order { return &e.After.Orders[0] }
	for _, tt := range []struct {
		rule, name string
		change     func(*Evidence)
		want       Answer
		says       string
	}{
		{"C1", "a product, by its purchase", func(e *Evidence) { order(e).ProductID = 0 }, Holds, ""},
		{"C1", "a product", func(e *Evidence) { unnamed(e); order(e).ProductID = 0 }, Unknown, "what product 1 should have left is not known: confirmed order o-a does not show its product"},
		{"C1", "a quantity", func(e *Evidence) { unnamed(e); order(e).Quantity = 0 }, Unknown, "confirmed order o-a does not show its quantity"},
		{"C1", "a product, and too little is left", func(e *Evidence) { unnamed(e); order(e).ProductID = 0; e.After.Products[0].Stock = 1 }, Unknown, "does not show its product"},
		{"C1", "a product, by its purchase, and too little is left", func(e *Evidence) { order(e).ProductID = 0; e.After.Products[0].Stock = 1 }, Violated, "product 1 has 2 pieces fewer than its confirmed orders leave"},
		{"C1", "a price", unpriced, Holds, ""},
		{"B1", "a price", unpriced, Unknown, "the price of product 1 is not known"},
		{"C2", "a price, without a ledger", func(e *Evidence) { unpriced(e); e.After.NotOffered = []Call{LedgerCall}; order(e).Amount = 0 }, Unknown, "what user 1 was charged is not known: the price of product 1 is not known"},
		{"C2", "a price, without a ledger, but an amount", func(e *Evidence) { unpriced(e); e.After.NotOffered = []Call{LedgerCall} }, Holds, ""},
		{"C2", "a user, without a ledger", func(e *Evidence) { unnamed(e); order(e).UserID = 0; e.After.NotOffered = []Call{LedgerCall} }, Unknown, "confirmed order o-a does not show its user"},
		{"C2", "a ledger's users, by its orders", func(e *Evidence) { e.After.Ledger[0].UserID = 0 }, Holds, ""},
		{"C2", "a ledger's users and orders", func(e *Evidence) { e.After.Ledger[0].UserID, e.After.Ledger[0].OrderID = 0, "" }, Unknown, "entry acharge of the ledger does not show whose money it moved"},
		{"C2", "a ledger's amount", func(e *Evidence) { e.After.Ledger[0].Amount = 0 }, Unknown, "shows no amount"},
		{"C3", "a price", unpriced, Unknown, "the price of product 1 is not known: what orders should have cost is not known"},
		{"C3", "a price and an amount, and nothing was charged", func(e *Evidence) { unpriced(e); order(e).Amount = 0; e.After.Ledger = nil }, Unknown, "the price of product 1 is not known"},
		{"C3", "an amount", func(e *Evidence) { order(e).Amount = 0 }, Holds, ""},
		{"C3", "an amount, and another price was charged", func(e *Evidence) { order(e).Amount = 0; e.After.Ledger[0].Amount = 21 }, Violated, "charged 1 too much (21 instead of 20)"},
		{"C3", "a ledger's users", func(e *Evidence) { e.After.Ledger[0].UserID = 0 }, Unknown, "whose money moved for order o-a is not shown"},
		{"C3", "a ledger's users, and it was charged twice", func(e *Evidence) {
			e.After.Ledger[0].UserID = 0
			e.After.Ledger = append(e.After.Ledger, e.After.Ledger[0])
			e.After.Ledger[1].EntryID = "2"
		}, Violated, "was charged 2 times"},
		{"C3", "a ledger's orders", func(e *Evidence) { e.After.Ledger[0].OrderID = "" }, Unknown, "the ledger does not show the orders of its entries"},
		{"C3", "ids and times of a ledger with two equal entries", func(e *Evidence) { bare(e); e.After.Ledger = append(e.After.Ledger, e.After.Ledger[0]) }, Violated, "was charged 2 times"},
		{"C3", "ids and times of a ledger with two equal entries on two pages", func(e *Evidence) {
			bare(e)
			e.After.Ledger, e.After.LedgerPages = append(e.After.Ledger, e.After.Ledger[0]), []int{1}
		}, Unknown, "the ledger has an entry of order o-a without an id on two pages"},
		{"C2", "ids and times of a ledger with two equal entries on two pages", func(e *Evidence) {
			bare(e)
			e.After.Ledger, e.After.LedgerPages = append(e.After.Ledger, e.After.Ledger[0]), []int{1}
		}, Unknown, "an entry without an id on two pages"},
		{"C3", "times of a ledger that lists refunds first", func(e *Evidence) {
			bare(e)
			refund := e.After.Ledger[0]
			refund.Kind = purchase.Refund
			order(e).Status = purchase.Cancelled
			e.After.Ledger = []purchase.Entry{refund, e.After.Ledger[0]}
		}, Unknown, "in which order money moved for order o-a is not shown"},
		{"C4", "everything but id and status", func(e *Evidence) { *order(e) = purchase.Order{OrderID: "o-a", Status: purchase.Confirmed} }, Holds, ""},
		{"C4", "everything but id and status, of an unclear purchase", func(e *Evidence) { unnamed(e); *order(e) = purchase.Order{OrderID: "o-a", Status: purchase.Confirmed} }, Holds, ""},
		{"C4", "everything but id and status, of no purchase", func(e *Evidence) { *order(e) = purchase.Order{OrderID: "o-z", Status: purchase.Confirmed} }, Violated, "which no stage given here has sent"},
		{"C4", "everything but id and a status that contradicts the answer", func(e *Evidence) { *order(e) = purchase.Order{OrderID: "o-a", Status: purchase.Cancelled} }, Violated, "was confirmed, but the state says CANCELLED"},
		{"T1", "the steps of one of two orders", func(e *Evidence) {
			e.After.Orders = append(e.After.Orders, e.After.Orders[0])
			e.After.Orders[1].OrderID, e.After.Orders[1].Steps = "o-b", nil
		}, Unknown, "confirmed order o-b shows no steps, though others do"},
	} {
		e := calmTale().evidence()
		tt.change(&e)
		v := Judge(e, Options{}).Verdict(tt.rule)
		said := v.Reason
		if v.First != nil {
			said = v.First.summary()
		}
		if v.Answer != tt.want || !strings.Contains(said, tt.says) {
			t.Errorf("%s, %s: %s, %q\nwant %s, %q", tt.rule, tt.name, v.Answer, said, tt.want, tt.says)
		}
	}
}

// bare leaves the entries of the ledger neither id nor time.
func bare(e *Evidence) {
	for i := range e.After.Ledger {
		e.After.Ledger[i].EntryID, e.After.Ledger[i].At = "", time.Time{}
	}
}

// TestNotReadable: C6 and C7 are unknown where what they are about cannot be read, and not
// exercised where it only was not. A rule about an answer that never came is not exercised,
// whatever can be read.
func TestNotReadable(t *testing.T) {
	bare := func(e *Evidence) { e.Samples, e.After.Products, e.After.Users = nil, nil, nil }
	without := func(calls ...Call) func(*Evidence) {
		return func(e *Evidence) { bare(e); e.After.NotOffered = calls }
	}
	failed := func(calls ...Call) func(*Evidence) {
		return func(e *Evidence) {
			bare(e)
			e.After.Failed = map[Call]string{}
			for _, call := range calls {
				e.After.Failed[call] = "HTTP 500"
			}
		}
	}
	for _, tt := range []struct {
		rule, name string
		change     func(*Evidence)
		want       Answer
		says       string
		beyond     bool
	}{
		{"C7", "no sample", bare, NotExercised, "no order was read by itself", false},
		{"C7", "not offered", without(OrderCall), Unknown, "the service does not offer GET /orders/{id}", true},
		{"C7", "failed", failed(OrderCall), Unknown, "GET /orders/{id} failed: HTTP 500", false},
		{"C7", "no state", func(e *Evidence) { e.After, e.Samples = nil, nil }, Unknown, "no state was read: only the history is judged", true},
		{"C6", "no sample", bare, NotExercised, "no stock or balance was read during the load", false},
		{"C6", "no stock", without(ProductsCall), NotExercised, "no stock or balance was read during the load", false},
		{"C6", "no balance", without(UsersCall), NotExercised, "no stock or balance was read during the load", false},
		{"C6", "neither", without(ProductsCall, UsersCall), Unknown, "the service does not offer GET /products/{id}", true},
		{"C6", "no stock, and the balance failed", func(e *Evidence) { failed(UsersCall)(e); e.After.NotOffered = []Call{ProductsCall} }, Unknown, "GET /users/{id} failed: HTTP 500", false},
		{"C6", "neither, but both before", func(e *Evidence) {
			without(ProductsCall, UsersCall)(e)
			e.Before = &State{Products: []purchase.Product{{ProductID: 1, Stock: -1}}}
		}, Violated, "below zero", false},
		{"C9", "the keys of orders", func(e *Evidence) { e.After.Orders[0].IdempotencyKey = "" }, NotExercised, "no key was answered in all its attempts as one for which nothing was done", false},
	} {
		e := calmTale().evidence()
		tt.change(&e)
		if v := Judge(e, Options{}).Verdict(tt.rule); v.Answer != tt.want || !strings.Contains(v.Evidence(), tt.says) || v.Beyond != tt.beyond {
			t.Errorf("%s, %s: %s, beyond %v, %q; want %s, %v, %q", tt.rule, tt.name, v.Answer, v.Beyond, v.Evidence(), tt.want, tt.beyond, tt.says)
		}
	}
}
