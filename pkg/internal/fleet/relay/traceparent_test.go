package relay

import (
	"context"
	"io"
	"testing"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestTraceparentIsPassedOn to the target of the process that has the fleet.
func TestTraceparentIsPassedOn(t *testing.T) {
	for _, want := range []bool{false, true} {
		r := Request{Version: Version, Fleet: "local", API: "http://127.0.0.1:9", Stage: "light:10x2", Order: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1},
			Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 1}, Traceparent: want}
		var got runner.Target
		err := Serve(t.Context(), encoded(t, r), io.Discard, func(_ context.Context, r Request, _ func(runner.Batch) error) (_ runner.SourceResult, err error) {
			_, got, err = r.Load()
			return runner.SourceResult{}, err
		})
		if err != nil || got.Traceparent != want {
			t.Errorf("the target has %v, want %v; %v", got.Traceparent, want, err)
		}
	}
}
