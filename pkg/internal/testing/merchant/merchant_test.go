package merchant_test

import (
	"context"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/internal/acp"
	"sagalab/pkg/internal/testing/merchant"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// settings name the item that fails once.
const settings = "acp: 2026-04-17\nfailing_item: hiccup\n"

var secrets = map[string]string{"token": "agent-one", "other_token": "agent-two", "signing_key": "s1gn1ng-key"}

// checked returns the report on a merchant that is started for it.
func checked(t *testing.T, o merchant.Options) *acp.Report {
	t.Helper()
	o.Tokens, o.SigningKey, o.FailingItem = []string{"agent-one", "agent-two"}, "s1gn1ng-key", "hiccup"
	server := httptest.NewServer(merchant.New(o))
	defer server.Close()
	text := settings
	if o.Ships {
		text += "fulfillment: fast\n"
	}
	a, err := acp.Parse("acp", text, secrets)
	if err != nil {
		t.Fatal(err)
	}
	e, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Connections: 2, Secrets: a.Secrets()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	report, err := acp.Check(context.Background(), a, e, c, acp.Options{Purchase: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1}, Pairs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// found are the findings that each defect has to break; of others it may break some.
var found = map[merchant.Defect][]string{
	merchant.KeyOptional:       {"key required: create", "key required: update", "key required: complete", "key required: cancel"},
	merchant.KeyOptionalLater:  {"key required: update", "key required: cancel"},
	merchant.KeyStatus:         {"key required: create", "key required: update", "key required: complete", "key required: cancel"},
	merchant.DoesWithoutKey:    {"key required: complete", "key required: cancel"},
	merchant.CutsKeys:          {"key of 255 characters"},
	merchant.FoldsKeys:         {"key: capitals"},
	merchant.TrimsKeys:         {"key: signs"},
	merchant.ScopeWithoutPath:  {"scope: endpoint"},
	merchant.ScopeByRoute:      {"scope: checkout"},
	merchant.ScopeWithoutAgent: {"scope: identity"},
	merchant.ComparesBytes:     {"equal: order of members", "equal: 1.0 and 1", "equal: spaces and escapes"},
	merchant.ComparesOrder:     {"equal: order of members"},
	merchant.NumbersAsText:     {"equal: 1.0 and 1"},
	merchant.NullIsAbsent:      {"different: null"},
	merchant.ArraysAsSets:      {"different: order of an array"},
	merchant.HeadersCount:      {"equal: headers"},
	merchant.IgnoresExtensions: {"different: extension"},
	merchant.ReplayStatus:      {"replay: create"},
	merchant.ReplaysState:      {"replay: create, after complete", "replay: update"},
	merchant.RepeatsUpdates:    {"replay: update"},
	merchant.RepeatsComplete:   {"replay: complete", "replay: one order", "two at once: complete"},
	merchant.NoKeys:            {"replay: create", "replay: complete", "two at once: create", "conflict: create"},
	merchant.IgnoresConflicts:  {"conflict: create", "conflict: complete", "different: null"},
	merchant.ConflictStatus:    {"conflict: create", "conflict: complete"},
	merchant.ConflictReplaces:  {"conflict: create"},
	merchant.CreatesTwice:      {"two at once: create"},
	merchant.CompletesTwice:    {"two at once: complete"},
	merchant.InFlightStatus:    {"two at once: create", "two at once: complete"},
	merchant.InFlightReplay:    {"two at once: create", "two at once: complete"},
	merchant.KeepsErrors:       {"5xx is not kept"},
	merchant.KeepsErrorsMutely: {"5xx is not kept"},
	merchant.OrderPerKey:       {"one order: another key", "one order: two keys at once"},
	merchant.OrderPerKeyAtOnce: {"one order: two keys at once"},
}

// missed are the defects that break a SHOULD.
var missed = map[merchant.Defect]string{merchant.NoReplayedHeader: "replay: header", merchant.NoRetryAfter: "in flight: Retry-After"}

// times is how often each merchant is checked.
const times = 20

// TestRightMerchants: none of 20 runs finds a clause broken, whatever is done with requests in flight.
func TestRightMerchants(t *testing.T) {
	for name, o := range map[string]merchant.Options{"held": {}, "waits": {Waits: true}, "ships": {Ships: true}, "fast": {Fast: true}, "fast, and waits": {Fast: true, Waits: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range times {
				for _, f := range checked(t, o).Findings {
					if f.Verdict != acp.Holds && !f.Free {
						t.Fatalf("%s is %s: %s\n%s: %s", f.Name, f.Verdict, f.Why, f.Sent, f.Came)
					}
				}
			}
		})
	}
}

// TestDefects: each is found in 20 of 20 runs.
func TestDefects(t *testing.T) { testDefects(t, times) }

// TestDefectsOnABusyMachine: and where another goroutine takes all the processor time that it can get.
func TestDefectsOnABusyMachine(t *testing.T) {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case <-ended:
				return
			default:
				runtime.Gosched()
			}
		}
	}()
	testDefects(t, 1)
}

// testDefects checks a merchant with each defect some times.
func testDefects(t *testing.T, times int) {
	t.Run("each", func(t *testing.T) { // which ends after all of its parallel tests
		for _, d := range merchant.All() {
			t.Run(string(d), func(t *testing.T) {
				t.Parallel()
				for range times {
					wantFound(t, d, checked(t, merchant.Options{Defect: d}))
				}
			})
		}
	})
}

// wantFound checks that a report shows a defect.
func wantFound(t *testing.T, d merchant.Defect, r *acp.Report) {
	t.Helper()
	verdicts := map[string]acp.Verdict{}
	var broken []string
	for _, f := range r.Findings {
		if verdicts[f.Name] = f.Verdict; f.Verdict == acp.Broken {
			broken = append(broken, f.Name)
		}
	}
	if name, should := missed[d]; should {
		if verdicts[name] != acp.Missed || len(broken) > 0 {
			t.Fatalf("%s is %s, and %q are broken; want it to be not done alone", name, verdicts[name], broken)
		}
		return
	}
	if len(found[d]) == 0 {
		t.Fatal("the table does not say what it breaks")
	}
	for _, name := range found[d] {
		if !slices.Contains(broken, name) {
			t.Fatalf("%q are broken, want %q among them", broken, name)
		}
	}
}
