package httpio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/purchase"
)

// Bodies are read member by member and not into a struct: encoding/json would
// take "Quantity" for "quantity", the last of two quantities for both, and broken
// UTF-8 for the replacement character. With money at stake all of these are
// refused.

// ParseRequest reads the body of POST /purchase with the Idempotency-Key headers
// that came with it. Members that the contract does not know are ignored.
func ParseRequest(body []byte, header []string) (purchase.Request, error) {
	var r purchase.Request
	m, err := members("the body", body)
	if err != nil {
		return r, err
	}
	r.UserID = m.id("user_id")
	r.ProductID = m.id("product_id")
	r.Quantity = m.integer("quantity")
	r.PaymentMethodID = m.id("payment_method_id")
	if raw, given := m.of["idempotency_key"]; given {
		r.IdempotencyKey = m.text("idempotency_key", raw)
	}
	if err := errors.Join(m.errs...); err != nil {
		return r, err
	}
	if r.IdempotencyKey, err = oneKey(r.IdempotencyKey, header); err != nil {
		return r, err
	}
	return r, r.Validate()
}

// oneKey returns the key of a request that may have it in its body and its header.
func oneKey(key string, header []string) (string, error) {
	for _, h := range header {
		switch {
		case h == "":
		case !utf8.ValidString(h):
			return "", errors.New("the header Idempotency-Key is not valid UTF-8")
		case key == "":
			key = h
		case key != h:
			return "", errors.New("two different idempotency keys are given, in the header Idempotency-Key and in idempotency_key or another header: send one")
		}
	}
	return key, nil
}

// ParseFixture reads the body of PUT /lab/scenario. The result is valid.
func ParseFixture(body []byte) (purchase.Fixture, error) {
	f := purchase.Fixture{Users: []purchase.FixtureUser{}, Products: []purchase.FixtureProduct{}}
	m, err := members("the body", body)
	if err != nil {
		return f, err
	}
	m.each("users", func(u *object) {
		f.Users = append(f.Users, purchase.FixtureUser{UserID: u.id("user_id"), Balance: u.integer("balance")})
	})
	m.each("products", func(p *object) {
		f.Products = append(f.Products, purchase.FixtureProduct{
			ProductID: p.id("product_id"), Price: p.integer("price"), Stock: p.integer("stock")})
	})
	if err := errors.Join(m.errs...); err != nil {
		return f, err
	}
	return f, f.Validate()
}

// object is a JSON object being read; errs collects its errors.
type object struct {
	name string
	of   map[string]json.RawMessage
	errs []error
}

// members splits a JSON text that must be one object.
func members(name string, text []byte) (*object, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s is not valid UTF-8", name)
	}
	m := &object{name: name, of: map[string]json.RawMessage{}}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%s is not a JSON object", name)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, notJSON(name, err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, notJSON(name, err)
		}
		member := key.(string) // inside an object Token yields a string or an error
		if _, twice := m.of[member]; twice {
			return nil, fmt.Errorf("%s has %.40q twice", name, member)
		}
		m.of[member] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(name, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s goes on after its JSON object", name)
	}
	return m, nil
}

func notJSON(name string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s is not valid JSON: it ends too early", name)
	}
	return fmt.Errorf("%s is not valid JSON: %w", name, err)
}

func (o *object) fail(format string, args ...any) {
	o.errs = append(o.errs, fmt.Errorf(format, args...))
}

// integer reads a required integer. The caller checks its range.
func (o *object) integer(member string) int64 {
	raw, given := o.of[member]
	if !given {
		o.fail("%s is missing", o.path(member))
		return 1
	}
	var n int64
	if c := raw[0]; c != '-' && (c < '0' || c > '9') || json.Unmarshal(raw, &n) != nil {
		o.fail("%s is %s, want an integer of at most 19 digits", o.path(member), excerpt(raw))
		return 1
	}
	return n
}

// id reads a required integer as an ID, which the caller checks. IDs of this service are
// numbers: those that stand for texts inside are refused.
func (o *object) id(member string) purchase.ID {
	n := o.integer(member)
	if n < math.MinInt64/2 {
		o.fail("%s is %d, want an integer of at least 1", o.path(member), n)
		return 1
	}
	return purchase.ID(n)
}

// text reads a string. It refuses the replacement character, which stands for an
// escape that is half of a surrogate pair: different strings would become equal.
func (o *object) text(member string, raw json.RawMessage) string {
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil || strings.ContainsRune(s, utf8.RuneError) {
		o.fail("%s is %s, want a string of Unicode characters", o.path(member), excerpt(raw))
	}
	return s
}

// each reads a required array of objects.
func (o *object) each(member string, read func(*object)) {
	raw, given := o.of[member]
	var list []json.RawMessage
	if !given || raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		o.fail("%s is missing or no array of objects", o.path(member))
		return
	}
	for i, text := range list {
		item, err := members(fmt.Sprintf("%s[%d]", member, i), text)
		if err != nil {
			o.errs = append(o.errs, err)
			return
		}
		read(item)
		if len(item.errs) > 0 {
			o.errs = append(o.errs, item.errs...)
			return
		}
	}
}

func (o *object) path(member string) string {
	if o.name == "the body" {
		return member
	}
	return o.name + "." + member
}

// excerpt returns the beginning of a value for a message.
func excerpt(raw []byte) string {
	if r := []rune(string(raw)); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return string(raw)
}
