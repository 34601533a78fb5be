package purchase_test

import (
	"testing"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestWithPollTimes: a purchase that never settles is asked after at the client's times, not at
// those of its adapter, of which the first would be after it is given up.
func TestWithPollTimes(t *testing.T) {
	shop := stepshop.Start(stepshop.Options{Settle: time.Millisecond, Defect: stepshop.NeverSettles})
	t.Cleanup(shop.Close)
	endpoint, err := purchase.ParseEndpoint(shop.URL())
	if err != nil {
		t.Fatal(err)
	}
	sender, err := retry.New(retry.Config{Policy: retry.Default()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	adapter := stepshop.Adapter{Times: purchase.PollTimes{First: time.Minute, Most: time.Minute, For: time.Minute}}
	client := purchase.NewClient(endpoint, sender).WithAdapter(adapter).WithPollTimes(purchase.PollTimes{First: time.Millisecond, Most: time.Millisecond, For: 50 * time.Millisecond})
	r := client.Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1})
	polls := 0
	for _, o := range r.Others {
		if o.Kind == purchase.PollRequest {
			polls++
		}
	}
	if r.Outcome != purchase.Unknown || polls == 0 {
		t.Errorf("outcome %s after %d polls", r.Outcome, polls)
	}
}
