package market

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	_, c := start(t, Options{Fixture: varied()})
	first := c.buy("k", 4, 6, 1)
	if first.status != 201 || first.header.Get("Location") != "/orders/"+first.body["order_id"].(string) || first.body["status"] != "CONFIRMED" {
		t.Errorf("the first call got %v", first)
	}
	if again := c.buy("k", 4, 6, 1); again.status != 200 || again.header.Get("Idempotent-Replayed") != "true" || fmt.Sprint(again.body) != fmt.Sprint(first.body) {
		t.Errorf("the second call got %v, want %v", again, first)
	}
	for body, want := range map[string]string{
		purchaseBody("k", 4, 6, 2):                                                                   "422 key_reused",
		purchaseBody("new", 99, 6, 1):                                                                "404 unknown_user",
		purchaseBody("new", 4, 99, 1):                                                                "404 unknown_product",
		purchaseBody("new", 4, 6, 0):                                                                 "400 malformed",
		purchaseBody(strings.Repeat("é", 256), 4, 6, 1):                                              "400 malformed",
		purchaseBody(strings.Repeat("é", 255), 4, 6, 1):                                              "201 <nil>",
		purchaseBody("\ufffd", 4, 6, 1):                                                              "400 malformed",
		purchaseBody("rich", 4, 2, 1000):                                                             "409 out_of_stock",
		purchaseBody("poor", 9, 6, 5):                                                                "402 insufficient_balance",
		`{"user_id":4,"product_id":6,"quantity":1,"payment_method_id":5}`:                            "404 unknown_payment_method",
		`{"user_id":4,"user_id":4,"product_id":6,"quantity":1,"payment_method_id":4}`:                "400 malformed",
		`{"user_id":4.0,"product_id":6,"quantity":1,"payment_method_id":4}`:                          "400 malformed",
		`{"user_id":4,"product_id":6,"quantity":1e0,"payment_method_id":4}`:                          "400 malformed",
		`{"user_id":4,"product_id":6,"quantity":1,"payment_method_id":4} {}`:                         "400 malformed",
		`{"user_id":4,"product_id":6,"quantity":1,"payment_method_id":4,"x":[{"a":"b"}]}`:            "201 <nil>",
		`{"user_id":4,"product_id":6,"quantity":9223372036854775808,"payment_method_id":4}`:          "400 malformed",
		`{"payment_method_id":4,"quantity":1,"product_id":6,"user_id":4,"idempotency_key":"\u006b"}`: "200 <nil>",
		strings.Repeat(" ", 64<<10) + "{}":                                                           "413 too_large",
		"":                                                                                           "400 malformed",
	} {
		if r := c.do("POST", "/purchase", body); fmt.Sprint(r.status, " ", r.body["code"]) != want {
			t.Errorf("%.90s: got %v, want %s", body, r, want)
		}
	}
}

func TestOtherAnswers(t *testing.T) {
	_, c := start(t, Options{Without: Without{Version: true}})
	for call, want := range map[string]string{
		"GET /purchase":         "405 method_not_allowed",
		"GET /nowhere":          "404 not_found",
		"GET /version":          "404 not_found",
		"GET /orders/none":      "404 unknown_order",
		"GET /users/none":       "404 unknown_user",
		"GET /products/99":      "404 unknown_product",
		"GET /orders?limit=0":   "400 malformed",
		"GET /ledger?after=new": "400 malformed",
		"GET /health":           "200 <nil>",
		"PUT /lab/scenario":     "400 malformed",
	} {
		method, path, _ := strings.Cut(call, " ")
		if r := c.do(method, path, ""); fmt.Sprint(r.status, " ", r.body["code"]) != want {
			t.Errorf("%s: got %v, want %s", call, r, want)
		}
	}
	if r := c.do("POST", "/purchase", "{}", "Content-Type", "text/plain"); r.status != 415 {
		t.Errorf("text/plain: got %v", r)
	}
	if r := c.do("POST", "/purchase", purchaseBody("a", 6, 3, 1), "Idempotency-Key", "b"); r.status != 400 {
		t.Errorf("two keys: got %v", r)
	}
}

func TestFixtureIsRefusedWhileAnotherRunIsActive(t *testing.T) {
	m, c := start(t, Options{})
	c.do("POST", "/purchase", purchaseBody("a", 6, 3, 1), "Lab-Run", "mine")
	fixture := `{"users":[{"user_id":1,"balance":5}],"products":[{"product_id":1,"price":2,"stock":3}]}`
	if r := c.do("PUT", "/lab/scenario", fixture, "Lab-Run", "yours"); r.status != 409 || r.body["code"] != "busy" {
		t.Errorf("another run is active: got %v", r)
	}
	if r := c.do("PUT", "/lab/scenario", fixture, "Lab-Run", "yours, mine"); r.status != 204 {
		t.Errorf("the own run is active: got %v", r)
	}
	if orders := c.all("/orders", "orders"); len(orders) != 0 || len(m.Violations()) != 0 {
		t.Errorf("a new fixture has %d orders, %v", len(orders), m.Violations())
	}
	if r := c.buy("a", 1, 1, 2); r.status != 201 || r.body["amount"] != 4.0 {
		t.Errorf("the new fixture: got %v", r)
	}
}

func FuzzParseObject(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":1}`, `{"a":{"b":[1,"x",null,true]}}`, `{"a":1,"a":2}`, `{"a":-1}`, `[1]`, `{"a":1}}`, "{\"\xff\":1}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		object, err := parseObject(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(object)
		if err != nil || !json.Valid(text) {
			t.Fatalf("%q is accepted, %v", text, err)
		}
		if _, err := parseObject(again); err != nil {
			t.Errorf("%q is accepted, %q is not", text, again)
		}
	})
}
