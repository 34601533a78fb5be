package shop

import (
	"encoding/json"
	"testing"

	"sagalab/pkg/purchase"
)

// FuzzParseRequest: whatever is accepted is valid, means the same to a plain JSON
// decoder and survives being sent again.
func FuzzParseRequest(f *testing.F) {
	for _, body := range []string{
		string(plain(1, 1, 1, "k").Body("k")), `{}`, `{"user_id":1,"user_id":2}`, `{"user_id":1e3}`, `null`, "\xff",
		`{"user_id":1,"product_id":1,"quantity":9223372036854775807,"payment_method_id":1,"x":[{}]}`,
	} {
		f.Add([]byte(body), "k")
		f.Add([]byte(body), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		r, err := parseRequest(body, []string{header})
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Errorf("parseRequest(%q, %q) = %+v, which is invalid: %v", body, header, r, err)
		}
		var plain purchase.Request
		if err := json.Unmarshal(body, &plain); err != nil {
			t.Errorf("parseRequest(%q) = %+v, and it is no JSON: %v", body, r, err)
		}
		if header == "" {
			again, err := parseRequest(r.Body(r.IdempotencyKey), nil)
			if err != nil || again != r {
				t.Errorf("parseRequest of what %+v is sent as = %+v, %v", r, again, err)
			}
		}
	})
}

// FuzzParseScene: whatever is accepted is valid.
func FuzzParseScene(f *testing.F) {
	for _, sc := range []purchase.Scene{purchase.Cases(), purchase.Plenty(), {}} {
		body, err := json.Marshal(sc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if sc, err := parseScene(body); err == nil && sc.Validate() != nil {
			t.Errorf("parseScene(%q) = %+v, which is invalid: %v", body, sc, sc.Validate())
		}
	})
}
