package acp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// checkedAt checks a merchant.
func checkedAt(t *testing.T, ctx context.Context, h http.HandlerFunc) (*Report, error) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	e, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return Check(ctx, parsed(t, Standard(), nil), e, c, Options{Purchase: bought, Pairs: 1})
}

// TestNothingToCheck: a merchant at which no checkout can be bought has no report that could be taken for a good one.
func TestNothingToCheck(t *testing.T) {
	for want, h := range map[string]http.HandlerFunc{
		"no checkout could be created, so that nothing can be checked: HTTP 400 invalid: no such item": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			w.Write([]byte(`{"type":"invalid_request","code":"invalid","message":"no such item"}`))
		},
		"a checkout could not be completed, so that nothing can be checked: HTTP 200 ready_for_payment cs_1: card declined": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"id":"cs_1","status":"ready_for_payment","messages":[{"type":"error","code":"payment_declined","content":"card declined"}]}`))
		},
	} {
		if r, err := checkedAt(t, t.Context(), h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the report is %+v, %v; want %q", r, err, want)
		}
	}
}

// TestInterrupted: a check that is ended has no report.
func TestInterrupted(t *testing.T) {
	why := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	n := 0
	r, err := checkedAt(t, ctx, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n > 3 {
			cancel(why)
		}
		w.Write([]byte(`{"id":"cs_1","status":"completed","order":{"id":"o"}}`))
	})
	if !errors.Is(err, why) || r != nil {
		t.Errorf("the report is %v, %v; want %v", r, err, why)
	}
}

func TestDifference(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{`{"a":[{"x":1}]}`, `{"a":[{"x":2}]}`, "$.a[0].x"},
		{`{"a":1}`, `{"a":1.0,"b":2}`, "$.b"},
		{`{"a":1,"b":2}`, `{"a":1}`, "$.b"},
		{`{"a":[1,2]}`, `{"a":[1]}`, "$.a"},
		{`{"a":{}}`, `{"a":[]}`, "$.a"},
		{`{"a":"A"}`, `{"a":"\u0041"}`, ""},
	} {
		if got := difference(gjson.Parse(tt.a), gjson.Parse(tt.b), "$"); got != tt.want {
			t.Errorf("%s and %s differ at %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}
