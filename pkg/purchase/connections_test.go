package purchase_test

import (
	"testing"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestOneConnection: the login, the steps and the polls of a virtual user are sent over the
// connection of its purchases.
func TestOneConnection(t *testing.T) {
	for _, standard := range []bool{false, true} {
		s := stepshop.Start(stepshop.Options{Settle: 30 * time.Millisecond})
		defer s.Close()
		c, err := retry.New(retry.Config{Policy: patientFor(time.Minute), Connections: 1, Standard: standard})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		e, err := purchase.ParseEndpoint(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		client := purchase.NewClient(e, c).WithAdapter(stepshop.Adapter{Times: purchase.PollTimes{First: 10 * time.Millisecond}})
		for range 3 {
			r := order
			r.IdempotencyKey = ""
			if got := client.Purchase(t.Context(), r); got.Outcome != purchase.OK || len(got.Others) == 0 {
				t.Fatalf("%s with %d other requests: %s", got.Outcome, len(got.Others), got.Message())
			}
		}
		from := map[string]int{}
		for _, r := range s.Requests() {
			from[r.Remote]++
		}
		if len(from) != 1 {
			t.Errorf("standard %v: requests came over %d connections, want 1: %v", standard, len(from), from)
		}
	}
}

// patientFor is patient with attempts that may take some time.
func patientFor(timeout time.Duration) retry.Policy {
	p := patient
	p.AttemptTimeout = timeout
	return p
}
