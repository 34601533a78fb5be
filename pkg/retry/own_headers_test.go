package retry

import (
	"net/http"
	"strings"
	"testing"
)

// TestHeadersOfTheConnection: what follows from the address and the body is no header of a
// Request; a transport would leave it out without a word.
func TestHeadersOfTheConnection(t *testing.T) {
	for name, ok := range map[string]bool{"Host": false, "host": false, "Content-Length": false, "transfer-encoding": false, "Connection": false, "X-Host": true, "Content-Type": true, "Idempotency-Key": true} {
		err := Get("/x").With(name, "value").Validate()
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyOfTheConfig: an operation alone says under which key it is sent.
func TestKeyOfTheConfig(t *testing.T) {
	s := &script{answers: []answer{{status: 200}}}
	c, err := New(Config{Policy: Default(), Base: s, Header: http.Header{"Idempotency-Key": {"of all"}}})
	if err != nil {
		t.Fatal(err)
	}
	c.Get(t.Context(), "http://127.0.0.1/orders")
	c.Post(t.Context(), "http://127.0.0.1/purchase", "k1", jsonWithKey)
	c.Post(t.Context(), "http://127.0.0.1/purchase", "no header carries: ü", jsonWithKey)
	for i, want := range []string{"", "k1", ""} {
		if got := s.seen[i].Header.Get("Idempotency-Key"); got != want {
			t.Errorf("request %d has the key %q, want %q", i, got, want)
		}
	}
}
