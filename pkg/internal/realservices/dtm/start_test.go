package dtm

import (
	"encoding/json"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

const fixture = `{"users":{"user-1":1000,"user-2":100},"products":{"product-1":{"price":400,"on_hand":2},"product-2":{"price":400,"on_hand":0}}}`

// saga is the body of a submit: a purchase of one by user, under the key gid.
func saga(t *testing.T, url, gid, user, product string) string {
	payload, err := json.Marshal(map[string]any{"user": user, "product": product, "quantity": 1})
	if err != nil {
		t.Fatal(err)
	}
	type step struct {
		Action     string `json:"action"`
		Compensate string `json:"compensate"`
	}
	text, err := json.Marshal(map[string]any{
		"gid": gid, "trans_type": "saga", "wait_result": true,
		"steps": []step{
			{url + "/orders/create", url + "/orders/cancel"},
			{url + "/stock/deduct", url + "/stock/restore"},
			{url + "/payments/charge", url + "/payments/refund"},
			{url + "/orders/confirm", ""},
		},
		"payloads": []string{string(payload), string(payload), string(payload), string(payload)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPurchase(t *testing.T) {
	url := Start(t)
	c := harness.NewTranscript(t, url)
	buy := func(title, gid, user, product string, status int) harness.Answer {
		t.Helper()
		return c.Send(title, "POST", "/api/dtmsvr/submit", saga(t, url, gid, user, product), "Content-Type: application/json").Want(t, status)
	}
	c.Send("health", "GET", "/api/dtmsvr/version", "").Want(t, 200)
	c.Send("fixture", "PUT", "/fixture", fixture).Want(t, 204)
	if a := buy("a purchase", "key-1", "user-1", "product-1", 200); a.Field(t, "dtm_result") != "SUCCESS" {
		t.Errorf("a purchase is answered with %s", a.Body)
	}
	if a := buy("the same under the same key", "key-1", "user-1", "product-1", 409); a.Field(t, "message") != "current status 'succeed', cannot sumbmit. FAILURE" {
		t.Errorf("a repeat of a confirmed purchase is answered with %s", a.Body)
	}
	if a := buy("a product that is sold out", "key-2", "user-1", "product-2", 409); a.Field(t, "dtm_result") != "FAILURE" {
		t.Errorf("a purchase of what is sold out is answered with %s", a.Body)
	}
	buy("the same under the same key", "key-2", "user-1", "product-2", 409)
	buy("a user without enough money", "key-3", "user-2", "product-1", 409)
	buy("a product that does not exist", "key-4", "user-1", "product-9", 409)
	c.Send("what dtm knows of a purchase", "GET", "/api/dtmsvr/query?gid=key-1", "").Want(t, 200)
	c.Send("what dtm knows of a refused one", "GET", "/api/dtmsvr/query?gid=key-2", "").Want(t, 200)

	for _, read := range []struct{ title, path, field, want string }{
		{"a confirmed order", "/orders/key-1", "status", "CONFIRMED"},
		{"an order that was refused for want of stock", "/orders/key-2", "status", "CANCELLED"},
		{"an order that was refused for want of money", "/orders/key-3", "status", "CANCELLED"},
		{"all orders", "/orders", "0.amount", "400"},
		{"stock and price", "/stock/product-1", "on_hand", "1"},
		{"stock and price of what is sold out", "/stock/product-2", "on_hand", "0"},
		{"a balance", "/balances/user-1", "balance", "600"},
		{"the balance of who was refused", "/balances/user-2", "balance", "100"},
		{"the ledger", "/ledger", "0.amount", "-400"},
	} {
		if a := c.Send(read.title, "GET", read.path, "").Want(t, 200); a.Field(t, read.field) != read.want {
			t.Errorf("%s: %s is %q in %s, want %s", read.title, read.field, a.Field(t, read.field), a.Body, read.want)
		}
	}
	c.Send("an order that does not exist", "GET", "/orders/key-4", "").Want(t, 404)
}
