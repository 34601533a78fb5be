package purchase_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

func TestParseAnswers(t *testing.T) {
	got, err := purchase.ParseAnswers([]string{"sold_out=no_stock", "http_410=declined", "busy_now=in_progress"})
	want := purchase.Answers{"sold_out": purchase.MeansNoStock, "http_410": purchase.MeansDeclined, "busy_now": purchase.MeansInProgress}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if again, err := purchase.AnswersOf(got.Named()); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("named and read again: %v, %v; want %v", again, err, want)
	}
	if none, err := purchase.ParseAnswers(nil); err != nil || none != nil || none.Named() != nil {
		t.Errorf("of nothing: %v, %v", none, err)
	}
	_, err = purchase.ParseAnswers([]string{"sold_out", "=no_stock", "a=b", "fine=no_stock"})
	for _, text := range []string{`"sold_out": want CODE=MEANING`, `"=no_stock": want CODE=MEANING`, `"a=b": "b" is not a meaning`} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want %q in it", err, text)
		}
	}
}

// TestForeignAnswers: what a purchase comes to, and what is asked again, follows what the
// answers are said to mean.
func TestForeignAnswers(t *testing.T) {
	answers := purchase.Answers{"sold_out": purchase.MeansNoStock, "busy_now": purchase.MeansInProgress, "http_503": purchase.MeansDeclined, "gone_wrong": purchase.MeansUnclear, "already": purchase.MeansConfirmed}
	for _, tt := range []struct {
		name     string
		status   int
		body     string
		meaning  purchase.Meaning
		outcome  purchase.Outcome
		reason   string
		attempts int
	}{
		{"a code of its own", 409, `{"code":"sold_out"}`, purchase.MeansNoStock, purchase.Failed, "sold_out", 1},
		{"in progress", 409, `{"code":"busy_now","order_id":"o1"}`, purchase.MeansInProgress, purchase.OK, "", 3},
		{"a 5xx that refuses is final", 503, `no`, purchase.MeansDeclined, purchase.Failed, "http_503", 1},
		{"a 4xx that settles nothing", 410, `{"code":"gone_wrong"}`, purchase.MeansUnclear, purchase.Unknown, "gone_wrong", 1},
		{"a 4xx that confirms", 409, `{"code":"already","order_id":"o1"}`, purchase.MeansConfirmed, purchase.OK, "", 1},
		{"the contract's code", 409, `{"code":"out_of_stock"}`, purchase.MeansNoStock, purchase.Failed, "out_of_stock", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 3 {
					w.WriteHeader(http.StatusCreated)
					io.WriteString(w, `{"order_id":"o1"}`)
					return
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}))
			defer server.Close()
			endpoint, err := purchase.ParseEndpoint(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			sender, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 4, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute}})
			if err != nil {
				t.Fatal(err)
			}
			defer sender.Close()
			r := purchase.NewClient(endpoint, sender).WithAnswers(answers).Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1})
			first := answers.Read(r.Request, r.Operation.Attempts[0])
			if first.Meaning != tt.meaning || r.Outcome != tt.outcome || r.Reason != tt.reason || len(r.Operation.Attempts) != tt.attempts {
				t.Errorf("%v, %s for %q after %d attempts; want %v, %s for %q after %d", first.Meaning, r.Outcome, r.Reason, len(r.Operation.Attempts), tt.meaning, tt.outcome, tt.reason, tt.attempts)
			}
		})
	}
	cut := retry.Attempt{Sent: true, Status: 409, Class: retry.EOF}
	if got := (purchase.Answers{"eof": purchase.MeansNoStock}).Read(purchase.Request{}, cut); got.Meaning != purchase.MeansUnclear {
		t.Errorf("an answer that broke off means %v, want unclear", got.Meaning)
	}
}

// TestSettledAnswersAreFinal, also with a Retry-After under a policy that heeds it.
func TestSettledAnswersAreFinal(t *testing.T) {
	answers := purchase.Answers{"sold_out": purchase.MeansNoStock, "http_503": purchase.MeansDeclined, "busy_now": purchase.MeansInProgress}
	for _, tt := range []struct {
		status   int
		body     string
		attempts int64
	}{
		{409, `{"code":"sold_out"}`, 1},
		{503, `no`, 1},
		{409, `{"code":"busy_now"}`, 3},
		{429, `too many`, 3},
		{500, `no`, 3},
	} {
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}))
		defer server.Close()
		endpoint, err := purchase.ParseEndpoint(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		sender, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 3, AttemptTimeout: time.Minute, RetryAfter: true}})
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		purchase.NewClient(endpoint, sender).WithAnswers(answers).Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1})
		if asked.Load() != tt.attempts {
			t.Errorf("HTTP %d with %s: %d attempts, want %d", tt.status, tt.body, asked.Load(), tt.attempts)
		}
	}
}
