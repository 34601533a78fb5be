package fleet

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/portable"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestPlanHasTheAnswers of a foreign service, by name, and a worker refuses names that it
// does not know.
func TestPlanHasTheAnswers(t *testing.T) {
	answers := purchase.Answers{"sold_out": purchase.MeansNoStock}
	p := plan{API: "http://127.0.0.1:1", Stage: "s:1x1", Partitions: 1, Order: &purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1},
		Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Second}, Answers: answers.Named()}
	text, err := p.encode()
	if err != nil || !strings.Contains(text, `"answers":{"sold_out":"no_stock"}`) {
		t.Fatalf("the plan is %s, %v", text, err)
	}
	worker := WorkerConfig{AllowHosts: []string{"127.0.0.1:1"}}
	read, err := decode[plan](text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := read.sender(0, worker)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	read.Answers["sold_out"] = "empty shelves"
	if _, err := read.sender(0, worker); err == nil || !strings.Contains(err.Error(), "is not a meaning") {
		t.Errorf("a plan with an unknown meaning: %v, want it to be refused", err)
	}
}

// TestPlanHasTheProtocol of a load, which a worker speaks with the secrets of its own environment.
func TestPlanHasTheProtocol(t *testing.T) {
	a, err := portable.Parse("acp", "acp: 2026-04-17\ncurrency: eur\n", map[string]string{"token": "t0ken-0123456789"})
	if err != nil {
		t.Fatal(err)
	}
	p := plan{API: "http://127.0.0.1:1", Stage: "s:1x1", Partitions: 1, Order: &purchase.Request{UserID: 1, ProductID: 1, Quantity: 1},
		Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Second}}
	if err := p.setAdapter(a); err != nil {
		t.Fatal(err)
	}
	text, err := p.encode()
	if err != nil || !strings.Contains(text, `"adapter":"acp: 2026-04-17\ncurrency: eur\n"`) || strings.Contains(text, "t0ken") {
		t.Fatalf("the plan is %s, %v", text, err)
	}
	read, err := decode[plan](text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := read.sender(0, WorkerConfig{AllowHosts: []string{"127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	read.Adapter = "acp: 2026-04-17\ncolour: red\n"
	if _, err := read.sender(0, WorkerConfig{AllowHosts: []string{"127.0.0.1:1"}}); err == nil || !strings.Contains(err.Error(), `the load's adapter: line 2: "colour" is unknown`) {
		t.Errorf("a plan with an unknown setting: %v, want it to be refused", err)
	}
}
