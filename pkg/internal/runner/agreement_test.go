package runner

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// ends are how an attempt can end; status 0 is no answer.
var ends = []struct {
	status int
	body   string
	unsent bool
}{
	{status: 201, body: `{"order_id":"o1","amount":5,"user_id":1}`},
	{status: 200, body: `{"order_id":"o1","user_id":2}`},
	{status: 201, body: `<html>`},
	{status: 302},
	{status: 400, body: `{"code":"malformed"}`},
	{status: 401},
	{status: 402, body: `{"code":"insufficient_balance"}`},
	{status: 404},
	{status: 408},
	{status: 409, body: `{"code":"out_of_stock"}`},
	{status: 409, body: `{"code":"in_progress"}`},
	{status: 409},
	{status: 422, body: `{"code":"key_reused"}`},
	{status: 429},
	{status: 500, body: `{"code":"internal"}`},
	{status: 500, body: `{"code":"overloaded"}`},
	{status: 503, body: `{"code":"overloaded"}`},
	{status: 503},
	{status: 0},
	{status: 0, unsent: true},
}

// scripted ends attempt n as the n-th byte says.
type scripted struct {
	script []byte
	asked  int
}

func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	end := ends[int(s.script[min(s.asked, len(s.script)-1)])%len(ends)]
	s.asked++
	if !end.unsent {
		httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
	}
	if end.status == 0 {
		return nil, errors.New("no answer")
	}
	// a policy that heeds it asks again after 409, 429 and 503
	h := http.Header{"Retry-After": {"0"}}
	return &http.Response{StatusCode: end.status, Header: h, Body: io.NopCloser(strings.NewReader(end.body)), ContentLength: int64(len(end.body)), Request: req}, nil
}

