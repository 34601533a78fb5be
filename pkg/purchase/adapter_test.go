package purchase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"sagalab/pkg/retry"
)

// tickets is an Adapter of a service that answers 200 whatever happens: {"result": …}.
type tickets struct{ requests *[]Call }

func (t tickets) Request(c Call) (retry.Request, error) {
	*t.requests = append(*t.requests, c)
	if c.Purchase.Quantity == 13 {
		return retry.Request{}, errors.New("no 13 tickets")
	}
	if c.Purchase.Quantity == 14 {
		panic("fourteen")
	}
	return retry.PostForm("/buy", map[string][]string{"n": {fmt.Sprint(c.Purchase.Quantity)}}).With("X-Ref", c.Key), nil
}

func (tickets) Read(c Call, a retry.Attempt) Answer {
	var v gjson.Result
	if len(a.Body) > 0 {
		v = gjson.GetBytes(a.Body, "result")
	}
	switch v.String() {
	case "sold":
		return Answer{Meaning: MeansConfirmed, OrderID: a.Header.Get("X-Ticket")}
	case "none left":
		return Answer{Meaning: MeansNoStock, Reason: "none left"}
	case "wait":
		return Answer{Meaning: MeansInProgress, Reason: "wait"}
	case "no money":
		return Answer{Meaning: MeansNoMoney}
	case "bad":
		panic("a bad answer")
	}
	return Answer{}
}

// TestReasonWithout: a meaning has a name, an answer that means nothing known its status.
func TestReasonWithout(t *testing.T) {
	for m, want := range map[Meaning]string{
		MeansConfirmed: "", MeansUnclear: "http_422", MeansNoStock: "no_stock", MeansDeclined: "declined", MeansInvalid: "invalid",
		MeansInProgress: "in_progress", MeansKeyReused: "key_reused", MeansTurnedAway: "turned_away",
	} {
		if got := reasonWithout(m, 422); got != want {
			t.Errorf("%s without a reason has the reason %q, want %q", m, got, want)
		}
	}
}

// TestForeignAnswers: what an adapter says of answers decides on outcome, retries and rows.
func TestForeignAnswers(t *testing.T) {
	for _, tt := range []struct {
		name     string
		quantity int64
		answers  []string // "STATUS BODY", the last one repeated
		outcome  Outcome
		reason   string
		order    string
		meanings []Meaning
		says     string // in the message
	}{
		{"sold", 1, []string{`200 {"result":"sold"}`}, OK, "", "t-1", []Meaning{MeansConfirmed}, "sold"},
		{"refused with 200", 1, []string{`200 {"result":"none left"}`}, Failed, "none left", "", []Meaning{MeansNoStock}, "HTTP 200"},
		{"refused with 500, and final", 1, []string{`500 {"result":"none left"}`}, Failed, "none left", "", []Meaning{MeansNoStock}, "HTTP 500"},
		{"refused without a reason", 1, []string{`422 {"result":"no money"}`}, Failed, "no_money", "", []Meaning{MeansNoMoney}, "HTTP 422"},
		{"no match is unknown", 1, []string{`200 {"result":"hm"}`}, Unknown, "http_200", "", []Meaning{MeansUnclear}, "HTTP 200"},
		{"empty", 1, []string{`204 `}, Unknown, "http_204", "", []Meaning{MeansUnclear}, "HTTP 204"},
		{"202 in progress, then sold", 1, []string{`202 {"result":"wait"}`, `200 {"result":"sold"}`}, OK, "", "t-1", []Meaning{MeansInProgress, MeansConfirmed}, "sold"},
		{"in progress to the end", 1, []string{`200 {"result":"wait"}`}, Unknown, "wait", "", []Meaning{MeansInProgress, MeansInProgress, MeansInProgress}, "gave up"},
		{"5xx without a meaning is asked again", 1, []string{`502 x`, `200 {"result":"sold"}`}, OK, "", "t-1", []Meaning{MeansUnclear, MeansConfirmed}, "sold"},
		{"no request", 13, nil, Failed, "not_sent", "", nil, "no 13 tickets"},
		{"a panic in Request", 14, nil, Failed, "not_sent", "", nil, "adapter purchase.tickets: Request panicked: fourteen"},
		{"a panic in Read", 1, []string{`200 {"result":"bad"}`}, Unknown, "adapter_failed", "", []Meaning{MeansUnclear}, "adapter purchase.tickets: Read panicked: a bad answer"},
	} {
		var calls []Call
		n := 0
		c := at(t, func(w http.ResponseWriter, r *http.Request) {
			status, body, _ := strings.Cut(tt.answers[min(n, len(tt.answers)-1)], " ")
			n++
			if r.URL.Path != "/buy" || r.FormValue("n") != fmt.Sprint(tt.quantity) || r.Header.Get("X-Ref") == "" || r.Header.Get("Idempotency-Key") != "" {
				t.Errorf("%s: %s %s with %v came", tt.name, r.Method, r.URL, r.Header)
			}
			w.Header().Set("X-Ticket", "t-1")
			w.WriteHeader(int(gjson.Parse(status).Int()))
			io.WriteString(w, body)
		})
		var err error
		if c.http, err = c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute}}); err != nil {
			t.Fatal(err)
		}
		var waits int
		request := one
		request.Quantity = tt.quantity
		r := c.WithAdapter(tickets{&calls}).OnWait(func(_ context.Context, soFar Result) {
			if waits++; len(soFar.Answers) != waits || soFar.Outcome != Unknown {
				t.Errorf("%s: before wait %d: %d answers, %s", tt.name, waits, len(soFar.Answers), soFar.Outcome)
			}
		}).Purchase(t.Context(), request)
		meanings := []Meaning(nil)
		for _, a := range r.Answers {
			meanings = append(meanings, a.Meaning)
		}
		if r.Outcome != tt.outcome || r.Reason != tt.reason || r.OrderID != tt.order || fmt.Sprint(meanings) != fmt.Sprint(tt.meanings) {
			t.Errorf("%s: %s for %q, order %q, %v; want %s for %q, order %q, %v", tt.name, r.Outcome, r.Reason, r.OrderID, meanings, tt.outcome, tt.reason, tt.order, tt.meanings)
		}
		if says := r.Message() + r.Answer.Differs; !strings.Contains(says, tt.says) {
			t.Errorf("%s: message %q, want %q in it", tt.name, says, tt.says)
		}
		for i, call := range calls {
			if call.Attempt != i+1 || call.Key == "" || call.Key != calls[0].Key || call.Purchase != request {
				t.Errorf("%s: call %d is %+v", tt.name, i+1, call)
			}
		}
		if waits != max(0, len(calls)-1) {
			t.Errorf("%s: OnWait was called %d times for %d calls", tt.name, waits, len(calls))
		}
	}
}

