package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
)

// pendingShop answers a purchase with 202 and each second poll with 200 and its end. The answer
// to the others is status and body; of purchases the first bad ones are 500.
func pendingShop(t *testing.T, status int, body string, bad int64) string {
	t.Helper()
	var bought, asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost && bought.Add(1) <= bad:
			w.WriteHeader(http.StatusInternalServerError)
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, `{"id":"o-1","state":"new"}`)
		case strings.HasPrefix(r.URL.Path, "/orders/") && asked.Add(1)%2 == 0:
			io.WriteString(w, `{"id":"o-1","state":"paid"}`)
		default:
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestAPICheckOfPollsAndTrouble: polls that no rule covers are named although the last one is
// understood, a wrong path is that of the poll, and a 5xx is no reason for a rule.
func TestAPICheckOfPollsAndTrouble(t *testing.T) {
	const file = "purchase: {send: POST /buy, header: {Idempotency-Key: \"{{.Key}}\"}, order: id, means: [{when: {state: paid}, is: confirmed}, {http: 202, is: pending}, {http: 404, is: invalid}]}\n" +
		"poll: {get: \"/orders/{{.Order}}\", every: 1ms}\n"
	for _, tt := range []struct {
		name    string
		file    string
		api     string
		code    int
		want    []string
		notSaid string
	}{
		{"polls without a rule", file, pendingShop(t, 200, `{"id":"o-1","state":"new"}`, 0), 0,
			[]string{`  note        1 of 2 polls not understood, the first was HTTP 200: {"id":"o-1","state":"new"}: without a rule for it in means, such as {http: 2xx, when: {status: PENDING}, is: pending}`, "All was understood"}, "PROBLEM"},
		{"polls with one", strings.Replace(file, "{http: 202, is", "{when: {state: new}, is", 1), pendingShop(t, 200, `{"id":"o-1","state":"new"}`, 0), 0,
			[]string{"confirmed after 2 polls", "All was understood"}, "not understood, "},
		{"the path of the poll", strings.Replace(file, "/orders/", "/order/", 1), pendingShop(t, 404, `{}`, 0), 1,
			[]string{"an HTTP 404 may also say that the path of poll: get: is wrong, which follows"}, "path of send"},
		{"two purchases that end with 500", file, pendingShop(t, 200, `{"id":"o-1","state":"new"}`, 2), 0,
			[]string{"HTTP 500 is temporary and needs no rule: a load sends the request again under its key", "understood  confirmed, order o-1"}, "add one for HTTP 500"},
		{"none but 500", file, pendingShop(t, 200, `{}`, 1000), 1,
			[]string{"PROBLEM: it was not confirmed: the last 3 purchases ended with a 5xx; is the service in order?"}, "add one for HTTP 500"},
	} {
		out, _, code, err := invoke(t, "api", "check", fileWith(t, tt.file), "--api", tt.api, "--refused-quantity", "0")
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q", tt.name, want)
			}
		}
		if code != tt.code || strings.Contains(out, tt.notSaid) {
			t.Errorf("%s: api check ended with %d, %v, want %d, and not %q in\n%s", tt.name, code, err, tt.code, tt.notSaid, out)
		}
	}
}

// TestAPICheckOfATokenThatEnds: a login during the polls is named.
func TestAPICheckOfATokenThatEnds(t *testing.T) {
	api := stepShopAt(t, stepshop.Options{Settle: 300 * time.Millisecond, TokenUses: 6})
	out, _, code, err := invoke(t, "api", "check", fileWith(t, stepFile), "--api", api, "--refused-quantity", "0")
	if code != 0 || !strings.Contains(out, "the token ended during the polls: ") || !strings.Contains(out, "answered with HTTP 401, and the user was logged in anew") {
		t.Errorf("api check ended with %d, %v\n%s", code, err, out)
	}
}