// recordOfScript makes one purchase whose attempts end as a script says.
func recordOfScript(t *testing.T, script []byte, retryAfter, newKeys bool) runs.Record {
	t.Helper()
	service := &scripted{script: script}
	c, err := retry.New(retry.Config{Base: service, Policy: retry.Policy{
		MaxAttempts: 6, AttemptTimeout: time.Minute, RetryAfter: retryAfter, NewKeyPerAttempt: newKeys}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := purchase.ParseEndpoint("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	result := purchase.NewClient(e, c).Purchase(t.Context(), order)
	return recordOf("s", startClock(time.Time{}), load.Sample[purchase.Result]{
		Arrival: load.Arrival{Scheduled: start}, Start: start, End: time.Now(), Value: result})
}

// auditOutcome is the outcome of an operation by what the audit makes of its attempts.
func auditOutcome(r runs.Record) purchase.Outcome {
	s := runs.Stage{Info: runs.Info{Stage: "s"}, Operations: []runs.Operation{r.Operation}, Attempts: r.Attempts}
	m := history.New(history.Evidence{Stages: []runs.Stage{s}}, history.Options{})
	outcome := purchase.Failed
	for n := range m.Purchases { // one for each key
		p := &m.Purchases[n]
		nothing := true
		for _, a := range m.AttemptsOf(int32(n)) {
			meaning := m.Attempts[a].Meaning
			nothing = nothing && (meaning.DidNothing() || meaning == history.NotSent)
		}
		switch {
		case p.ConfirmedAt < history.Forever:
			return purchase.OK
		case p.RefusedAt == history.Forever && !nothing:
			outcome = purchase.Unknown
		}
	}
	return outcome
}

// FuzzLoadAndAuditAgree: what a load reports as the outcome of a purchase is what the
// audit reads in the rows of its attempts, with and without their Meaning.
func FuzzLoadAndAuditAgree(f *testing.F) {
	for i := range ends {
		for n := range ends {
			f.Add([]byte{byte(i), byte(n), byte(i + n)}, i%2 == 0, n%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, script []byte, retryAfter, newKeys bool) {
		if len(script) == 0 {
			return
		}
		r := recordOfScript(t, script, retryAfter, newKeys)
		if got := auditOutcome(r); got != r.Operation.Outcome {
			t.Errorf("script %v (Retry-After %v, new keys %v): load says %s, audit %s\n%+v", script, retryAfter, newKeys, r.Operation.Outcome, got, r.Attempts)
		}
		for i := range r.Attempts {
			a := &r.Attempts[i]
			if success := a.Status/100 == 2; a.Meaning == "" || !success && (a.AnsweredAmount != 0 || a.AnswerDiffers != "") {
				t.Errorf("attempt %+v", *a)
			}
			a.Meaning = "" // as in runs from before it was recorded
		}
		if got := auditOutcome(r); got != r.Operation.Outcome {
			t.Errorf("script %v (Retry-After %v, new keys %v): load says %s, audit of rows without meanings %s", script, retryAfter, newKeys, r.Operation.Outcome, got)
		}
	})
}

// What a stage and a case record of answers that mean one thing and another.
func TestMeaningsAreRecorded(t *testing.T) {
	asked := 0
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		asked++
		switch asked {
		case 1:
			w.WriteHeader(503)
		case 2:
			w.WriteHeader(409)
			io.WriteString(w, `{"code":"in_progress"}`)
		default:
			w.Header().Set("Idempotent-Replayed", "true")
			io.WriteString(w, `{"order_id":"o","amount":77,"user_id":1,"quantity":2}`)
		}
	})
	if _, err := RunCase(t.Context(), run, to, "c", order); err != nil {
		t.Fatal(err)
	}
	cases, err := run.Cases()
	if err != nil || len(cases) != 1 || len(cases[0].Attempts) != 3 {
		t.Fatalf("%+v, %v; want one case of three attempts", cases, err)
	}
	if _, err := light(1, 1).Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	rows := append(cases[0].Attempts, recorded(t, run).Attempts...)
	for i, want := range []runs.Attempt{
		{Meaning: "unclear", Reason: "http_503"},
		{Meaning: "in_progress", Reason: "in_progress"},
		{Meaning: "confirmed", OrderID: "o", AnsweredAmount: 77, AnswerDiffers: "quantity 2", Replayed: true},
		{Meaning: "confirmed", OrderID: "o", AnsweredAmount: 77, AnswerDiffers: "quantity 2", Replayed: true},
	} {
		a := rows[i]
		got := runs.Attempt{Meaning: a.Meaning, Reason: a.Reason, OrderID: a.OrderID, AnsweredAmount: a.AnsweredAmount, AnswerDiffers: a.AnswerDiffers, Replayed: a.Replayed}
		if got != want {
			t.Errorf("attempt %d: %+v, want %+v", i+1, got, want)
		}
	}
}

// An attempt that is followed by a wait is recorded with what it means, before its
// purchase has ended.
func TestMeaningsOfWaitingPurchases(t *testing.T) {
	asked := 0
	_, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if asked++; asked == 1 {
			w.WriteHeader(409)
			io.WriteString(w, `{"code":"in_progress","order_id":"o"}`)
			return
		}
		io.WriteString(w, `{"order_id":"o"}`)
	})
	s, err := NewSender(light(1, 1), load.Partition{}, to)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var waiting []runs.Record
	keep := func(b Batch) error { waiting = append(waiting, b.Waiting...); return nil }
	if _, err := s.Run(t.Context(), time.Time{}, keep); err != nil {
		t.Fatal(err)
	}
	if len(waiting) != 1 || len(waiting[0].Attempts) != 1 {
		t.Fatalf("waiting %+v, want one purchase with one attempt", waiting)
	}
	a := waiting[0].Attempts[0]
	if a.Number != 1 || a.Meaning != "in_progress" || a.Reason != "in_progress" || a.OrderID != "o" || waiting[0].Operation.Outcome != purchase.Unknown {
		t.Errorf("waiting: attempt %+v of an operation that is %s", a, waiting[0].Operation.Outcome)
	}
}
