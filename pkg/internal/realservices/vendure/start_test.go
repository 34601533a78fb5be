package vendure

import (
	"encoding/json"
	neturl "net/url"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

// The reads of staff, as GET requests.
const (
	ordersQuery = `{ orders(options: {take: 100, sort: {id: ASC}}) { totalItems items { id code state active totalWithTax shippingAddress { fullName } lines { quantity productVariant { id } } } } }`
	orderQuery  = `{ order(id: "1") { id code state totalWithTax shippingAddress { fullName } } }`
	stockQuery  = `{ productVariant(id: "1") { priceWithTax stockLevels { stockOnHand stockAllocated } } }`
)

// body is a GraphQL request.
func body(t *testing.T, query string, variables map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPurchase(t *testing.T) {
	url := Start(t)
	c := harness.NewTranscript(t, url)
	buy := func(title, key, variant string, header ...string) harness.Answer {
		t.Helper()
		variables := map[string]any{"variant": variant, "quantity": 1, "key": key, "email": key + "@shop.example"}
		return c.Send(title, "POST", "/shop-api", body(t, Purchase, variables), append(header, "Content-Type: application/json")...).Want(t, 200)
	}
	expect := func(a harness.Answer, field, want string) {
		t.Helper()
		if got := a.Field(t, field); got != want {
			t.Errorf("%s is %q, want %q: %s", field, got, want, a.Body)
		}
	}
	c.Send("health", "GET", "/health", "").Want(t, 200)
	first := buy("a purchase in one request", "key-1", "1")
	expect(first, "data.pay.state", "PaymentSettled")
	expect(first, "data.pay.totalWithTax", "400")

	session := "Authorization: Bearer " + first.Header.Get("Vendure-Auth-Token")
	pay := `mutation { pay: addPaymentToOrder(input: {method: "dummy-payment", metadata: {}}) { __typename ... on ErrorResult { errorCode message } } }`
	expect(c.Send("its last step again, in its session", "POST", "/shop-api", body(t, pay, nil), "Content-Type: application/json", session), "data.pay.errorCode", "NO_ACTIVE_ORDER_ERROR")
	expect(buy("all of it again, in its session: another order", "key-1", "1", session), "data.pay.id", "2")
	expect(buy("a product that is sold out", "key-2", "2"), "data.add.errorCode", "INSUFFICIENT_STOCK_ERROR")
	expect(buy("a product that does not exist", "key-3", "9"), "data", "")

	staff := "Authorization: Bearer " + Administrator(t, url)
	read := func(title, query, field, want string) {
		t.Helper()
		expect(c.Send(title, "GET", "/admin-api?query="+neturl.QueryEscape(query), "", staff, "Apollo-Require-Preflight: true").Want(t, 200), field, want)
	}
	read("all orders, for staff", ordersQuery, "data.orders.items.0.shippingAddress.fullName", "key-1")
	read("all orders, for staff", ordersQuery, "data.orders.items.1.state", "PaymentSettled")
	read("all orders, for staff", ordersQuery, "data.orders.items.2.state", "AddingItems")
	read("one order, for staff", orderQuery, "data.order.code", first.Field(t, "data.pay.code"))
	read("stock and price, for staff", stockQuery, "data.productVariant.stockLevels.0.stockAllocated", "2")
	set := `mutation { updateProductVariants(input: [{id: "2", stockOnHand: 5}]) { id stockLevels { stockOnHand } } }`
	expect(c.Send("stock set anew, by staff", "POST", "/admin-api", body(t, set, nil), "Content-Type: application/json", staff), "data.updateProductVariants.0.stockLevels.0.stockOnHand", "5")
	expect(c.Send("all orders, without a token", "GET", "/admin-api?query="+neturl.QueryEscape(ordersQuery), ""), "errors.0.extensions.code", "FORBIDDEN")
}
