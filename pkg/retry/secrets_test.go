package retry

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestSecrets: nil and joined secrets remove what they have, from texts, errors and attempts.
func TestSecrets(t *testing.T) {
	var none *Secrets
	one, other := NewSecrets("first-Q7x-token"), NewSecrets("another+4kk9-one")
	cause := errors.New("no")
	for _, tt := range []struct {
		name    string
		secrets *Secrets
		left    string
	}{
		{"none", none, "first-Q7x-token another+4kk9-one"},
		{"no values", NewSecrets(), "first-Q7x-token another+4kk9-one"},
		{"none with none", none.With(), "first-Q7x-token another+4kk9-one"},
		{"none with one", none.With("first-Q7x-token"), "[secret] another+4kk9-one"},
		{"none and one", none.And(one), "[secret] another+4kk9-one"},
		{"one and none", one.And(none), "[secret] another+4kk9-one"},
		{"one and another", one.And(other), "[secret] [secret]"},
		{"one with another", one.With("another+4kk9-one"), "[secret] [secret]"},
		{"one as it was", one, "[secret] another+4kk9-one"},
	} {
		const text = "first-Q7x-token another+4kk9-one"
		a := Attempt{Body: []byte(text), Type: "text/" + text, Err: fmt.Errorf("%s: %w", text, cause), Header: http.Header{"X": {text}}}
		err := a.Err
		tt.secrets.RedactAttempt(&a)
		if got := tt.secrets.Redact(text); got != tt.left || string(a.Body) != tt.left || a.Type != "text/"+tt.left || a.Err.Error() != tt.left+": no" {
			t.Errorf("%s: %q, %q, %q, %v are left, want %q", tt.name, got, a.Body, a.Type, a.Err, tt.left)
		}
		if !errors.Is(a.Err, cause) || tt.secrets.RedactError(nil) != nil || a.Header.Get("X") != text {
			t.Errorf("%s: the error %v does not wrap its cause, or the header %v changed", tt.name, a.Err, a.Header)
		}
		if clean := tt.secrets.RedactError(cause); clean != cause || (tt.left == text) != (a.Err == err) {
			t.Errorf("%s: an error without secrets is another one", tt.name)
		}
	}
}

// TestOnceIsOneAttempt: a client for polls makes one attempt with the headers and secrets of the
// client that it comes from.
func TestOnceIsOneAttempt(t *testing.T) {
	base := &echoBase{}
	c, err := New(Config{Policy: Default(), Base: base, Header: http.Header{"Authorization": {"Bearer of-the-client"}}})
	if err != nil {
		t.Fatal(err)
	}
	once, err := c.Once()
	if err != nil {
		t.Fatal(err)
	}
	r := Get("/x").With("X-Auth-Token", "of-the-user/1")
	r.Secrets = NewSecrets("of-the-user/1")
	o := once.Send(t.Context(), "http://127.0.0.1:1", r)
	if len(o.Attempts) != 1 || base.asked != 1 {
		t.Fatalf("%d attempts, %d sent, want 1", len(o.Attempts), base.asked)
	}
	if last := o.Last(); last.Err == nil || strings.Contains(last.Err.Error(), "of-the-") || !errors.Is(last.Err, errEcho) {
		t.Errorf("the error is %v, want it without the secrets that it echoes", last.Err)
	}
}

// echoBase fails with an error that has the credentials that it got.
type echoBase struct{ asked int }

var errEcho = errors.New("no route")

func (e *echoBase) RoundTrip(r *http.Request) (*http.Response, error) {
	e.asked++
	return nil, fmt.Errorf("%w for %s and %s", errEcho, r.Header.Get("Authorization"), url.QueryEscape(r.Header.Get("X-Auth-Token")))
}
