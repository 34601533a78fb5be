package stripemock

import (
	"strings"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

const (
	form  = "Content-Type: application/x-www-form-urlencoded"
	token = "Authorization: Bearer " + Token
)

func TestPurchase(t *testing.T) {
	c := harness.NewTranscript(t, Start(t))
	key := "Idempotency-Key: key-1"
	first := c.Send("a purchase", "POST", "/v1/payment_intents", "amount=2000&currency=jpy&metadata[product]=product-1", form, token, key).Want(t, 200)
	if first.Field(t, "amount") != "2000" || first.Field(t, "object") != "payment_intent" || first.Header.Get("Idempotency-Key") != "key-1" {
		t.Errorf("a purchase of 2000 under key-1 is answered with %v %s", first.Header, first.Body)
	}
	again := c.Send("the same under the same key", "POST", "/v1/payment_intents", "amount=2000&currency=jpy&metadata[product]=product-1", form, token, key).Want(t, 200)
	if again.Field(t, "id") == "" || again.Header.Get("Idempotent-Replayed") != "" {
		t.Errorf("stripe-mock is stateless, yet the repeat is answered with %v %s", again.Header, again.Body)
	}
	refused := c.Send("a purchase without an amount", "POST", "/v1/payment_intents", "currency=jpy", form, token).Want(t, 400)
	if refused.Field(t, "error.type") != "invalid_request_error" || !strings.Contains(refused.Field(t, "error.message"), "'amount' is required") {
		t.Errorf("a purchase without an amount is answered with %s", refused.Body)
	}
	c.Send("a purchase without a token", "POST", "/v1/payment_intents", "amount=2000&currency=jpy", form).Want(t, 401)
	c.Send("a body that is not a form", "POST", "/v1/payment_intents", `{"amount":2000,"currency":"jpy"}`, "Content-Type: application/json", token).Want(t, 400)
	c.Send("one payment, which was never made", "GET", "/v1/payment_intents/pi_1", "", token).Want(t, 200)
	c.Send("all payments", "GET", "/v1/payment_intents?limit=3", "", token).Want(t, 200)
}
