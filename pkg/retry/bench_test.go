package retry

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// instant answers at once, as net/http would but for the network: it makes a
// context of its own, looks for a trace, and reads the body.
type instant struct{}

var instantHeader = http.Header{"Content-Type": {"application/json"}}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	_, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
	}
	body := `{"order_id":"0198c0de-0000-7000-8000-000000000000","status":"CONFIRMED"}`
	return &http.Response{StatusCode: 201, Header: instantHeader, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
}

// BenchmarkBudgetState is what a simulation pays for an operation whose first attempt fails.
func BenchmarkBudgetState(b *testing.B) {
	for _, name := range []string{"original", "aws-since", "grpc", "finagle", "sre-book"} {
		b.Run(name, func(b *testing.B) {
			p, err := Named(name)
			if err != nil {
				b.Fatal(err)
			}
			s := p.Budget.State()
			var now time.Duration
			b.ReportAllocs()
			for b.Loop() {
				now += time.Millisecond
				s.Begin(now)
				s.Failed()
				s.Take(now, Transient)
				s.Succeeded(2, Transient)
			}
		})
	}
}

// BenchmarkPost is what an operation costs beside its way over the network.
func BenchmarkPost(b *testing.B) {
	c, err := New(Config{Policy: Default(), Base: instant{}, Header: http.Header{"User-Agent": {"sagalab"}}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	body := []byte(`{"user_id":1,"product_id":1,"quantity":1,"payment_method_id":1}`)
	b.ReportAllocs()
	for b.Loop() {
		if o := c.Post(ctx, "http://127.0.0.1:8000/purchase", "k", func(string) []byte { return body }); o.Err != nil {
			b.Fatal(o.Err)
		}
	}
}
