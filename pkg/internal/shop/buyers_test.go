package shop_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// crowd is buyers of 20 users and 4 products. Of twenty purchases one re-uses a key with
// another payload, two are repetitions and one has no key.
type crowd struct{}

func (crowd) Validate() error { return nil }
func (crowd) String() string  { return "a crowd" }

func (crowd) payload(seed uint64, i int) purchase.Request {
	draw := func(what string, n float64) int64 { return 1 + int64(keyed.Fraction(seed, what, fmt.Sprint(i), 0)*n) }
	user := draw("user", 20)
	return purchase.Request{UserID: purchase.ID(user), ProductID: purchase.ID(draw("product", 4)), Quantity: draw("quantity", 3), PaymentMethodID: purchase.ID(user)}
}

func (c crowd) Buy(seed uint64, i int) purchase.Buy {
	b := purchase.Buy{Request: c.payload(seed, i)}
	switch {
	case i >= 50 && i%20 == 5:
		b.SameKeyAs = 1 + i/20%50
	case i >= 50 && i%20 >= 18: // 1 to 50 purchases later: some while the first is under way
		b.SameKeyAs = 1 + i/20%50
		b.Request = c.payload(seed, i-b.SameKeyAs)
	case i%20 == 11:
		b.Keyless = true
	}
	return b
}

// crowdFixture is what a crowd finds: one user and one product do not last.
func crowdFixture() (f purchase.Fixture) {
	for id := int64(1); id <= 20; id++ {
		balance := int64(1_000_000)
		if id == 1 {
			balance = 3_000
		}
		f.Users = append(f.Users, purchase.FixtureUser{UserID: purchase.ID(id), Balance: balance})
	}
	for id := int64(1); id <= 4; id++ {
		stock := int64(1_000_000)
		if id == 2 {
			stock = 40
		}
		f.Products = append(f.Products, purchase.FixtureProduct{ProductID: purchase.ID(id), Price: 100 * id, Stock: stock})
	}
	return f
}

// playBuyers runs a stage of buyers on a fixture, under faults, and returns the run and its
// evidence.
func (s *stand) playBuyers(b purchase.Buyers, fixture purchase.Fixture, requests int, faults fault.Plan) (runs.Run, audit.Evidence) {
	s.t.Helper()
	run, err := s.store.Create("crowd", s.endpoint.String())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := observe.ApplyFixture(s.t.Context(), s.client, run, "crowd", fixture); err != nil {
		s.t.Fatal(err)
	}
	trial := runner.Trial{Load: runner.Load{Stage: load.Stage{Name: "crowd", Requests: requests, VUs: 8}, Buyers: b}, Faults: faults}
	to := runner.Target{Endpoint: s.endpoint, Config: retry.Config{Policy: patient()}, Seed: 7}
	if _, _, err := trial.Run(s.t.Context(), run, to, nil); err != nil {
		s.t.Fatal(err)
	}
	s.rest(nil)
	return run, s.evidence(run, 10*time.Second)
}

// TestAuditOfManyBuyers of the reference service: nothing is wrong, with faults or without,
// and the rules of keys and charges judged keys and orders of several users. A service that
// accepts a key with another payload is found.
func TestAuditOfManyBuyers(t *testing.T) {
	lossy := fault.Plan{Seed: 3, Windows: []fault.Window{
		{Fault: fault.DropReply, To: time.Minute, Probability: .2}, {Fault: fault.Unavailable, To: time.Minute, Probability: .1},
	}}
	for name, tt := range map[string]struct {
		faults  fault.Plan
		defects []defect.Defect
	}{
		"correct": {}, "faults": {faults: lossy}, "reuse accepted": {defects: []defect.Defect{defect.KeyReuseAccepted}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, shop.Config{Defects: tt.defects})
			_, e := s.playBuyers(crowd{}, crowdFixture(), 400, tt.faults)
			checkCrowd(t, e, len(tt.faults.Windows) > 0)
			report := audit.Judge(e, audit.Options{})
			if bad := violated(report); len(tt.defects) > 0 != slices.Contains(bad, "K3") || len(tt.defects) == 0 && len(bad) > 0 {
				t.Errorf("violated: %v\n%s", bad, report)
			}
			for _, rule := range []string{"K1", "K3", "C1", "C3"} {
				if v := report.Verdict(rule); len(tt.defects) == 0 && v.Answer != audit.Holds || v.Judged < 20 && rule != "C1" {
					t.Errorf("%s: %s after %d judged, want it to hold of 20 or more\n%s", rule, v.Answer, v.Judged, report)
				}
			}
		})
	}
}

