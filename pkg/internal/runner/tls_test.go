package runner

import (
	"net/http"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/testing/tlstest"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestTrialOverTLS puts load on a service that wants a client certificate, with faults
// to requests, with faults to connections, and without any.
func TestTrialOverTLS(t *testing.T) {
	for name, plan := range map[string]fault.Plan{
		"no faults":    {},
		"lost replies": {Seed: 7, Windows: []fault.Window{{To: time.Hour, Fault: fault.DropReply, Probability: .3}}},
		"cut replies":  {Seed: 7, Windows: []fault.Window{{To: time.Hour, Fault: fault.WireReplyCut, Probability: 1, Bytes: 1000}}},
	} {
		t.Run(name, func(t *testing.T) {
			service := &idempotentService{orders: map[string]bool{}}
			address, files := tlstest.Serve(t, service)
			config, err := retry.TLSFiles{CACert: files.CACert, Cert: files.Cert, Key: files.Key}.Config()
			if err != nil {
				t.Fatal(err)
			}
			run, to, _ := setup(t, http.NotFound)
			if to.Endpoint, err = purchase.ParseEndpoint(address); err != nil {
				t.Fatal(err)
			}
			to.Config.TLS, to.Config.Policy.MaxAttempts, to.Seed = config, 20, 3
			trial := Trial{Load: Load{Stage: load.Stage{Name: "s", Requests: 40, VUs: 4}, Buyers: order}, Faults: plan}
			if _, _, err := trial.Run(t.Context(), run, to, nil); err != nil {
				t.Fatal(err)
			}
			s := recorded(t, run)
			for _, o := range s.Operations {
				if o.Status != http.StatusOK || o.Reason != "" {
					t.Errorf("an operation ended with status %d, reason %q; want every one bought", o.Status, o.Reason)
				}
			}
			if len(s.Operations) != 40 || len(service.orders) != 40 {
				t.Errorf("%d operations recorded, %d orders made; want 40 of each", len(s.Operations), len(service.orders))
			}
			for _, w := range s.FaultWindows {
				if !w.Tested() {
					t.Errorf("window %+v was not tested over https", w)
				}
			}
		})
	}
}
