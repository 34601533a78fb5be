package purchase

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sagalab/pkg/retry"
)

// The ends of attempts.
var (
	bought     = retry.Attempt{Sent: true, Status: 201, Body: []byte(`{"order_id":"o1"}`)}
	html       = retry.Attempt{Sent: true, Status: 200, Body: []byte("<html>")}
	soldOut    = retry.Attempt{Sent: true, Status: 409, Body: []byte(`{"code":"out_of_stock"}`)}
	malformed  = retry.Attempt{Sent: true, Status: 400, Body: []byte(`{"code":"malformed"}`)}
	running    = retry.Attempt{Sent: true, Status: 409, Body: []byte(`{"code":"in_progress"}`)}
	reused     = retry.Attempt{Sent: true, Status: 422, Body: []byte(`{"code":"key_reused"}`)}
	conflict   = retry.Attempt{Sent: true, Status: 409}
	tooMany    = retry.Attempt{Sent: true, Status: 429}
	forbidden  = retry.Attempt{Sent: true, Status: 403}
	tooSlow    = retry.Attempt{Sent: true, Status: 408}
	overloaded = retry.Attempt{Sent: true, Status: 503, Body: []byte(`{"code":"overloaded"}`)}
	down       = retry.Attempt{Sent: true, Status: 503}
	timeout    = retry.Attempt{Sent: true, Class: retry.Timeout}
	cut        = retry.Attempt{Sent: true, Status: 201, Class: retry.EOF}
	refused    = retry.Attempt{Class: retry.Refused}
)

func operationOf(ends ...retry.Attempt) retry.Operation {
	o := retry.Operation{Key: "k"}
	for i, a := range ends {
		if a.Key == "" {
			a.Key = "k"
		}
		a.Number = i + 1
		o.Attempts = append(o.Attempts, a)
	}
	return o
}

func TestOutcomes(t *testing.T) {
	otherKey := func(a retry.Attempt) retry.Attempt { a.Key = "k2"; return a }
	for _, tt := range []struct {
		name   string
		ends   []retry.Attempt
		want   Outcome
		reason string
	}{
		{"confirmed", []retry.Attempt{bought}, OK, ""},
		{"confirmed in the end", []retry.Attempt{timeout, running, bought}, OK, ""},
		{"confirmed, and then asked again", []retry.Attempt{bought, timeout}, OK, ""},
		{"2xx without JSON", []retry.Attempt{html}, Unknown, "not_json"},
		{"2xx that broke off", []retry.Attempt{cut}, Unknown, "eof"},
		{"out of stock", []retry.Attempt{soldOut}, Failed, "out_of_stock"},
		{"a timeout, then out of stock", []retry.Attempt{timeout, soldOut}, Failed, "out_of_stock"},
		{"a timeout, then malformed", []retry.Attempt{timeout, malformed}, Failed, "malformed"},
		{"in progress, then out of stock", []retry.Attempt{running, running, soldOut}, Failed, "out_of_stock"},
		{"out of stock, then a 503", []retry.Attempt{soldOut, down}, Failed, "http_503"},
		{"in progress", []retry.Attempt{running}, Unknown, "in_progress"},
		{"in progress to the end", []retry.Attempt{running, running, running}, Unknown, "in_progress"},
		{"too many requests", []retry.Attempt{tooMany}, Failed, "http_429"},
		{"a timeout, then too many requests", []retry.Attempt{timeout, tooMany}, Unknown, "http_429"},
		{"in progress, then too many requests", []retry.Attempt{running, tooMany}, Unknown, "http_429"},
		{"too many requests, then a timeout", []retry.Attempt{tooMany, timeout}, Unknown, "timeout"},
		{"not sent, then forbidden", []retry.Attempt{refused, forbidden}, Failed, "http_403"},
		{"overloaded to the end", []retry.Attempt{overloaded, overloaded, overloaded}, Failed, "overloaded"},
		{"overloaded after a bare 503", []retry.Attempt{down, overloaded}, Unknown, "overloaded"},
		{"a key that was reused", []retry.Attempt{reused}, Failed, "key_reused"},
		{"a timeout, then a key that was reused", []retry.Attempt{timeout, reused}, Unknown, "key_reused"},
		{"a bare conflict", []retry.Attempt{conflict}, Unknown, "http_409"},
		{"the request came too slowly", []retry.Attempt{tooSlow}, Unknown, "http_408"},
		{"a bare 503", []retry.Attempt{down}, Unknown, "http_503"},
		{"never sent", []retry.Attempt{refused, refused}, Failed, "refused"},
		{"a timeout, then not sent", []retry.Attempt{timeout, refused}, Unknown, "refused"},
		{"no attempt", nil, Failed, "not_sent"},
		{"a timeout, then out of stock under another key", []retry.Attempt{timeout, otherKey(soldOut)}, Unknown, "out_of_stock"},
		{"turned away, then out of stock under another key", []retry.Attempt{overloaded, otherKey(soldOut)}, Failed, "out_of_stock"},
		{"a timeout, then confirmed under another key", []retry.Attempt{timeout, otherKey(bought)}, OK, ""},
	} {
		r := resultOf(one, operationOf(tt.ends...), nil)
		if r.Outcome != tt.want || r.Reason != tt.reason {
			t.Errorf("%s: %s, %q; want %s, %q", tt.name, r.Outcome, r.Reason, tt.want, tt.reason)
		}
	}
}

// Whatever the attempts, in any order: an outcome of failed leaves no doubt, one more
// attempt without an answer makes no outcome more certain, and one that was not sent
// or turned away changes none.
func TestOutcomesKeepTheirWord(t *testing.T) {
	ends := []retry.Attempt{bought, html, soldOut, malformed, running, reused, conflict, tooMany, forbidden, tooSlow, overloaded, down, timeout, cut, refused}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 20_000 {
		list := make([]retry.Attempt, 1+rng.IntN(5))
		has := map[Meaning]int{}
		for i := range list {
			list[i] = ends[rng.IntN(len(ends))]
			if rng.IntN(2) == 0 && n%2 == 0 {
				list[i].Key = fmt.Sprint(i)
			}
			has[Answers(nil).meaning(list[i])]++
		}
		got := resultOf(one, operationOf(list...), nil)
		if (got.Outcome == OK) != (has[MeansConfirmed] > 0) || got.Success() != (got.Reason == "") {
			t.Fatalf("%v: %s, reason %q", list, got.Outcome, got.Reason)
		}
		refusals := has[MeansNoStock] + has[MeansInvalid]
		if got.Outcome == Failed && has[MeansUnclear]+has[MeansInProgress] > 0 && refusals == 0 {
			t.Fatalf("%v: failed, though no answer says so", list)
		}
		more := func(a retry.Attempt) Outcome {
			a.Key = got.Operation.Attempts[len(list)-1].Key
			return resultOf(one, operationOf(append(list[:len(list):len(list)], a)...), nil).Outcome
		}
		if lost := more(timeout); lost != got.Outcome && lost != Unknown {
			t.Fatalf("%v: %s, and %s after one more timeout", list, got.Outcome, lost)
		}
		for _, nothing := range []retry.Attempt{refused, tooMany, overloaded} {
			if o := more(nothing); o != got.Outcome {
				t.Fatalf("%v: %s, and %s after one more that did nothing (%v)", list, got.Outcome, o, nothing)
			}
		}
	}
}
