package purchase

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/retry"
)

func TestParseEndpoint(t *testing.T) {
	for _, tt := range []struct {
		in, want, fault string
	}{
		{"http://localhost:8000/purchase", "http://localhost:8000", ""},
		{"http://127.0.0.1:8000", "http://127.0.0.1:8000", ""},
		{" http://127.0.0.1:8000/ ", "http://127.0.0.1:8000", ""},
		{"https://[::1]:8443/shop/v1/purchase/", "https://[::1]:8443/shop/v1", ""},
		{"http://127.9.9.9", "http://127.9.9.9", ""},
		{"http://127.0.0.1:8000/a%2Fb/purchase", "http://127.0.0.1:8000/a%2Fb", ""},
		{"http://127.0.0.1:8000/a%2fb%20c/", "http://127.0.0.1:8000/a%2fb%20c", ""},
		{"http://127.0.0.1:8000/a%2Fpurchase", "http://127.0.0.1:8000/a%2Fpurchase", ""},
		{"http://127.0.0.1:8000/a b/é", "http://127.0.0.1:8000/a%20b/%C3%A9", ""},
		{"http://127.0.0.1:8000/purchase/purchase", "http://127.0.0.1:8000", ""},
		{"http://127.0.0.1:8000/v1/purchase//purchase//", "http://127.0.0.1:8000/v1", ""},
		{"http://127.0.0.1:8000/repurchase", "http://127.0.0.1:8000/repurchase", ""},
		{"http://allowed.example:8000", "http://allowed.example:8000", ""},
		{"http://other.example:8000", "", "not on this machine"},
		{"http://localhost.example", "", "SAGALAB_ALLOW_HOST=localhost.example"},
		{"http://10.0.0.1/", "", "not on this machine"},
		{"", "", "must start with http://"},
		{"localhost:8000", "", "must start with http://"},
		{"ftp://127.0.0.1", "", "must start with http://"},
		{"http://", "", "names no host"},
		{"http://:8000", "", "names no host"},
		{"http://[::1", "", "missing ']'"},
		{"http://127.0.0.1:99999", "", "port 99999"},
		{"http://127.0.0.1:0", "", "port 0"},
		{"http://127.0.0.1:port", "", "invalid port"},
		{"http://127.0.0.1:8000/?a=b", "", "query"},
		{"http://user:secret@127.0.0.1:8000", "", "user or a password"},
		{"http://127.0.0.1:8000/%zz", "", "invalid URL escape"},
		{"http://127.0.0.1\x00", "", "control character"},
	} {
		e, err := ParseEndpoint(tt.in, "allowed.example")
		if e.String() != tt.want || (err == nil) != (tt.fault == "") {
			t.Errorf("ParseEndpoint(%q) = %q, %v; want %q and fault %q", tt.in, e, err, tt.want, tt.fault)
			continue
		}
		if err != nil && (!strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("ParseEndpoint(%q) = %v, want it to say %q and no secret", tt.in, err, tt.fault)
		}
		if got := errors.Is(err, ErrNotAllowed); got != (tt.fault == "not on this machine" || strings.HasPrefix(tt.fault, "SAGALAB")) {
			t.Errorf("ParseEndpoint(%q): errors.Is ErrNotAllowed = %v", tt.in, got)
		}
	}
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"http://localhost:8000/purchase", "http://127.0.0.1/a%2Fb/purchase", "http://127.0.0.1/purchase/purchase", "http://127.0.0.1/a b//purchase/", "http://a:b@c", "://", "http://[::1]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEndpoint(s)
		if err != nil {
			return
		}
		again, err := ParseEndpoint(e.String())
		if err != nil || again != e {
			t.Errorf("ParseEndpoint(%q) = %q, which parses as %q, %v; want a fixed point", s, e, again, err)
		}
	})
}

// TestEscapedPathIsSent as it was given.
func TestEscapedPathIsSent(t *testing.T) {
	var uri string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { uri = r.RequestURI }))
	defer server.Close()
	e, err := ParseEndpoint(server.URL + "/a%2Fb/purchase")
	if err != nil {
		t.Fatal(err)
	}
	sender, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	NewClient(e, sender).Purchase(t.Context(), Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1})
	if uri != "/a%2Fb/purchase" {
		t.Errorf("got a request for %s, want /a%%2Fb/purchase", uri)
	}
}
