package shop

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"sagalab/pkg/purchase"
)

// contractPrecise is what openapi.yaml says in a sentence where a schema cannot.
func contractPrecise(t *testing.T, open opener) {
	t.Run("payloads of a key", func(t *testing.T) { contractPayloads(t, open) })
	t.Run("answered again", func(t *testing.T) { contractAnsweredAgain(t, open) })
	t.Run("methods and pages", func(t *testing.T) { contractMethodsAndPages(t, open) })
}

// contractPayloads: what makes two payloads under a key the same, and what comes first.
func contractPayloads(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	wants(t, "first", a.buy(plain(1, 1, 1, "used")), 201, "")
	const body = `"user_id": 1, "product_id": 1, "quantity": 1, "payment_method_id": 1`
	for what, r := range map[string]reply{
		"the key in the header":          a.do("POST", "/purchase", "{"+body+"}", "Idempotency-Key", "used"),
		"the key in both":                a.do("POST", "/purchase", "{"+body+`, "idempotency_key": "used"}`, "Idempotency-Key", "used"),
		"members that are not known":     a.do("POST", "/purchase", "{"+body+`, "idempotency_key": "used", "colour": {"of": ["red"]}}`),
		"other members that are unknown": a.do("POST", "/purchase", "{"+body+`, "idempotency_key": "used", "size": 3}`),
	} {
		wants(t, what, r, 200, "")
	}
	for what, r := range map[string]purchase.Request{
		"another user, without authentication one caller": plain(3, 1, 1, "used"),
		"an unknown user":                    plain(99, 1, 1, "used"),
		"an unknown product":                 plain(1, 99, 1, "used"),
		"an unknown payment method":          {UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 99, IdempotencyKey: "used"},
		"the payment method of another user": {UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 3, IdempotencyKey: "used"},
	} {
		wants(t, "a known key with "+what, a.buy(r), 422, purchase.KeyReused)
	}
	for what, r := range map[string]purchase.Request{
		"a new key": {UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 3, IdempotencyKey: "new"},
		"no key":    {UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 3},
	} {
		wants(t, what+" with the payment method of another user", a.buy(r), 404, purchase.UnknownPaymentMethod)
	}
	wants(t, "the new key, which nothing was stored under", a.buy(plain(1, 1, 1, "new")), 201, "")
}

// contractAnsweredAgain: an order is shown as it is now, a refusal has no header and names
// its order.
func contractAnsweredAgain(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	confirmed := a.buy(plain(1, 1, 1, "yes"))
	again := a.buy(plain(1, 1, 1, "yes"))
	wants(t, "again", again, 200, "")
	if now := get[purchase.Order](a, "/orders/"+confirmed.order(t).OrderID); !reflect.DeepEqual(again.order(t), now) {
		t.Errorf("answered again: %+v, want the order as it is now, %+v", again.order(t), now)
	}
	for _, c := range []struct {
		req    purchase.Request
		status int
		code   purchase.Code
	}{
		{plain(2, 1, 10, "poor"), 402, purchase.InsufficientBalance}, {plain(3, 1, 15, "greedy"), 409, purchase.OutOfStock},
	} {
		id := ""
		for n := range 2 {
			r := a.buy(c.req)
			wants(t, fmt.Sprintf("%s, time %d", c.code, n+1), r, c.status, c.code)
			if _, has := r.header[http.CanonicalHeaderKey("Idempotent-Replayed")]; has || r.problem(t).OrderID == "" || n > 0 && r.problem(t).OrderID != id {
				t.Errorf("%s, time %d: header %v, order %q; want no Idempotent-Replayed, and the order", c.code, n+1, r.header, r.problem(t).OrderID)
			}
			id = r.problem(t).OrderID
		}
	}
	if moved := a.ledger(100); len(moved) != 1 || moved[0].OrderID != confirmed.order(t).OrderID || moved[0].Amount != 1000 {
		t.Errorf("the ledger has %+v, want the one charge", moved)
	}
}

// contractMethodsAndPages: other methods are answered with 405, and only the last page may
// have no rows.
func contractMethodsAndPages(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Plenty()))
	for _, c := range [][2]string{{"GET", "/purchase"}, {"DELETE", "/purchase"}, {"POST", "/health"}, {"PUT", "/orders"}, {"DELETE", "/orders/x"}, {"PATCH", "/products/1"}, {"POST", "/users/1"}, {"DELETE", "/ledger"}} {
		r := a.do(c[0], c[1], "")
		wants(t, c[0]+" "+c[1], r, 405, purchase.MethodNotAllowed)
		if r.header.Get("Allow") == "" {
			t.Errorf("%s %s: no header Allow", c[0], c[1])
		}
	}
	if page := get[purchase.Orders](a, "/orders"); len(page.Orders) != 0 || page.Next != "" {
		t.Errorf("without orders: %+v, want an empty last page", page)
	}
	const n = 4
	for i := range n {
		wants(t, "a purchase", a.buy(plain(1, 1, 1, fmt.Sprint(i))), 201, "")
	}
	for limit := 1; limit <= n; limit++ {
		rows := 0
		for after, more := "", true; more; {
			page := get[purchase.Orders](a, fmt.Sprintf("/orders?after=%s&limit=%d", after, limit))
			if rows += len(page.Orders); len(page.Orders) == 0 && page.Next != "" {
				t.Errorf("pages of %d: one without rows is not the last", limit)
			}
			after, more = page.Next, page.Next != ""
		}
		if rows != n {
			t.Errorf("pages of %d have %d orders, want %d", limit, rows, n)
		}
	}
}
