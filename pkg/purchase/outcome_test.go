package purchase

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"sagalab/pkg/retry"
)

// The ends of attempts, all under one key.
var (
	bought     = retry.Attempt{Key: "k", Sent: true, Status: 201, Body: []byte(`{"order_id":"o1"}`)}
	html       = retry.Attempt{Key: "k", Sent: true, Status: 200, Body: []byte("<html>")}
	soldOut    = retry.Attempt{Key: "k", Sent: true, Status: 409, Body: []byte(`{"code":"out_of_stock"}`)}
	malformed  = retry.Attempt{Key: "k", Sent: true, Status: 400, Body: []byte(`{"code":"malformed"}`)}
	running    = retry.Attempt{Key: "k", Sent: true, Status: 409, Body: []byte(`{"code":"in_progress"}`)}
	reused     = retry.Attempt{Key: "k", Sent: true, Status: 422, Body: []byte(`{"code":"key_reused"}`)}
	conflict   = retry.Attempt{Key: "k", Sent: true, Status: 409}
	tooMany    = retry.Attempt{Key: "k", Sent: true, Status: 429}
	forbidden  = retry.Attempt{Key: "k", Sent: true, Status: 403}
	tooSlow    = retry.Attempt{Key: "k", Sent: true, Status: 408}
	overloaded = retry.Attempt{Key: "k", Sent: true, Status: 503, Body: []byte(`{"code":"overloaded"}`)}
	failed     = retry.Attempt{Key: "k", Sent: true, Status: 500}
	down       = retry.Attempt{Key: "k", Sent: true, Status: 503}
	timeout    = retry.Attempt{Key: "k", Sent: true, Class: retry.Timeout}
	cut        = retry.Attempt{Key: "k", Sent: true, Status: 201, Class: retry.EOF}
	refused    = retry.Attempt{Key: "k", Class: retry.Refused}
)

// under returns the end of an attempt under another key, "" for none.
func under(key string, a retry.Attempt) retry.Attempt { a.Key = key; return a }

func operationOf(ends ...retry.Attempt) retry.Operation {
	o := retry.Operation{Key: "k"}
	for i, a := range ends {
		a.Number = i + 1
		o.Attempts = append(o.Attempts, a)
	}
	return o
}

func TestOutcomes(t *testing.T) {
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
		{"a timeout, then out of stock under another key", []retry.Attempt{timeout, under("k2", soldOut)}, Unknown, "out_of_stock"},
		{"turned away, then out of stock under another key", []retry.Attempt{overloaded, under("k2", soldOut)}, Failed, "out_of_stock"},
		{"a timeout, then confirmed under another key", []retry.Attempt{timeout, under("k2", bought)}, OK, ""},
		{"without keys: a 500, then out of stock", []retry.Attempt{under("", failed), under("", soldOut)}, Unknown, "out_of_stock"},
		{"without keys: turned away, then out of stock", []retry.Attempt{under("", overloaded), under("", soldOut)}, Failed, "out_of_stock"},
		{"without keys: out of stock, then confirmed", []retry.Attempt{under("", soldOut), under("", bought)}, OK, ""},
	} {
		r := contractResult(one, operationOf(tt.ends...))
		if r.Outcome != tt.want || r.Reason != tt.reason {
			t.Errorf("%s: %s, %q; want %s, %q", tt.name, r.Outcome, r.Reason, tt.want, tt.reason)
		}
	}
}

// TestOutcomesOfAnyAttempts, in any order, under one key, under a key each and without
// keys: an outcome of failed leaves no attempt in doubt, one more attempt without an answer
// makes no outcome more certain, and one that was not sent or turned away changes none.
func TestOutcomesOfAnyAttempts(t *testing.T) {
	ends := []retry.Attempt{bought, html, soldOut, malformed, running, reused, conflict, tooMany, forbidden, tooSlow, overloaded, failed, down, timeout, cut, refused}
	keys := []func(i int) string{func(int) string { return "k" }, strconv.Itoa, func(int) string { return "" }}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 20_000 {
		key := keys[n%len(keys)]
		list := make([]retry.Attempt, 1+rng.IntN(5))
		for i := range list {
			list[i] = under(key(i), ends[rng.IntN(len(ends))])
		}
		got := contractResult(one, operationOf(list...))
		confirmed := slices.ContainsFunc(list, func(a retry.Attempt) bool { return meaningOfAttempt(a) == MeansConfirmed })
		if (got.Outcome == OK) != confirmed || got.Success() != (got.Reason == "") {
			t.Fatalf("%v: %s, reason %q", list, got.Outcome, got.Reason)
		}
		if !confirmed && (got.Outcome == Failed) != settled(list) {
			t.Fatalf("%v under %q: %s, and failed wants a refusal under each key that is in doubt", list, key(0), got.Outcome)
		}
		more := func(a retry.Attempt) Outcome {
			return contractResult(one, operationOf(append(list[:len(list):len(list)], under(key(len(list)), a))...)).Outcome
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

// settled reports whether each key of attempts, none of which is confirmed, has none in
// doubt or a refusal of its own. An attempt without a key is one of its own.
func settled(attempts []retry.Attempt) bool {
	doubt, refusal := map[string]bool{}, map[string]bool{}
	for i, a := range attempts {
		key := cmp.Or(a.Key, fmt.Sprint("attempt ", i))
		switch m := meaningOfAttempt(a); {
		case m.IsRefusal():
			refusal[key] = true
		case m == MeansUnclear || m == MeansInProgress:
			doubt[key] = true
		}
	}
	for key := range doubt {
		if !refusal[key] {
			return false
		}
	}
	return true
}

// contractResult is the result of a purchase of the contract with these attempts.
func contractResult(r Request, o retry.Operation) Result {
	x := &exchange{client: &Client{adapter: Contract{}, http: redacting}, request: r}
	for _, a := range o.Attempts {
		x.Ended(a)
	}
	return resultOf(r, o, x.answers)
}

// meaningOfAttempt is what an attempt means by the contract.
func meaningOfAttempt(a retry.Attempt) Meaning {
	return contractResult(one, retry.Operation{Attempts: []retry.Attempt{a}}).Answer.Meaning
}

// redacting is a client that sends nothing here.
var redacting = func() *retry.Client {
	c, err := retry.New(retry.Config{Policy: retry.Default()})
	if err != nil {
		panic(err)
	}
	return c
}()
