package oscar

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/realservices/assess"
	"sagalab/pkg/internal/realservices/harness"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// begin starts the shop, sets the stock of a product, fills baskets with one of it each, and begins a run with the state that is then.
func begin(t *testing.T, product, stock, baskets int) *assess.Assessment {
	url := Start(t)
	c := harness.NewTranscript(t, url)
	c.Send("", "PATCH", fmt.Sprintf("/api/admin/stockrecords/%d/", product), fmt.Sprintf(`{"num_in_stock":%d}`, stock), jsonBody, staff).Want(t, 200)
	for i := 1; i <= baskets; i++ {
		body := fmt.Sprintf(`{"url":"%s/api/products/%d/","quantity":1}`, url, product)
		if a := c.Send("", "POST", "/api/basket/add-product/", body, jsonBody, session(fmt.Sprint(i))).Want(t, 200); a.Field(t, "id") != fmt.Sprint(i) {
			t.Fatalf("basket %d is %s", i, a.Body)
		}
	}
	a := assess.New(t, url, "../oscar.yaml", map[string]string{"staff": strings.TrimPrefix(staff, "Authorization: Basic ")})
	a.Baseline(observe.Subjects{Products: []purchase.ID{purchase.ID(product)}})
	return a
}

// checkout is the purchase of what is in a basket.
func checkout(basket, product int) purchase.Request {
	return purchase.Request{UserID: purchase.ID(basket), ProductID: purchase.ID(product), Quantity: 1, PaymentMethodID: 1}
}

func TestCases(t *testing.T) {
	a := begin(t, 3, 1_000_000, 1)
	if r := a.Case("bought", checkout(1, 3), purchase.OK, ""); r.OrderID != "1" || r.Answer.Amount != 400 {
		t.Errorf("the purchase is %+v, want order 1 of 400", r.Answer)
	}
	a.Case("again", checkout(1, 3), purchase.Unknown, "http_401")
}

// answers is what an audit says of a shop that has no keys, balances and steps.
var answers = map[string]audit.Answer{
	"S1": audit.Holds, "C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C7": audit.Holds, "C8": audit.Holds,
	"B1": audit.Unknown, "C2": audit.Unknown, "C3": audit.Unknown, "T1": audit.Unknown, "K1": audit.NotExercised, "K5": audit.NotExercised,
}

func TestLoad(t *testing.T) {
	const purchases = 50
	a := begin(t, 3, 1_000_000, purchases)
	a.Load(load.Stage{Name: "heavy", Requests: purchases, VUs: 8}, buyers.Func(func(i int) purchase.Request { return checkout(i+1, 3) }))
	assess.Expect(t, a.Audit(0), answers)
}

// TestLoadOversells: 50 baskets with one each of 20 in stock become 50 orders.
func TestLoadOversells(t *testing.T) {
	const purchases, stock = 50, 20
	a := begin(t, 1, stock, purchases)
	a.Load(load.Stage{Name: "scarce", Requests: purchases, VUs: 8}, buyers.Func(func(i int) purchase.Request { return checkout(i+1, 1) }))
	report := a.Audit(0)
	want := maps.Clone(answers)
	want["S1"], want["C1"], want["C6"] = audit.Violated, audit.Violated, assess.Any // C6 is about what was read meanwhile
	assess.Expect(t, report, want)
	for rule, says := range map[string]string{
		"S1": "was confirmed although there was not enough left: 20 pieces of product 1 in stock − 21 sold with it = -1 < 0",
		"C1": "product 1 has a stock below zero: 20 at first − 50 in 50 confirmed orders = -30",
	} {
		if evidence := report.Verdict(rule).Evidence(); !strings.Contains(evidence, says) {
			t.Errorf("%s says %s, want %s", rule, evidence, says)
		}
	}
	if probable := report.Violated()[0].Rule; probable != "S1" {
		t.Errorf("the probable cause is %s, want S1", probable)
	}
}
