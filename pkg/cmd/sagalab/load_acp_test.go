package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sagalab/pkg/internal/testing/merchant"
	"sagalab/pkg/runs"
)

// loadedStage runs load --adapter acp on a merchant and returns the only stage, and what the merchant did.
func loadedStage(t *testing.T, o merchant.Options, args ...string) (runs.Stage, *merchant.Merchant) {
	t.Helper()
	adapter, contents := "acp", "acp: 2026-04-17\n"
	if o.Ships {
		contents += "fulfillment: first\n"
		adapter = fileWith(t, contents)
	}
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	m := merchant.New(o)
	s := httptest.NewServer(m)
	defer s.Close()
	out, log, code, err := invoke(t, append([]string{"load", "--adapter", adapter, "--api", s.URL, "--backoff", "1ms", "--seed", "3", "--audit", "--settle", "10ms", "--require", "none"}, args...)...)
	if code != int(exitGood) || !strings.Contains(out, " 0 violated") {
		t.Fatalf("load ended with %d, %v\n%s%s", code, err, out, log)
	}
	run, err := runs.Store{Dir: os.Getenv("SAGALAB_RUNS")}.Find("last")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := recordedAdapter(run); err != nil || a == nil || a.Name != "ACP 2026-04-17" || a.Contents != contents {
		t.Errorf("the run has the adapter %+v, %v", a, err)
	}
	stages, err := run.Stages()
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	if out, log, code, err := invoke(t, "audit", "last", "--settle", "10ms", "--require", "none"); code != int(exitGood) || !strings.Contains(out, " 0 violated") {
		t.Errorf("audit ended with %d, %v\n%s%s", code, err, out, log)
	}
	return stages[0], m
}

// faultsFile writes a plan of lost replies.
func faultsFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(path, []byte(`{"seed":7,"windows":[{"from":"0s","to":"1h","fault":"drop_reply","probability":0.3}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// outcomes counts the operations of a stage by their outcome.
func outcomes(s runs.Stage) (ok, failed, unknown int) {
	for _, o := range s.Operations {
		switch {
		case o.Success:
			ok++
		case o.Outcome == "unknown":
			unknown++
		default:
			failed++
		}
	}
	return ok, failed, unknown
}

// TestLoadACPWithLostReplies: steps are asked for again under their keys, so that no checkout has two orders and no purchase
// that was confirmed lacks one.
func TestLoadACPWithLostReplies(t *testing.T) {
	s, m := loadedStage(t, merchant.Options{}, "--stage", "s:60x6", "--faults", faultsFile(t), "--attempts", "6")
	ok, failed, unknown := outcomes(s)
	orders, named, lost := map[string]bool{}, 0, 0
	for _, o := range m.Orders() {
		if orders[o.Checkout] {
			t.Errorf("the checkout %s has two orders", o.Checkout)
		}
		orders[o.Checkout] = true
	}
	for _, o := range s.Operations {
		if o.OrderID != "" {
			named++
		}
	}
	for _, a := range s.Attempts {
		if a.Step != "create" && a.Step != "complete" {
			t.Errorf("an attempt has the step %q", a.Step)
		}
		if a.Class != "" {
			lost++
		}
	}
	if ok < 40 || named != ok || lost == 0 || failed != 0 || len(orders) < ok || len(orders) > ok+unknown || m.Checkouts() > 60 {
		t.Errorf("%d ok (%d named), %d failed, %d unknown, %d replies lost; the merchant has %d orders of %d checkouts", ok, named, failed, unknown, lost, len(orders), m.Checkouts())
	}
}

// TestLoadACPThatEndsLater: a checkout that is still being completed is read until it has ended.
func TestLoadACPThatEndsLater(t *testing.T) {
	s, m := loadedStage(t, merchant.Options{Slow: 2}, "--stage", "s:6x6")
	if ok, failed, unknown := outcomes(s); ok != 6 || failed+unknown != 0 || len(m.Orders()) != 6 {
		t.Errorf("%d ok, %d failed, %d unknown; the merchant has %d orders", ok, failed, unknown, len(m.Orders()))
	}
	for _, o := range s.Operations {
		if o.Polls != 2 || o.AcceptedMS <= 0 || o.Steps != 2 {
			t.Errorf("a purchase has %d polls, was accepted after %v ms, in %d steps", o.Polls, o.AcceptedMS, o.Steps)
		}
	}
}

// TestLoadACPThatShips: the fulfillment option is chosen in a step of its own.
func TestLoadACPThatShips(t *testing.T) {
	s, m := loadedStage(t, merchant.Options{Ships: true}, "--stage", "s:12x3", "--faults", faultsFile(t), "--attempts", "8")
	ok, failed, unknown := outcomes(s)
	if failed != 0 || ok < 6 || len(m.Orders()) < ok || len(m.Orders()) > ok+unknown || s.Operations[0].Steps == 0 {
		t.Errorf("%d ok, %d failed, %d unknown; the merchant has %d orders", ok, failed, unknown, len(m.Orders()))
	}
}

// TestLoadACPRefused: what the merchant says of stock and payment.
func TestLoadACPRefused(t *testing.T) {
	s, m := loadedStage(t, merchant.Options{Stock: map[string]int64{"1": 5}}, "--stage", "s:20x4", "--product", "1")
	if ok, failed, _ := outcomes(s); ok != 5 || failed != 15 || len(m.Orders()) != 5 {
		t.Errorf("of 5 in stock %d were sold, %d refused; the merchant has %d orders", ok, failed, len(m.Orders()))
	}
	t.Setenv("SAGALAB_VAR_payment_token", "spt_declined_0123")
	s, m = loadedStage(t, merchant.Options{DeclinedToken: "spt_declined_0123"}, "--stage", "s:3x1")
	if ok, failed, _ := outcomes(s); ok != 0 || failed != 3 || s.Operations[0].Reason != "payment_declined" || len(m.Orders()) != 0 {
		t.Errorf("a declined payment: %d ok, %d failed, %+v", ok, failed, s.Operations[0])
	}
}

// TestSecretsOfACPAreNowhere: the merchant repeats the token of the agent and of the payment in its answers.
func TestSecretsOfACPAreNowhere(t *testing.T) {
	const agent, payment = "ag3nt-t0ken-0123456789", "spt-s3cr3t-9876543210"
	t.Setenv("SAGALAB_VAR_token", agent)
	t.Setenv("SAGALAB_VAR_payment_token", payment)
	m := merchant.New(merchant.Options{Tokens: []string{agent}})
	var posts atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && posts.Add(1)%3 == 0 {
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"type": "invalid_request", "code": agent, "message": r.Header.Get("Authorization") + string(body)})
			return
		}
		m.ServeHTTP(w, r)
	}))
	defer server.Close()
	for name, text := range everything(t, "--api", server.URL, "--stage", "s:30x3", "--adapter", "acp") {
		for _, secret := range []string{agent, payment} {
			if strings.Contains(text, secret) || strings.Contains(text, secret[:14]) {
				t.Errorf("%s has a secret in it:\n%s", name, text)
			}
		}
	}
}
