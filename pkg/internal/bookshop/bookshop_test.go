package bookshop_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/bookshop"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

var anna, ben = purchase.TextID("anna"), purchase.TextID("ben")
var moby, walden = purchase.TextID("moby-dick"), purchase.TextID("walden")

// fixture has few copies of one book and little money of one customer.
var fixture = purchase.Fixture{
	Users:    []purchase.FixtureUser{{UserID: anna, Balance: 100_000_000}, {UserID: ben, Balance: 5_000}},
	Products: []purchase.FixtureProduct{{ProductID: moby, Price: 2490, Stock: 150}, {ProductID: walden, Price: 1200, Stock: 100_000}},
}

// buyers are annas, of whom every fifth is a ben, and every second wants moby-dick.
type buyers struct{}

func (buyers) Validate() error { return nil }
func (buyers) String() string  { return "anna and ben" }
func (buyers) Buy(_ uint64, i int) purchase.Buy {
	r := purchase.Request{UserID: anna, ProductID: moby, Quantity: 1, PaymentMethodID: 1}
	if i%5 == 0 {
		r.UserID = ben
	}
	if i%2 == 0 {
		r.ProductID = walden
	}
	return purchase.Buy{Request: r}
}

// judge sends a load to a shop below path and audits it.
func judge(t *testing.T, path string) audit.Report {
	t.Helper()
	server := httptest.NewServer(bookshop.New())
	defer server.Close()
	e, err := purchase.ParseEndpoint(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Store{Dir: t.TempDir()}.Create("test", e.String())
	if err != nil {
		t.Fatal(err)
	}
	c, release, err := observe.NewClient(e, Bookshop{}, retry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if applied, err := observe.ApplyFixture(t.Context(), c, run, "books", fixture); err != nil || !applied {
		t.Fatalf("the fixture was applied: %v, %v", applied, err)
	}
	what := runner.Load{Stage: load.Stage{Name: "heavy", Requests: 500, VUs: 20}, Buyers: buyers{}}
	to := runner.Target{Endpoint: e, Adapter: Bookshop{}, Config: retry.Config{Policy: retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(10 * time.Millisecond), AttemptTimeout: time.Minute}}}
	if _, _, err := (runner.Trial{Load: what}).Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	evidence, err := observe.CollectEvidence(t.Context(), c, run, audit.DefaultSettle, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := observe.AskAgain(t.Context(), c, run, &evidence, 20, audit.DefaultSettle); err != nil {
		t.Fatal(err)
	}
	return audit.Judge(evidence, audit.Options{})
}

// TestCarefulShopHolds: what can be read of it is judged, and nothing is violated.
func TestCarefulShopHolds(t *testing.T) {
	report := judge(t, "")
	holds := map[string]bool{}
	for _, v := range report.Verdicts {
		holds[v.Rule] = v.Answer == audit.Holds
		if v.Answer == audit.Violated {
			t.Errorf("%s is violated", v.Rule)
		}
	}
	for _, rule := range []string{"S1", "S2", "B1", "C1", "C2", "C3", "C4", "C5", "C6", "C8", "K4", "K5"} {
		if !holds[rule] {
			t.Errorf("%s does not hold", rule)
		}
	}
	if t.Failed() {
		t.Log(report)
	}
}

// TestCarelessShopIsFound by the rule that names the cause: stock that is not what was sold.
func TestCarelessShopIsFound(t *testing.T) {
	report := judge(t, "/careless")
	violated := report.Violated()
	if len(violated) == 0 || violated[0].Rule != "C1" {
		t.Errorf("want C1 first\n%v", report)
	}
}
