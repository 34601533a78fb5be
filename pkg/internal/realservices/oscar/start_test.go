package oscar

import (
	"fmt"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

const (
	jsonBody = "Content-Type: application/json"
	staff    = "Authorization: Basic c3RhZmY6c3RhZmY=" // staff:staff
)

// session is the header that makes a request one of key's session. The shop takes up to two groups of hexadecimal digits off the end of
// an id, "-1" or the last two of a UUID, so that sessions of different keys would be one; an id that ends with ".s" is kept whole.
func session(key string) string { return "Session-Id: SID:ANON:127.0.0.1:" + key + ".s" }

func TestPurchase(t *testing.T) {
	url := Start(t)
	c := harness.NewTranscript(t, url)
	add := func(title, key string, product, status int) harness.Answer {
		t.Helper()
		body := fmt.Sprintf(`{"url":"%s/api/products/%d/","quantity":1}`, url, product)
		return c.Send(title, "POST", "/api/basket/add-product/", body, jsonBody, session(key)).Want(t, status)
	}
	checkout := func(title, key, basket string, status int) harness.Answer {
		t.Helper()
		body := fmt.Sprintf(`{"basket":"%s","guest_email":"%s@shop.example"}`, basket, key)
		return c.Send(title, "POST", "/api/checkout/", body, jsonBody, session(key)).Want(t, status)
	}
	read := func(title, path, field, want string) {
		t.Helper()
		if a := c.Send(title, "GET", path, "", staff).Want(t, 200); a.Field(t, field) != want {
			t.Errorf("%s: %s is %q in %s, want %s", title, field, a.Field(t, field), a.Body, want)
		}
	}
	first := add("step 1 of a purchase: into the basket", "key-1", 1, 200)
	if first.Field(t, "total_incl_tax") != "400.00" {
		t.Errorf("the basket has %s", first.Body)
	}
	order := checkout("step 2 of a purchase: the checkout", "key-1", first.Field(t, "url"), 200)
	if order.Field(t, "number") == "" || order.Field(t, "status") != "new" {
		t.Errorf("the checkout is answered with %s", order.Body)
	}
	checkout("the same checkout in the same session", "key-1", first.Field(t, "url"), 401)
	add("a product that is sold out", "key-2", 2, 406)
	add("a product that does not exist", "key-2", 9, 406)
	read("stock", "/api/products/1/stockrecords/", "0.num_allocated", "1")
	read("price", "/api/products/1/price/", "incl_tax", "400.00")
	read("what is left", "/api/products/1/availability/", "num_available", "1")
	read("all orders, for staff", "/api/admin/orders/", "0.email", "key-1@shop.example")
	read("one order, for staff", "/api/admin/orders/1/", "number", order.Field(t, "number"))
	read("the lines of an order, for staff", "/api/admin/orders/1/lines/", "0.quantity", "1")
	c.Send("an order that does not exist", "GET", "/api/admin/orders/9/", "", staff).Want(t, 404)
	set := c.Send("stock set anew, by staff", "PATCH", "/api/admin/stockrecords/2/", `{"num_in_stock":5}`, jsonBody, staff).Want(t, 200)
	if set.Field(t, "num_in_stock") != "5" {
		t.Errorf("setting the stock of what was sold out is answered with %s", set.Body)
	}
	c.Send("all orders, without credentials", "GET", "/api/admin/orders/", "").Want(t, 403)
}

// TestOversell is what an audit has to find: the checkout does not look at the stock again, so that as many baskets as were filled in
// time become orders.
func TestOversell(t *testing.T) {
	url := Start(t)
	c := harness.NewTranscript(t, url)
	var baskets []string
	for i := range 3 {
		body := fmt.Sprintf(`{"url":"%s/api/products/1/","quantity":1}`, url)
		a := c.Send("", "POST", "/api/basket/add-product/", body, jsonBody, session(fmt.Sprint("key-", i))).Want(t, 200)
		baskets = append(baskets, a.Field(t, "url"))
	}
	for i, basket := range baskets {
		body := fmt.Sprintf(`{"basket":"%s","guest_email":"buyer@shop.example"}`, basket)
		c.Send("", "POST", "/api/checkout/", body, jsonBody, session(fmt.Sprint("key-", i))).Want(t, 200)
	}
	if a := c.Send("", "GET", "/api/products/1/availability/", "").Want(t, 200); a.Field(t, "num_available") != "-1" {
		t.Errorf("after 3 orders of 2 in stock, %s", a.Body)
	}
}
