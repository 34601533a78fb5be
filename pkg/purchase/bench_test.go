package purchase

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"sagalab/pkg/retry"
)

// BenchmarkJudge is what it costs to say what an answer means.
func BenchmarkJudge(b *testing.B) {
	o := retry.Operation{Key: "k", Attempts: []retry.Attempt{{Number: 1, Key: "k", Sent: true, Status: 201,
		Body: []byte(`{"order_id":"0198c0de-0000-7000-8000-000000000000","status":"CONFIRMED","amount":1000,"user_id":1}`)}}}
	b.ReportAllocs()
	for b.Loop() {
		r := contractResult(Request{1, 1, 1, 1, ""}, o)
		if !r.Success() || r.Message() == "" || r.Answer.Amount != 1000 {
			b.Fatal(r)
		}
	}
}

// BenchmarkBody is what it costs to write a request.
func BenchmarkBody(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Request{1, 1, 1, 1, ""}.Body("0198c0de-0000-7000-8000-000000000000")
	}
}

// instant answers at once, as net/http would but for the network: it makes a context of its
// own and reads the body.
type instant struct{}

var instantHeader = http.Header{"Content-Type": {"application/json"}}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	_, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
	}
	body := `{"order_id":"0198c0de-0000-7000-8000-000000000000","status":"CONFIRMED","amount":1000,"user_id":1}`
	return &http.Response{StatusCode: 201, Header: instantHeader, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
}

// BenchmarkPurchase is what a purchase of the contract costs beside its way over the network.
func BenchmarkPurchase(b *testing.B) {
	sender, err := retry.New(retry.Config{Policy: retry.Default(), Base: instant{}, Header: http.Header{"User-Agent": {"sagalab"}}})
	if err != nil {
		b.Fatal(err)
	}
	e, err := ParseEndpoint("http://127.0.0.1:8000")
	if err != nil {
		b.Fatal(err)
	}
	c := NewClient(e, sender)
	r := Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, IdempotencyKey: "0198c0de-0000-7000-8000-000000000001"}
	b.ReportAllocs()
	for b.Loop() {
		if got := c.Purchase(b.Context(), r); got.Answer.Amount != 1000 {
			b.Fatal(got)
		}
	}
}
