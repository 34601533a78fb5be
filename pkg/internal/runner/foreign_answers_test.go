package runner

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// TestForeignAnswersAreRecorded: a load on a service with codes of its own counts, asks
// again and records by what they are said to mean.
func TestForeignAnswersAreRecorded(t *testing.T) {
	seen := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "0") // which the policy heeds; what settles a purchase is final all the same
		w.WriteHeader(http.StatusConflict)
		if !seen[key] { // one virtual user: one request at a time
			seen[key] = true
			io.WriteString(w, `{"code":"busy_now"}`)
			return
		}
		io.WriteString(w, `{"code":"sold_out"}`)
	}))
	defer server.Close()
	endpoint, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	l := Load{Stage: load.Stage{Name: "foreign", Requests: 4, VUs: 1}, Buyers: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}}
	to := Target{Endpoint: endpoint, Config: retry.Config{Policy: retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute, RetryAfter: true}},
		Adapter: purchase.Contract{Answers: purchase.Answers{"busy_now": purchase.MeansInProgress, "sold_out": purchase.MeansNoStock}}}
	if _, err := l.Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	stages, err := run.Executions(0)
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	stage := stages[0]
	for _, op := range stage.Operations {
		if op.Outcome != purchase.Failed || op.Reason != "sold_out" || op.Attempts != 2 {
			t.Errorf("operation %d: %s for %q after %d attempts, want failed for sold_out after 2", op.Index, op.Outcome, op.Reason, op.Attempts)
		}
	}
	want := map[int64]string{1: "in_progress", 2: "no_stock"}
	for _, a := range stage.Attempts {
		if a.Meaning != want[a.Number] {
			t.Errorf("attempt %d of operation %d means %s, want %s", a.Number, a.Index, a.Meaning, want[a.Number])
		}
	}
	if len(stage.Operations) != 4 || len(stage.Attempts) != 8 {
		t.Errorf("%d operations of %d attempts, want 4 of 8", len(stage.Operations), len(stage.Attempts))
	}
}
