package adapters

import (
	"strings"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestLoginErrorsHaveNoAnswer: what a login answers is secret under whatever name it is kept, also
// when a value is missing.
func TestLoginErrorsHaveNoAnswer(t *testing.T) {
	const text = "login:\n  send: POST /sessions\n  keep: {session: session.id, account: account}\npurchase:\n  send: POST /orders\n  header: {X-Session: \"{{.Keep.session}}\"}\n  means: [{http: 2xx, is: confirmed}]\n"
	f, err := Parse("shop", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"session": {"id": "sid-Q7x-9911"}}`:                `login: keep account: there is none at "account" in the answer: HTTP 200: an object with session`,
		`{"sid": "sid-Q7x-9911", "account": "acc-Q7x-9911"}`: `login: keep session: there is none at "session.id" in the answer: HTTP 200: an object with account, sid`,
		`"sid-Q7x-9911"`: `login: keep session: there is none at "session.id" in the answer: HTTP 200: 14 bytes`,
	} {
		_, err := f.ReadLogin(purchase.NumberID(1), retry.Attempt{Status: 200, Type: "application/json", Body: []byte(body)})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}
