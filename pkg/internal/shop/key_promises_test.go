package shop

import (
	"fmt"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestKeyPromises: payloads are the same when they are equal as JSON values, and answers
// that say nothing happened are not stored under their keys.
func TestKeyPromises(t *testing.T) { onBoth(t, testKeyPromises) }

func testKeyPromises(t *testing.T, db string) {
	fixture := purchase.Plenty()
	a := newAPI(t, serving(t, Config{DB: db, Fixture: &fixture}))
	post := func(body string) reply { return a.do("POST", "/purchase", body) }
	wants(t, "first", post(`{"user_id":1,"product_id":1,"quantity":1,"payment_method_id":1,"idempotency_key":"k é"}`), 201, "")
	for what, body := range map[string]string{
		"in another order":     `{"idempotency_key":"k é","payment_method_id":1,"quantity":1,"product_id":1,"user_id":1}`,
		"with white space":     " {\n\t\"user_id\" : 1 , \"product_id\":1,\"quantity\":1,\r\n \"payment_method_id\":1,\"idempotency_key\":\"k é\" } \n",
		"with escapes":         `{"\u0075ser_id":1,"product\u005Fid":1,"quantity":1,"payment_method_id":1,"idempotency_key":"\u006b\u0020\u00e9"}`,
		"with the key outside": `{"user_id":1,"product_id":1,"quantity":1,"payment_method_id":1,"idempotency_key":"k \u00E9"}`,
	} {
		wants(t, "the same "+what, post(body), 200, "")
	}
	wants(t, "another value", post(`{"user_id":1,"product_id":1,"quantity":2,"payment_method_id":1,"idempotency_key":"k é"}`), 422, purchase.KeyReused)
	for i, tt := range []struct {
		body   string
		status int
		code   purchase.Code
	}{
		{`{"user_id":1,"product_id":1,"quantity":0,"payment_method_id":1,"idempotency_key":%q}`, 400, purchase.Malformed},
		{`{"user_id":1,"product_id":1,"quantity":1.0,"payment_method_id":1,"idempotency_key":%q}`, 400, purchase.Malformed},
		{`{"user_id":99,"product_id":1,"quantity":1,"payment_method_id":1,"idempotency_key":%q}`, 404, purchase.UnknownUser},
		{`{"user_id":1,"product_id":99,"quantity":1,"payment_method_id":1,"idempotency_key":%q}`, 404, purchase.UnknownProduct},
		{`{"user_id":1,"product_id":1,"quantity":1,"payment_method_id":99,"idempotency_key":%q}`, 404, purchase.UnknownPaymentMethod},
	} {
		key := fmt.Sprint("later ", i)
		wants(t, tt.body, post(fmt.Sprintf(tt.body, key)), tt.status, tt.code)
		wants(t, "a good payload under the key of "+tt.body, a.buy(plain(1, 1, 1, key)), 201, "")
	}
	if n := len(a.orders(100)); n != 6 {
		t.Errorf("there are %d orders, want one for each key that was bought under, 6", n)
	}
}

// TestOverloadIsNotStored under the key that it was answered to.
func TestOverloadIsNotStored(t *testing.T) { onBoth(t, testOverloadIsNotStored) }

func testOverloadIsNotStored(t *testing.T, db string) {
	s, base := opened(t, Config{DB: db, MaxInProgress: 1, Wait: 10 * time.Millisecond})
	a := newAPI(t, base)
	release := s.participants.Payments.BlockWrites()
	wants(t, "the only place", a.buy(plain(1, 1, 1, "first")), 409, purchase.InProgress)
	wants(t, "no place left", a.buy(plain(1, 1, 1, "late")), 503, purchase.Overloaded)
	release()
	eventually(t, "the end of the purchase", terminal(a))
	eventually(t, "a purchase under the key that was turned away", func() bool {
		status := a.buy(plain(1, 1, 2, "late")).status // another payload: a stored answer would be 422
		return status == 201 || status == 200          // confirmed by this call, or by an earlier one, which got 409 in_progress
	})
}

// TestHealthDeclaresReads: reads of the reference service are never late.
func TestHealthDeclaresReads(t *testing.T) {
	h := get[purchase.Health](newAPI(t, serving(t, Config{})), "/health")
	if lag, declared := h.ReadsLag(); h.Status != "ok" || !declared || lag != 0 {
		t.Errorf("GET /health: status %q, lag %v, declared %v; want ok, 0, true", h.Status, lag, declared)
	}
}
