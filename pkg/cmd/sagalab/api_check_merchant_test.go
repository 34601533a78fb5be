package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"sagalab/pkg/internal/testing/merchant"
)

// merchantAt serves a merchant with two agents and returns its address.
func merchantAt(t *testing.T, o merchant.Options) string {
	t.Helper()
	o.Tokens, o.SigningKey, o.FailingItem = []string{"agent-one-0123", "agent-two-0123"}, "s1gn1ng-key-0123", "hiccup"
	t.Setenv("SAGALAB_VAR_token", "agent-one-0123")
	t.Setenv("SAGALAB_VAR_signing_key", "s1gn1ng-key-0123")
	s := httptest.NewServer(merchant.New(o))
	t.Cleanup(s.Close)
	return s.URL
}

// failingItem is a file with the item at which the merchant fails once.
const failingItem = "acp: 2026-04-17\nfailing_item: hiccup\n"

// TestMerchantIsChecked: the table and the exit code of a right merchant, of broken ones, and where not all could be checked.
func TestMerchantIsChecked(t *testing.T) {
	const other = "SAGALAB_VAR_other_token"
	for _, tt := range []struct {
		name    string
		options merchant.Options
		adapter string
		other   string
		code    exitCode
		want    []string
	}{
		{"right", merchant.Options{}, fileWith(t, failingItem), "agent-two-0123", exitGood, []string{
			"6.2  | Trailing zeros in numbers (`1.0` vs `1`) | Yes |\n  holds       equal: 1.0 and 1\n",
			"  not checked kept for 24 hours\n", "33 checks: 32 hold, 0 broken, 0 not done (SHOULD), 0 not checked that could be.\n"}},
		{"broken", merchant.Options{Defect: merchant.CompletesTwice}, fileWith(t, failingItem), "agent-two-0123", exitBad, []string{
			"  BROKEN      two at once: complete\n", "why         one key did it twice: HTTP 200 completed cs_"}},
		{"without a header", merchant.Options{Defect: merchant.NoReplayedHeader}, fileWith(t, failingItem), "agent-two-0123", exitGood, []string{
			"  not done    replay: header\n"}},
		{"one agent", merchant.Options{}, "acp", "", exitUnclear, []string{
			"  not checked scope: identity\n", "set SAGALAB_VAR_other_token", "by the setting failing_item", "2 not checked that could be.\n"}},
		{"broken, and one agent", merchant.Options{Defect: merchant.NumbersAsText}, "acp", "", exitBad, []string{"  BROKEN      equal: 1.0 and 1\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			api := merchantAt(t, tt.options)
			t.Setenv(other, tt.other)
			out, log, code, err := invoke(t, "api", "check", "--adapter", tt.adapter, "--api", api)
			if code != int(tt.code) {
				t.Errorf("it ended with %d, %v; want %d\n%s%s", code, err, tt.code, out, log)
			}
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not printed:\n%s", want, out)
				}
			}
			for _, secret := range []string{"agent-one-0123", "agent-two-0123", "s1gn1ng-key-0123"} {
				if strings.Contains(out+log, secret) {
					t.Errorf("%s is printed", secret)
				}
			}
		})
	}
}

// TestMerchantCheckAsJSON: stdout has one document with each finding.
func TestMerchantCheckAsJSON(t *testing.T) {
	api := merchantAt(t, merchant.Options{Defect: merchant.ConflictStatus})
	out, log, code, err := invoke(t, "api", "check", "acp", "--api", api, "--json")
	if code != int(exitBad) || !gjson.Valid(out) || !strings.Contains(log, "This buys from "+api+" by ACP 2026-04-17") {
		t.Fatalf("it ended with %d, %v\n%s%s", code, err, out, log)
	}
	conflict := gjson.Get(out, `findings.#(name=="conflict: create")`)
	if conflict.Get("verdict").String() != "BROKEN" || conflict.Get("clause.section").String() != "6.4" || !strings.Contains(conflict.Get("came").String(), "HTTP 409 idempotency_conflict") ||
		gjson.Get(out, "broken").Int() < 2 || gjson.Get(out, "holds").Int() < 20 || gjson.Get(out, "findings.#").Int() != 33 {
		t.Errorf("the document is %s", out)
	}
}

// TestMerchantCheckIsRefused: nothing is sent.
func TestMerchantCheckIsRefused(t *testing.T) {
	api := untouched(t)
	for _, tt := range []struct{ args, want string }{
		{"api check --api " + api, "which file?"},
		{"api check shop.yaml --adapter acp --api " + api, "which file, shop.yaml or acp? Give it once"},
		{"api check --adapter acp", "give --api with the address of the service"},
		{"api check --adapter acp --api http://192.0.2.1:8000", "--allow-host"},
		{"api check --adapter acp --quantity 0 --api " + api, "quantity is 0"},
		{"api check --adapter " + fileWith(t, "acp: 2026-04-17\nitems: x\n") + " --api " + api, `shop.yaml: line 2: items is "x", want line_items or items`},
		{"load --adapter " + fileWith(t, "acp:\n") + " --stage s:1x1 --api " + api, "--adapter: shop.yaml: line 1: acp has no value"},
	} {
		if out, log, code, err := invoke(t, strings.Fields(tt.args)...); code != int(exitNotDone) || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s ended with %d, %v; want 3 and %q\n%s%s", tt.args, code, err, tt.want, out, log)
		}
	}
	if out, log, code, err := invoke(t, "api", "check", "acp", "--api", "http://127.0.0.1:1"); code != int(exitNotDone) || err == nil {
		t.Errorf("without a merchant it ended with %d, %v\n%s%s", code, err, out, log)
	}
}

// TestMerchantThatDoesNotSell: where nothing can be bought, nothing was checked.
func TestMerchantThatDoesNotSell(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	defer s.Close()
	out, log, code, err := invoke(t, "api", "check", "acp", "--api", s.URL)
	if code != int(exitNotDone) || err == nil || !strings.Contains(err.Error(), "no checkout could be created, so that nothing can be checked: HTTP 404") {
		t.Errorf("it ended with %d, %v\n%s%s", code, err, out, log)
	}
}

// TestMerchantOutOfReach: it is not said that something is bought before a merchant has answered.
func TestMerchantOutOfReach(t *testing.T) {
	out, log, _, err := invoke(t, "api", "check", "--adapter", "acp", "--api", "http://127.0.0.1:1")
	if err == nil || !strings.Contains(err.Error(), "nothing was bought; start the merchant, or correct --api") {
		t.Errorf("it ended with %v", err)
	}
	if strings.Contains(out+log, "This buys") {
		t.Errorf("it says that it buys: %s%s", out, log)
	}
}
