package advise

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// service is a service whose delays and faults a test sets, reached without a connection so that
// the time may be a fake one.
type service struct {
	delay   time.Duration // of a request, × 0.5 to 1.5
	workers int           // how many requests it works on at once, 0 for all
	queue   int           // how many wait before it answers with 503, with workers
	plan    fault.Plan    // unavailable, drop_reply, hang and slow
	burst   time.Duration // of every 300 ms, in which it answers with 503, which no plan has

	began time.Time
	mu    sync.Mutex
	rnd   *rand.Rand
	done  map[string]bool
	slots chan struct{}
	wait  int
}

func (s *service) begin(seed uint64) {
	s.began, s.rnd, s.done, s.wait = time.Now(), rand.New(rand.NewPCG(seed, 3)), map[string]bool{}, 0
	if s.workers > 0 {
		s.slots = make(chan struct{}, s.workers)
	}
}

// draw returns the fault of a request, and how long it takes.
func (s *service) draw(key string) (w fault.Window, takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.began)
	if now%(300*time.Millisecond) < s.burst {
		return fault.Window{Fault: fault.Unavailable}, 0
	}
	for _, open := range s.plan.Windows {
		if now >= open.From && now < open.To && s.rnd.Float64() < open.Probability {
			w = open
			break
		}
	}
	takes = time.Duration(float64(s.delay) * (.5 + s.rnd.Float64()))
	if s.done[key] {
		takes = time.Millisecond
	}
	return w, takes
}

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	io.Copy(io.Discard, r.Body)
	key := r.Header.Get("Idempotency-Key")
	w, takes := s.draw(key)
	switch w.Fault {
	case fault.Unavailable:
		return answer(http.StatusServiceUnavailable, ""), sleep(r.Context(), time.Millisecond)
	case fault.Hang:
		return nil, sleep(r.Context(), time.Hour)
	case fault.Slow:
		takes += w.Delay
	}
	if full, err := s.work(r.Context(), takes); err != nil {
		return nil, err
	} else if full {
		return answer(http.StatusServiceUnavailable, ""), nil
	}
	s.mu.Lock()
	s.done[key] = true
	s.mu.Unlock()
	if w.Fault == fault.DropReply {
		return nil, io.EOF
	}
	return answer(http.StatusCreated, `{"order_id":"o1"}`), nil
}

// work takes a worker for some time, and reports whether too many wait for one.
func (s *service) work(ctx context.Context, takes time.Duration) (full bool, err error) {
	if s.workers == 0 {
		return false, sleep(ctx, takes)
	}
	s.mu.Lock()
	full = s.wait >= s.queue
	if !full {
		s.wait++
	}
	s.mu.Unlock()
	if full {
		return true, sleep(ctx, time.Millisecond)
	}
	defer func() { s.mu.Lock(); s.wait--; s.mu.Unlock() }()
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-s.slots }()
	return false, sleep(ctx, takes)
}

// sleep waits for d, in fake time, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

// record runs a stage of purchases against the service with a policy, in fake time.
func (s *service) record(t *testing.T, stage load.Stage, policy retry.Policy, seed uint64) (out runs.Stage) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s.begin(seed)
		c, err := retry.New(retry.Config{Policy: policy, Connections: 1000, Base: s, Rand: rand.New(rand.NewPCG(seed, 4))})
		if err != nil {
			t.Fatal(err)
		}
		e, err := purchase.ParseEndpoint("http://127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		client := purchase.NewClient(e, c)
		values, err := json.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := json.Marshal(s.plan)
		if err != nil {
			t.Fatal(err)
		}
		out.Info = runs.Info{Stage: stage.Name, State: runs.Complete, Load: stage.String(), RetryPolicy: values, Faults: plan, Started: s.began.Round(0).UTC()}
		_, err = load.Run(t.Context(), stage, seed, func(ctx context.Context, a load.Arrival) purchase.Result {
			return client.Purchase(ctx, purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, IdempotencyKey: keyOf(a.Index)})
		}, func(b load.Batch[purchase.Result]) error {
			for _, x := range b.Samples {
				r := runner.RecordOf(stage.Name, s.began, x)
				out.Operations, out.Attempts = append(out.Operations, r.Operation), append(out.Attempts, r.Attempts...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	return out
}

func keyOf(i int) string { return fmt.Sprintf("purchase-%06d", i) }

// longRecording is a recording of 100000 purchases, with a tenth in temporary failures, which is
// made here since recording it would take minutes.
func (s *service) longRecording(tb testing.TB) *Recording {
	tb.Helper()
	r := &Recording{Stage: "long", Policy: retry.Policy{MaxAttempts: 3, AttemptTimeout: time.Second}, plan: load.Stage{Name: "long", Rate: load.Constant(1000, 100*time.Second)},
		reasons: []string{"", "http_503"}, periods: []period{{}}}
	rnd := newRand(1)
	for i := range 100_000 {
		at := time.Duration(i) * time.Millisecond
		r.arrivals = append(r.arrivals, at)
		x := sample{at: at, latency: time.Duration(float64(s.delay) * (.5 + rnd.Float64())), asked: -1}
		if rnd.Float64() < .1 {
			x.ending, x.status, x.reason = temporary, 503, 1
			r.samples = append(r.samples, x)
			x.at, x.after, x.ending, x.status, x.reason = at+x.latency, 2, confirmed, 201, 0
		}
		r.samples = append(r.samples, x)
	}
	slices.SortStableFunc(r.samples, func(a, b sample) int { return cmp.Compare(a.at, b.at) })
	countInFlight(r.samples)
	return r
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }
