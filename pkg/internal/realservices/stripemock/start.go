// Package stripemock starts stripe-mock, Stripe's own mock of its API: POST /v1/payment_intents takes a form, a key in the header
// Idempotency-Key and a bearer token. It keeps no state: each answer is made from a fixture and what was sent.
package stripemock

import (
	"os/exec"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

// Token is a secret key that stripe-mock accepts; it accepts each that looks like one of a test account.
const Token = "sk_test_123"

// Start starts stripe-mock on loopback for one test, building it first where that has not been done yet, and returns its URL.
func Start(t *testing.T) (url string) {
	t.Helper()
	address := "127.0.0.1:" + harness.Port(t)
	cmd := exec.Command(harness.Tool(t, "github.com/stripe/stripe-mock"), "-http-addr", address, "-https-addr", "127.0.0.1:0")
	url = "http://" + address
	harness.Run(t, cmd, url+"/v1/payment_intents")
	return url
}
