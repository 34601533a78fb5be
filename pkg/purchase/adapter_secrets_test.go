package purchase

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sagalab/pkg/retry"
)

// keyInQuery is an Adapter of a service that wants a secret in each address, and breaks in
// the way that its field says.
type keyInQuery struct{ panics bool }

const secretInQuery = "s3cr3t-T0ken/9A+z"

// path returns an address with the secret, escaped.
func (keyInQuery) path(of string) string { return of + "?key=" + PathSegment(secretInQuery) }

func (k keyInQuery) Request(Call) (retry.Request, error) {
	return retry.Request{Path: k.path("/buy")}, nil
}
func (keyInQuery) Read(Call, retry.Attempt) Answer { return Answer{Meaning: MeansConfirmed} }
func (k keyInQuery) Health() retry.Request {
	if k.panics {
		panic("no health with " + secretInQuery)
	}
	return retry.Get(k.path("/health"))
}
func (k keyInQuery) Order(s Service, id string) (Order, error) {
	if k.panics {
		panic("no order with " + secretInQuery)
	}
	_, err := s.JSON(k.path("/orders/" + id))
	return Order{}, err
}
func (k keyInQuery) Orders(s Service) ([]Order, error) {
	_, err := s.Get(k.path("/orders"))
	return nil, err
}

// withSecret returns a client whose records have no secretInQuery.
func withSecret(t *testing.T, a Adapter, h http.HandlerFunc) *Client {
	t.Helper()
	c := at(t, h).WithAdapter(a)
	var err error
	if c.http, err = c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Secrets: []string{secretInQuery}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestErrorsOfReadsHaveNoSecrets: they are recorded with an audit, and printed.
func TestErrorsOfReadsHaveNoSecrets(t *testing.T) {
	notFound := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such page", http.StatusNotFound) }
	for _, a := range []Adapter{keyInQuery{}, keyInQuery{panics: true}} {
		c := withSecret(t, a, notFound)
		_, order := c.Order(t.Context(), "o")
		_, orders := c.Orders(t.Context(), "", 10)
		_, health := c.Health(t.Context())
		var told error
		reached := c.Reachable(t.Context(), Connectivity{Attempts: 1, Timeout: time.Minute, Pause: time.Millisecond}, func(_ int, err error) { told = err })
		if told == nil {
			told = reached
		}
		for what, err := range map[string]error{"order": order, "orders": orders, "health": health, "reachable": reached, "told": told} {
			if err == nil || strings.Contains(err.Error(), secretInQuery) || strings.Contains(err.Error(), PathSegment(secretInQuery)) || !strings.Contains(err.Error(), "[secret]") {
				t.Errorf("%s: %v", what, err)
			}
		}
		var status StatusError
		if !errors.As(orders, &status) || status != http.StatusNotFound {
			t.Errorf("the status of %v is lost", orders)
		}
		var down *UnreachableError
		if k, _ := a.(keyInQuery); !errors.As(reached, &down) && !k.panics {
			t.Errorf("%v is no UnreachableError", reached)
		}
	}
}

// answering is an Adapter whose Read returns the same for each answer.
type answering struct {
	keyInQuery
	answer Answer
}

func (a answering) Read(Call, retry.Attempt) Answer { return a.answer }

// TestWhatAnAdapterReadIsFitToBeRecorded: columns are UTF-8 and bounded, ids are whole or
// missing, and a meaning that does not exist is none.
func TestWhatAnAdapterReadIsFitToBeRecorded(t *testing.T) {
	long := strings.Repeat("x", MaxReason-3) + secretInQuery
	for name, tt := range map[string]struct{ read, want Answer }{
		"a secret at the edge":  {Answer{Meaning: MeansDeclined, Reason: long}, Answer{Meaning: MeansDeclined, Reason: strings.Repeat("x", MaxReason-3) + "[se"}},
		"a character at an end": {Answer{Meaning: MeansDeclined, Reason: strings.Repeat("x", MaxReason-1) + "é"}, Answer{Meaning: MeansDeclined, Reason: strings.Repeat("x", MaxReason-1)}},
		"no UTF-8":              {Answer{Meaning: MeansConfirmed, OrderID: "o\xff"}, Answer{Meaning: MeansConfirmed, OrderID: "o�"}},
		"a long id":             {Answer{Meaning: MeansConfirmed, OrderID: strings.Repeat("o", MaxOrderID)}, Answer{Meaning: MeansConfirmed, OrderID: strings.Repeat("o", MaxOrderID)}},
		"an id that is longer":  {Answer{Meaning: MeansConfirmed, OrderID: strings.Repeat("o", MaxOrderID+1)}, Answer{Meaning: MeansConfirmed}},
		"no meaning":            {Answer{Meaning: 200}, Answer{Reason: "http_400"}},
		"a long difference":     {Answer{Meaning: MeansConfirmed, Differs: strings.Repeat("d", MaxMessage+1)}, Answer{Meaning: MeansConfirmed, Differs: strings.Repeat("d", MaxMessage-len("…")) + "…"}},
	} {
		c := withSecret(t, answering{answer: tt.read}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
		got := c.Purchase(t.Context(), one).Answer
		if got != tt.want || !utf8.ValidString(fmt.Sprint(got)) {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// nameless is an Adapter whose name cannot be made.
type nameless struct{ keyInQuery }

func (*nameless) String() string { panic("no name") }

// TestNameOf an adapter whose String panics, such as of a nil pointer, is its type.
func TestNameOf(t *testing.T) {
	if name := NameOf(&nameless{}); name != "*purchase.nameless" {
		t.Errorf("the name is %q", name)
	}
}
