// Package purchase is the API contract of a purchase service: what is sent to
// POST /purchase, what comes back, and the read-only calls that an audit uses.
// openapi.yaml in this directory states the same for services in other languages.
//
// Money is an integer number of minor units, times are RFC 3339 with
// nanoseconds, and unknown fields in answers are ignored.
package purchase

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// MaxKeyLength is the longest idempotency key a service must take, in characters.
const MaxKeyLength = 255

// Request is a purchase, and the body of POST /purchase. User and product are valid ids, of
// which texts are sent as strings, which services of the contract refuse; the quantity is at
// least 1. The payment method can be 0 for services that are not asked for one; the contract
// wants one. The key is optional; without one every call is another purchase. The zero value
// is not valid.
type Request struct {
	UserID          ID     `json:"user_id"`
	ProductID       ID     `json:"product_id"`
	Quantity        int64  `json:"quantity"`
	PaymentMethodID ID     `json:"payment_method_id"`
	IdempotencyKey  string `json:"idempotency_key,omitempty"`
}

// Validate reports everything that is wrong with r at once, nil when nothing is.
func (r Request) Validate() error {
	var errs []error
	for _, f := range [...]struct {
		name  string
		value ID
		valid bool
	}{
		{"user_id", r.UserID, r.UserID.Valid()}, {"product_id", r.ProductID, r.ProductID.Valid()},
		{"quantity", ID(r.Quantity), r.Quantity >= 1}, {"payment_method_id", r.PaymentMethodID, r.PaymentMethodID == 0 || r.PaymentMethodID.Valid()},
	} {
		if !f.valid {
			errs = append(errs, fmt.Errorf("%s is %d, want an integer of at least 1", f.name, f.value))
		}
	}
	if n := utf8.RuneCountInString(r.IdempotencyKey); n > MaxKeyLength {
		errs = append(errs, fmt.Errorf("idempotency_key has %d characters, want at most %d", n, MaxKeyLength))
	}
	return errors.Join(errs...)
}

// RequestChecker is an Adapter that does not take every purchase.
type RequestChecker interface {
	// Check returns what is wrong with a valid purchase for the service, nil when nothing is.
	Check(r Request) error
}

// Check returns what is wrong with a purchase for a service that a addresses, nil for
// Contract: with any service, or with this one (RequestChecker).
func Check(a Adapter, r Request) (err error) {
	if a == nil {
		a = Contract{}
	}
	defer recovered(a, "Check", &err)
	if err := r.Validate(); err != nil {
		return err
	}
	if c, ok := a.(RequestChecker); ok {
		return c.Check(r)
	}
	return nil
}

// Check implements RequestChecker: a payment method is needed.
func (Contract) Check(r Request) error {
	if r.PaymentMethodID == 0 {
		return errors.New("payment_method_id is 0, want an integer of at least 1")
	}
	return nil
}

// OtherQuantity returns r with another quantity: one more, or one less of the most there is.
func (r Request) OtherQuantity() Request {
	if r.Quantity == math.MaxInt64 {
		r.Quantity--
	} else {
		r.Quantity++
	}
	return r
}

// Body returns r as the JSON that is sent under key.
func (r Request) Body(key string) []byte {
	b := make([]byte, 0, 104+len(key))
	b = r.UserID.AppendJSON(append(b, `{"user_id":`...))
	b = r.ProductID.AppendJSON(append(b, `,"product_id":`...))
	b = strconv.AppendInt(append(b, `,"quantity":`...), r.Quantity, 10)
	b = r.PaymentMethodID.AppendJSON(append(b, `,"payment_method_id":`...))
	if key != "" {
		b = appendString(append(b, `,"idempotency_key":`...), key)
	}
	return append(b, '}')
}

// appendString writes s as encoding/json does.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			if err != nil { // a string always marshals
				panic(err)
			}
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
