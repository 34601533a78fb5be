package shop_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// stand is a shop on a real socket with what loads and audits it.
type stand struct {
	t        testing.TB
	shop     *shop.Shop
	endpoint purchase.Endpoint
	client   *purchase.Client
	store    runs.Store
}

// newStand opens a shop until the test ends.
func newStand(t testing.TB, c shop.Config) *stand {
	t.Helper()
	c.Lab, c.Logger = true, slog.New(slog.DiscardHandler) // trouble on purpose is no news
	s, err := shop.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- shop.Serve(ctx, ln, s) }()
	endpoint, err := purchase.ParseEndpoint("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client, release, err := observe.NewClient(endpoint, nil, retry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		release()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &stand{t, s, endpoint, client, runs.Store{Dir: t.TempDir()}}
}

// play is one run: a fixture and the stages on it.
type play struct {
	seed    uint64
	fixture purchase.Fixture
	parts   []part
}

// part is one stage of a play.
type part struct {
	load.Stage
	order  purchase.Request
	faults fault.Plan
	policy retry.Policy
	// twice asks every purchase a second time under its key, whatever the answer.
	twice bool
}

// patient retries at once and often, and waits as long as it takes.
func patient() retry.Policy {
	return retry.Policy{
		MaxAttempts: 6, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: 20 * time.Second,
		RetryAfter: true, MaxRetryAfter: 2 * time.Millisecond,
	}
}

// run plays and returns the run, before anything was looked at.
func (s *stand) run(p play) runs.Run {
	s.t.Helper()
	run, err := s.store.Create("play", s.endpoint.String())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := observe.ApplyFixture(s.t.Context(), s.client, run, "play", p.fixture); err != nil {
		s.t.Fatal(err)
	}
	for _, part := range p.parts {
		to := runner.Target{Endpoint: s.endpoint, Config: retry.Config{Policy: part.policy}, Seed: p.seed}
		if part.twice {
			to.Config.Temporary = func(a retry.Attempt) bool { return a.Number < 2 || retry.Temporary(a) }
		}
		if part.order.IdempotencyKey != "" { // a purchase by itself
			if _, err := runner.RunCase(s.t.Context(), run, to, part.Name, part.order); err != nil {
				s.t.Fatal(err)
			}
			continue
		}
		trial := runner.Trial{Load: runner.Load{Stage: part.Stage, Buyers: part.order}, Faults: part.faults}
		if _, _, err := trial.Run(s.t.Context(), run, to, nil); err != nil {
			s.t.Fatal(err)
		}
	}
	return run
}

// look reads everything a few times, one look after the other.
func (s *stand) look(fixture purchase.Fixture, times int) (samples []audit.Sample) {
	s.t.Helper()
	page, err := s.client.Orders(s.t.Context(), "", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	for range times {
		x := audit.Sample{Asked: time.Now()}
		for _, p := range fixture.Products {
			product, err := s.client.Product(s.t.Context(), p.ProductID)
			if err != nil {
				s.t.Fatal(err)
			}
			x.Products = append(x.Products, product)
		}
		for _, o := range page.Orders {
			order, err := s.client.Order(s.t.Context(), o.OrderID)
			if err != nil {
				s.t.Fatal(err)
			}
			x.Orders = append(x.Orders, order)
		}
		x.Answered = time.Now()
		samples = append(samples, x)
	}
	return samples
}

// rest waits until every order has come to its end, but for those in except.
func (s *stand) rest(except map[string]bool) {
	s.t.Helper()
	for s.t.Context().Err() == nil {
		page, err := s.client.Orders(s.t.Context(), "", 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		pending := 0
		for _, o := range page.Orders {
			if !o.Status.Terminal() && !except[o.OrderID] {
				pending++
			}
		}
		if pending == 0 {
			return
		}
	}
	s.t.Fatal("the orders do not come to an end")
}

// evidence reads the state of a service at rest.
func (s *stand) evidence(run runs.Run, bound time.Duration) audit.Evidence {
	s.t.Helper()
	e, err := observe.CollectEvidence(s.t.Context(), s.client, run, bound, true)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// violated lists the rules that a report says are violated.
func violated(r audit.Report) (rules []string) {
	for _, v := range r.Verdicts {
		if v.Answer == audit.Violated {
			rules = append(rules, v.Rule)
		}
	}
	return rules
}