// checkCrowd: the stage has every ingredient of a crowd as it is recorded.
func checkCrowd(t *testing.T, e audit.Evidence, faulty bool) {
	t.Helper()
	s := e.Stages[0]
	users, reasons, keys := map[int64]bool{}, map[string]int{}, map[string]int{}
	for _, op := range s.Operations {
		users[int64(op.UserID)] = true
		reasons[op.Reason]++
		keys[op.Key]++
	}
	replayed := 0
	for _, a := range s.Attempts {
		if a.Replayed {
			replayed++
		}
	}
	if s.Buyers != "a crowd" || s.Order != nil || len(s.Operations) != 400 || len(users) != 20 {
		t.Errorf("%d operations of %q by %d users (order %v), want 400 of a crowd by 20", len(s.Operations), s.Buyers, len(users), s.Order)
	}
	if keys[""] != 20 || len(keys) > 400-20-17-2*17 || reasons["out_of_stock"] == 0 || reasons["insufficient_balance"] == 0 || replayed < 17 {
		t.Errorf("%d without a key, %d different keys, %d replayed, reasons %v; want 20, at most %d, repetitions, and lacks of stock and money", keys[""], len(keys), replayed, reasons, 400-20-17-2*17)
	}
	if retried := len(s.Attempts) - len(s.Operations); faulty && retried < 50 {
		t.Errorf("%d retries, want those of the faults", retried)
	}
	if len(e.Samples) == 0 || len(e.Samples[0].Users) > 4 || len(e.Samples[0].Products) > 4 {
		t.Errorf("%d samples, want some, each of at most 4 users and 4 products", len(e.Samples))
	}
}

// TestAuditOfAMix under faults, some of whose purchases are asked for again afterwards: nothing
// is wrong, and what the buyers draw is what was bought.
func TestAuditOfAMix(t *testing.T) {
	t.Parallel()
	mix := buyers.Mix{Users: buyers.Range(1, 50), Products: buyers.Zipf(1, 10, 1.1), Quantity: buyers.Range(1, 3), Reuse: .05, Repeat: .05, Keyless: .05}
	s := newStand(t, shop.Config{})
	run, e := s.playBuyers(mix, buyers.Fixture(50, 10), 400, fault.Plan{Seed: 3, Windows: []fault.Window{{Fault: fault.DropReply, To: time.Minute, Probability: .2}}})
	if err := observe.AskAgain(t.Context(), s.client, run, &e, 20, time.Second); err != nil {
		t.Fatal(err)
	}
	report := audit.Judge(e, audit.Options{})
	if bad := violated(report); len(bad) > 0 {
		t.Errorf("violated: %v\n%s", bad, report)
	}
	for _, rule := range []string{"K1", "K3", "K5", "C1", "C2", "C3"} {
		if v := report.Verdict(rule); v.Answer != audit.Holds {
			t.Errorf("%s: %s\n%s", rule, v.Answer, report)
		}
	}
	again, err := buyers.Parse(e.Stages[0].Buyers)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range e.Stages[0].Operations {
		want := again.Buy(7, int(op.Index)).Request
		if got := (purchase.Request{UserID: op.UserID, ProductID: op.ProductID, Quantity: op.Quantity, PaymentMethodID: op.PaymentMethodID}); got != want {
			t.Errorf("operation %d: %s, want %s", op.Index, got, want)
		}
	}
}