// TestFailedReadSaysWhatWasAnswered also where it was given up after several attempts.
func TestFailedReadSaysWhatWasAnswered(t *testing.T) {
	for _, tt := range []struct {
		status     int
		body, want string
	}{
		{500, "no table\norders", "POST /x: gave up after 2 attempts (MaxAttempts reached): HTTP 500: no table\\norders"},
		{503, "", "POST /x: gave up after 2 attempts (MaxAttempts reached): HTTP 503"},
		{302, "<a href=/login>", "POST /x: HTTP 302: redirects are not followed"},
		{404, "no route", "POST /x: HTTP 404: no route"},
	} {
		c := at(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		var err error
		if c.http, err = c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 2, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute}}); err != nil {
			t.Fatal(err)
		}
		if _, err = c.service(t.Context()).Send(retry.Request{Path: "/x"}); err == nil || err.Error() != tt.want {
			t.Errorf("HTTP %d %q: %v, want %s", tt.status, tt.body, err, tt.want)
		}
	}
}

// TestWhatAnAdapterDoesNotOfferIsNotRead, and nothing is sent.
func TestWhatAnAdapterDoesNotOfferIsNotRead(t *testing.T) {
	var calls []Call
	c := at(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }).WithAdapter(tickets{&calls})
	_, orders := c.Orders(t.Context(), "", 10)
	_, order := c.Order(t.Context(), "o")
	_, product := c.Product(t.Context(), 1)
	_, user := c.User(t.Context(), 1)
	_, ledger := c.Ledger(t.Context(), "", 10)
	_, health := c.Health(t.Context())
	_, version := c.Version(t.Context())
	for _, err := range []error{orders, order, product, user, ledger, health, version} {
		if !errors.Is(err, ErrNotRead) || !strings.Contains(err.Error(), "purchase.tickets") {
			t.Errorf("%v, want ErrNotRead and the adapter's name", err)
		}
	}
	if err := c.SetFixture(t.Context(), Cases()); !errors.Is(err, ErrNoFixture) {
		t.Errorf("SetFixture: %v", err)
	}
	if _, err := Portable(tickets{}); err == nil || !strings.Contains(err.Error(), "Go type") {
		t.Errorf("Portable: %v", err)
	}
	answers := Answers{"sold_out": MeansNoStock}
	for _, contract := range []Adapter{Contract{Answers: answers}, &Contract{Answers: answers}, nil} {
		if text, err := Portable(contract); text != "" || err != nil {
			t.Errorf("Portable of the contract: %q, %v", text, err)
		}
		if got := AnswersIn(contract); contract != nil && got["sold_out"] != MeansNoStock {
			t.Errorf("the answers of %#v are %v", contract, got)
		}
	}
}

// lists is an Adapter that reads rows and breaks on some.
type lists struct{ tickets }

func (lists) Orders(s Service) ([]Order, error) {
	return Rows(s, "/list", "all", func(v gjson.Result) Order {
		return Order{OrderID: v.Get("id").String(), UserID: TextID(v.Get("user").String()), Status: Confirmed}
	})
}

// TestRows of an answer: all elements, or an error that says what is wrong.
func TestRows(t *testing.T) {
	for body, want := range map[string]string{
		`{"all":[{"id":1,"user":"anna"},{"id":"o2","user":7}]}`: "",
		`{"all":[]}`:         "",
		`{"all":{}}`:         `there is no array at "all"`,
		`[]`:                 `there is no array at "all"`,
		`{"all":[`:           "the answer is not JSON",
		``:                   "the answer is not JSON",
		`{"all":[{"id":1}]}`: "adapter purchase.lists: Orders panicked: purchase: an id is empty",
	} {
		c := at(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }).WithAdapter(lists{})
		page, err := c.Orders(t.Context(), "", 10)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
		if n := strings.Count(body, "id"); err == nil && (len(page.Orders) != n || n > 0 && (page.Orders[0].OrderID != "1" || page.Orders[1].UserID != 7)) {
			t.Errorf("%s: %+v", body, page)
		}
	}
}
