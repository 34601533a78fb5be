package adapters

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// instant answers at once.
type instant struct{}

var instantHeader = http.Header{"Content-Type": {"application/json"}}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
	}
	body := `{"order_id":"0198c0de-0000-7000-8000-000000000000","status":"CONFIRMED","amount":1000,"user_id":1}`
	return &http.Response{StatusCode: 201, Header: instantHeader, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
}

// contractFile is the contract as a file.
const contractFile = `
purchase:
  send: POST /purchase
  header: {Idempotency-Key: "{{.Key}}"}
  json: '{"user_id":{{.User}},"product_id":{{.Product}},"quantity":{{.Quantity}},"payment_method_id":{{.Method}},"idempotency_key":{{json .Key}}}'
  order: order_id
  amount: amount
  means:
    - {http: 2xx, when: {status: CONFIRMED}, is: confirmed}
    - {http: 409, when: {code: out_of_stock}, is: no_stock}
`

// contractType is the contract as a Go type: what it sends is written, and what is answered is
// read, by hand.
type contractType struct{}

// Request implements purchase.Adapter.
func (contractType) Request(c purchase.Call) (retry.Request, error) {
	return retry.Request{Path: "/purchase", Body: c.Purchase.Body(c.Key)}.WithKey(c.Key), nil
}

// Read implements purchase.Adapter.
func (contractType) Read(_ purchase.Call, a retry.Attempt) purchase.Answer {
	answer := gjson.ParseBytes(a.Body)
	out := purchase.Answer{OrderID: answer.Get("order_id").String(), Amount: answer.Get("amount").Int()}
	switch {
	case a.OK() && answer.Get("status").String() == "CONFIRMED":
		out.Meaning = purchase.MeansConfirmed
	case a.Status == http.StatusConflict && answer.Get("code").String() == "out_of_stock":
		out.Meaning = purchase.MeansNoStock
	}
	return out
}

// marshalledType is contractType with a body by encoding/json.
type marshalledType struct{ contractType }

// Request implements purchase.Adapter.
func (marshalledType) Request(c purchase.Call) (retry.Request, error) {
	body := c.Purchase
	body.IdempotencyKey = c.Key
	r, err := retry.PostJSON("/purchase", body)
	return r.WithKey(c.Key), err
}

// BenchmarkPurchase is what a purchase costs beside its way over the network, by the contract,
// by a Go type and by a file that say the same.
func BenchmarkPurchase(b *testing.B) {
	for _, tt := range []struct {
		name    string
		adapter purchase.Adapter
	}{{"contract", purchase.Contract{}}, {"type", contractType{}}, {"json", marshalledType{}}, {"file", parse(b, contractFile, nil)}} {
		b.Run(tt.name, func(b *testing.B) {
			sender, err := retry.New(retry.Config{Policy: retry.Default(), Base: instant{}, Header: http.Header{"User-Agent": {"sagalab"}}})
			if err != nil {
				b.Fatal(err)
			}
			e, err := purchase.ParseEndpoint("http://127.0.0.1:8000")
			if err != nil {
				b.Fatal(err)
			}
			c := purchase.NewClient(e, sender).WithAdapter(tt.adapter)
			r := purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, IdempotencyKey: "0198c0de-0000-7000-8000-000000000001"}
			b.ReportAllocs()
			for b.Loop() {
				if got := c.Purchase(b.Context(), r); got.Answer.Amount != 1000 {
					b.Fatal(got)
				}
			}
		})
	}
}
