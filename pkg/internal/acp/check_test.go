package acp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

// TestPairs: what two answers at once under one key may be.
func TestPairs(t *testing.T) {
	answer := func(status int, body string) reply {
		return reply{at: retry.Attempt{Status: status, Body: []byte(body)}, body: gjson.Parse(body)}
	}
	one, two := answer(201, `{"id":"cs_1"}`), answer(201, `{"id":"cs_2"}`)
	late, conflict, down := answer(409, `{"code":"idempotency_in_flight"}`), answer(409, `{"code":"ended"}`), answer(503, ``)
	for _, tt := range []struct {
		p      pair
		want   pairsFound
		broken string
	}{
		{pair{one, one, one}, pairsFound{twice: 1}, ""},
		{pair{one, late, one}, pairsFound{inFlight: 1, without: 1}, ""},
		{pair{late, one, one}, pairsFound{inFlight: 1, without: 1}, ""},
		{pair{one, two, one}, pairsFound{otherwise: 1}, "one key did it twice"},
		{pair{one, late, two}, pairsFound{otherwise: 1}, "asked again after both"},
		{pair{one, conflict, one}, pairsFound{otherwise: 1}, "neither answered as that nor with 409"},
		{pair{late, late, late}, pairsFound{otherwise: 1}, "neither of two is done"},
		{pair{one, answer(200, `{"id":"cs_1"}`), one}, pairsFound{otherwise: 1}, "the original status is 201"},
		{pair{one, down, one}, pairsFound{failed: 1}, ""},
		{pair{down, late, down}, pairsFound{failed: 1}, ""},
		{pair{one, two, down}, pairsFound{failed: 1}, "one key did it twice"},
	} {
		var got pairsFound
		got.add(tt.p)
		if broken := got.broken; (broken == "") != (tt.broken == "") || !strings.Contains(broken, tt.broken) {
			t.Errorf("%v; %v; %v is broken by %q, want %q", tt.p.one, tt.p.other, tt.p.again, broken, tt.broken)
		}
		if got.broken = ""; got != tt.want {
			t.Errorf("%v; %v; %v counts as %+v, want %+v", tt.p.one, tt.p.other, tt.p.again, got, tt.want)
		}
	}
}

// TestTurnedAway: a merchant that turns everything away for its rate after the first purchase breaks
// no clause.
func TestTurnedAway(t *testing.T) {
	var n atomic.Int64 // requests, some of which come at once
	r, err := checkedAt(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) > 2 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Write([]byte(`{"id":"cs_1","status":"completed","order":{"id":"o"}}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Count(Broken) > 0 || r.Count(Holds) > 0 || len(r.Unchecked()) == 0 {
		t.Errorf("the findings are %+v; want none that is judged", r.Findings)
	}
}
