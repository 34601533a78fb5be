package httpio

import (
	"encoding/json"
	"testing"

	"sagalab/pkg/purchase"
)

// FuzzParseRequest: whatever is accepted is valid, means the same to a plain JSON
// decoder and survives being sent again.
func FuzzParseRequest(f *testing.F) {
	for _, body := range []string{
		string(purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}.Body("k")), `{}`, `{"user_id":1,"user_id":2}`, `{"user_id":1e3}`, `null`, "\xff",
		`{"user_id":1,"product_id":1,"quantity":9223372036854775807,"payment_method_id":1,"x":[{}]}`,
	} {
		f.Add([]byte(body), "k")
		f.Add([]byte(body), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		r, err := ParseRequest(body, []string{header})
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Errorf("ParseRequest(%q, %q) = %+v, which is invalid: %v", body, header, r, err)
		}
		var plain purchase.Request
		if err := json.Unmarshal(body, &plain); err != nil {
			t.Errorf("ParseRequest(%q) = %+v, and it is no JSON: %v", body, r, err)
		}
		if header == "" {
			again, err := ParseRequest(r.Body(r.IdempotencyKey), nil)
			if err != nil || again != r {
				t.Errorf("ParseRequest of what %+v is sent as = %+v, %v", r, again, err)
			}
		}
	})
}

// FuzzParseFixture: whatever is accepted is valid.
func FuzzParseFixture(f *testing.F) {
	for _, sc := range []purchase.Fixture{purchase.Cases(), purchase.Plenty(), {}} {
		body, err := json.Marshal(sc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if sc, err := ParseFixture(body); err == nil && sc.Validate() != nil {
			t.Errorf("ParseFixture(%q) = %+v, which is invalid: %v", body, sc, sc.Validate())
		}
	})
}
