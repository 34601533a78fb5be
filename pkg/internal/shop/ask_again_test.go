package shop_test

import (
	"reflect"
	"testing"
	"time"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/purchase"
)

// TestAskingAgainBuysNothing at the reference service, which answers each key as it did:
// the state stays what it was, and so does the evidence of the stages that follow.
func TestAskingAgainBuysNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t, shop.Config{})
	fixture := purchase.Fixture{Users: []purchase.FixtureUser{{UserID: 1, Balance: 1_000_000}}, Products: []purchase.FixtureProduct{{ProductID: 1, Price: 10, Stock: purchases / 2}}}
	run := s.run(play{seed: 3, fixture: fixture, parts: lossy(3)})
	e := s.evidence(run, 10*time.Second)
	if err := observe.AskAgain(t.Context(), s.client, run, &e, 8, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, x := range e.AskedAgain {
		count[x.Attempt.Meaning]++
	}
	if len(e.AskedAgain) != 8 || count["confirmed"]+count["no_stock"] != 8 || count["confirmed"] == 0 || count["no_stock"] == 0 {
		t.Errorf("asked again: %v, want 8 answers, confirmed and no_stock", count)
	}
	again := s.evidence(run, 10*time.Second)
	if a, b := e.After, again.After; !reflect.DeepEqual(a.Orders, b.Orders) || !reflect.DeepEqual(a.Products, b.Products) || !reflect.DeepEqual(a.Users, b.Users) || !reflect.DeepEqual(a.Ledger, b.Ledger) {
		t.Error("asking again changed the state")
	}
	if len(again.AskedAgain) != 8 {
		t.Errorf("the next audit knows %d purchases that were asked again, want 8", len(again.AskedAgain))
	}
}
