package acp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// bought is the purchase of these tests.
var bought = purchase.Request{UserID: purchase.TextID("Ann Ö"), ProductID: 7, Quantity: 3}

func parsed(t *testing.T, contents string, vars map[string]string) *Adapter {
	t.Helper()
	a, err := Parse("acp", contents, vars)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// header returns the value of a header of a request, "" without it.
func header(r retry.Request, name string) string {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

func TestRequests(t *testing.T) {
	a := parsed(t, Standard(), map[string]string{"token": "t0ken", "signing_key": "k3y", "payment_token": "spt_ours"})
	create, err := a.Request(purchase.Call{Purchase: bought, Key: "key-1.create", Attempt: 2, Step: StepCreate})
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"buyer":{"email":"user--41nn-20-c3-96@example.com","first_name":"Test","last_name":"Buyer"},"capabilities":{},"currency":"usd",` +
		`"fulfillment_details":{"address":{"city":"San Francisco","country":"US","line_one":"1 Test Street","name":"Test Buyer","postal_code":"94131","state":"CA"},` +
		`"email":"user--41nn-20-c3-96@example.com","name":"Test Buyer"},"line_items":[{"id":"7","quantity":3}]}`
	if create.Path != "/checkout_sessions" || string(create.Body) != body {
		t.Errorf("create is %s %s, want %s", create.Path, create.Body, body)
	}
	if canonical, err := Canonical(create.Body); err != nil || string(canonical) != body {
		t.Errorf("the body is not canonical: %s, %v", canonical, err)
	}
	for name, want := range map[string]string{"Idempotency-Key": "key-1.create", "API-Version": Version, "Authorization": "Bearer t0ken", "Request-Id": "key-1.create-2"} {
		if got := header(create, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := header(create, "Signature"); got == "" || got != Sign("k3y", header(create, "Timestamp"), []byte(" "+body)) {
		t.Errorf("the signature is %q", got)
	}
	kept := map[string]string{"checkout": "cs/1", "handler": "card_1"}
	complete, err := a.Request(purchase.Call{Purchase: bought, Key: "key-1", Attempt: 1, Step: StepComplete, Kept: kept})
	if err != nil || complete.Path != "/checkout_sessions/cs%2F1/complete" || !strings.Contains(string(complete.Body),
		`"payment_data":{"handler_id":"card_1","instrument":{"credential":{"token":"spt_ours","type":"spt"},"type":"card"}}`) {
		t.Errorf("complete is %s %s, %v", complete.Path, complete.Body, err)
	}
	poll, err := a.Poll(purchase.Call{Purchase: bought, Key: "key-1", Attempt: 1, Kept: kept})
	if err != nil || poll.Method != http.MethodGet || poll.Path != "/checkout_sessions/cs%2F1" || header(poll, "Idempotency-Key") != "" || header(poll, "Authorization") != "Bearer t0ken" {
		t.Errorf("the poll is %+v, %v", poll, err)
	}
	if got := a.Secrets(); !slices.Equal(got, []string{"t0ken", "k3y", "spt_ours"}) {
		t.Errorf("the secrets are %q", got)
	}
}

// TestItems: the text of the specification has other members than its schema.
func TestItems(t *testing.T) {
	a := parsed(t, "acp: 2026-01-30\nitems: items\nhandler: ours\n", nil)
	create, err := a.Request(purchase.Call{Purchase: bought, Key: "k", Step: StepCreate})
	var members map[string]any
	if err != nil || json.Unmarshal(create.Body, &members) != nil || members["items"] == nil || members["line_items"] != nil || members["currency"] != nil {
		t.Errorf("create is %s, %v", create.Body, err)
	}
	if header(create, "API-Version") != "2026-01-30" || header(create, "Signature") != "" || header(create, "Authorization") != "" {
		t.Errorf("the headers are %v", create.Headers)
	}
	complete, err := a.Request(purchase.Call{Purchase: bought, Key: "k", Step: StepComplete, Kept: map[string]string{"checkout": "c", "handler": "theirs"}})
	if err != nil || !strings.Contains(string(complete.Body), `"handler_id":"ours"`) {
		t.Errorf("complete is %s, %v", complete.Body, err)
	}
}

// TestFulfillment: an option is chosen in a step of its own.
func TestFulfillment(t *testing.T) {
	const created = `{"id":"cs_1","fulfillment_options":[{"type":"shipping","id":"slow"},{"type":"digital","id":"mail"}]}`
	for setting, want := range map[string]string{"first": `"option_id":"slow","type":"shipping"`, "mail": `"option_id":"mail","type":"digital"`} {
		a := parsed(t, Standard()+"fulfillment: "+setting+"\n", nil)
		kept, err := a.Keep(purchase.Call{Step: StepCreate}, retry.Attempt{Status: 201, Body: []byte(created)})
		if err != nil || !slices.Equal(a.Steps(), []string{StepCreate, StepUpdate, StepComplete}) {
			t.Fatalf("the steps are %q, create keeps %v, %v", a.Steps(), kept, err)
		}
		update, err := a.Request(purchase.Call{Purchase: bought, Key: "k.update", Attempt: 1, Step: StepUpdate, Kept: kept})
		if err != nil || update.Path != "/checkout_sessions/cs_1" || string(update.Body) != `{"selected_fulfillment_options":[{"item_ids":["7"],`+want+`}]}` || header(update, "Idempotency-Key") != "k.update" {
			t.Errorf("%s is chosen by %s %s, %v", setting, update.Path, update.Body, err)
		}
	}
	a := parsed(t, Standard()+"fulfillment: drone\n", nil)
	if kept, err := a.Keep(purchase.Call{Step: StepCreate}, retry.Attempt{Status: 201, Body: []byte(created)}); err == nil || !strings.Contains(err.Error(), "offers no fulfillment option drone") {
		t.Errorf("an option that is not offered: %v, %v", kept, err)
	}
}

// session returns a checkout as an answer has it.
func session(status, more string) string {
	return fmt.Sprintf(`{"id":"cs_1","status":"%s","line_items":[{"item":{"id":"7"},"quantity":3}],"totals":[{"type":"tax","amount":1},{"type":"total","amount":1500}]%s}`, status, more)
}

// problemBody returns an error of the protocol.
func problemBody(code string) string {
	return fmt.Sprintf(`{"type":"invalid_request","code":"%s","message":"m"}`, code)
}

// messages returns the member messages, with an error of a code.
func messages(code string) string {
	return fmt.Sprintf(`,"messages":[{"type":"info","content":"hello"},{"type":"error","code":"%s"}]`, code)
}

func TestRead(t *testing.T) {
	const order = `,"order":{"id":"ord_1"}`
	a := parsed(t, Standard(), nil)
	for _, tt := range []struct {
		step   string
		status int
		body   string
		means  purchase.Meaning
		reason string
	}{
		{StepCreate, 201, session("ready_for_payment", ""), purchase.MeansConfirmed, ""},
		{StepCreate, 201, session("not_ready_for_payment", ""), purchase.MeansConfirmed, ""}, // complete says what it lacks
		{StepCreate, 201, session("ready_for_payment", messages("low_stock")), purchase.MeansConfirmed, ""},
		{StepCreate, 201, session("not_ready_for_payment", messages("out_of_stock")), purchase.MeansNoStock, "out_of_stock"},
		{StepCreate, 201, session("incomplete", messages("region_restricted")), purchase.MeansDeclined, "region_restricted"},
		{StepCreate, 201, session("requires_escalation", ""), purchase.MeansDeclined, "requires_escalation"},
		{StepCreate, 400, problemBody("invalid_item_id"), purchase.MeansInvalid, "invalid_item_id"},
		{StepCreate, 400, problemBody("idempotency_key_required"), purchase.MeansInvalid, "idempotency_key_required"},
		{StepCreate, 409, problemBody("idempotency_in_flight"), purchase.MeansInProgress, "idempotency_in_flight"},
		{StepCreate, 422, problemBody("idempotency_conflict"), purchase.MeansKeyReused, "idempotency_conflict"},
		{StepCreate, 401, problemBody("unauthorized"), purchase.MeansTurnedAway, "unauthorized"},
		{StepCreate, 429, ``, purchase.MeansTurnedAway, "http_429"},
		{StepCreate, 200, `<html>`, purchase.MeansUnclear, "not_json"},
		{StepCreate, 503, `{"type":"service_unavailable","code":"down","message":"m"}`, purchase.MeansUnclear, "down"},
		{StepUpdate, 200, session("ready_for_payment", ""), purchase.MeansConfirmed, ""},
		{StepUpdate, 200, session("not_ready_for_payment", messages("out_of_stock")), purchase.MeansNoStock, "out_of_stock"},
		{StepUpdate, 404, problemBody("not_found"), purchase.MeansInvalid, "not_found"},
		{StepComplete, 200, session("completed", order), purchase.MeansConfirmed, ""},
		{StepComplete, 202, session("complete_in_progress", ""), purchase.MeansPending, "complete_in_progress"},
		{StepComplete, 200, session("in_progress", ""), purchase.MeansPending, "in_progress"},
		{StepComplete, 200, session("pending_approval", ""), purchase.MeansPending, "pending_approval"},
		{StepComplete, 200, session("ready_for_payment", messages("payment_declined")), purchase.MeansDeclined, "payment_declined"},
		{StepComplete, 200, session("not_ready_for_payment", messages("out_of_stock")), purchase.MeansNoStock, "out_of_stock"},
		{StepComplete, 200, session("authentication_required", ""), purchase.MeansDeclined, "authentication_required"},
		{StepComplete, 200, session("canceled", ""), purchase.MeansDeclined, "canceled"},
		{StepComplete, 200, session("ready_for_payment", ""), purchase.MeansUnclear, "not_completed_ready_for_payment"},
		{StepComplete, 400, problemBody("requires_3ds"), purchase.MeansDeclined, "requires_3ds"},
		{StepComplete, 402, problemBody("payment_declined"), purchase.MeansDeclined, "payment_declined"},
		{StepComplete, 409, problemBody("out_of_stock"), purchase.MeansNoStock, "out_of_stock"},
		{StepComplete, 405, problemBody("already_completed"), purchase.MeansUnclear, "already_completed"},
		{StepComplete, 409, problemBody("already_completed"), purchase.MeansUnclear, "already_completed"},
		{StepComplete, 500, ``, purchase.MeansUnclear, "http_500"},
	} {
		got := a.Read(purchase.Call{Purchase: bought, Step: tt.step}, retry.Attempt{Status: tt.status, Body: []byte(tt.body)})
		if got.Meaning != tt.means || got.Reason != tt.reason {
			t.Errorf("%s answered with %d %s means %s (%s), want %s (%s)", tt.step, tt.status, tt.body, got.Meaning, got.Reason, tt.means, tt.reason)
		}
	}
}

// TestReadConfirmed: what the completed checkout names.
func TestReadConfirmed(t *testing.T) {
	a := parsed(t, Standard(), nil)
	for body, want := range map[string]purchase.Answer{
		session("completed", `,"order":{"id":"ord_1"}`): {Meaning: purchase.MeansConfirmed, OrderID: "ord_1", Amount: 1500},
		session("completed", ""):                        {Meaning: purchase.MeansConfirmed, Amount: 1500, Differs: "no order.id"},
		`{"id":"c","status":"completed","order":{"id":"o"},"line_items":[{"item":{"id":"7"},"quantity":1},{"item":{"id":"7"},"quantity":1}]}`: {
			Meaning: purchase.MeansConfirmed, OrderID: "o", Differs: "quantity 2"},
		`{"id":"c","status":"completed","order":{"id":"o"},"line_items":[{"item":{"id":"8"},"quantity":3}]}`: {
			Meaning: purchase.MeansConfirmed, OrderID: "o", Differs: "product_id 8"},
		`{"id":"c","status":"completed","order":{"id":"o"}}`: {Meaning: purchase.MeansConfirmed, OrderID: "o"},
	} {
		if got := a.Read(purchase.Call{Purchase: bought, Step: StepComplete}, retry.Attempt{Status: 200, Body: []byte(body)}); got != want {
			t.Errorf("%s is read as %+v, want %+v", body, got, want)
		}
	}
}

// TestReadPoll: what does not settle the purchase is asked again.
func TestReadPoll(t *testing.T) {
	a := parsed(t, Standard(), nil)
	for _, tt := range []struct {
		status int
		body   string
		means  purchase.Meaning
	}{
		{200, session("complete_in_progress", ""), purchase.MeansPending},
		{200, session("ready_for_payment", ""), purchase.MeansPending}, // of before the complete
		{200, session("ready_for_payment", messages("payment_declined")), purchase.MeansDeclined},
		{200, session("completed", `,"order":{"id":"ord_1"}`), purchase.MeansConfirmed},
		{200, session("canceled", ""), purchase.MeansDeclined},
		{404, problemBody("not_found"), purchase.MeansUnclear},
		{503, ``, purchase.MeansUnclear},
		{200, `nothing`, purchase.MeansUnclear},
	} {
		if got := a.ReadPoll(purchase.Call{Purchase: bought, Step: StepComplete}, retry.Attempt{Status: tt.status, Body: []byte(tt.body)}); got.Meaning != tt.means {
			t.Errorf("a poll answered with %d %s means %s, want %s", tt.status, tt.body, got.Meaning, tt.means)
		}
	}
}

func TestKeep(t *testing.T) {
	a := parsed(t, Standard(), nil)
	body := []byte(`{"id":"cs_1","capabilities":{"payment":{"handlers":[{"id":"h1"},{"id":"h2"}]}}}`)
	kept, err := a.Keep(purchase.Call{Step: StepCreate}, retry.Attempt{Status: 201, Body: body})
	if err != nil || kept["checkout"] != "cs_1" || kept["handler"] != "h1" {
		t.Errorf("create keeps %v, %v", kept, err)
	}
	if kept, err := a.Keep(purchase.Call{Step: StepCreate}, retry.Attempt{Status: 201, Body: []byte(`{"status":"ready_for_payment"}`)}); err == nil || !strings.Contains(err.Error(), "no id") {
		t.Errorf("an answer without an id keeps %v, %v", kept, err)
	}
	if kept, err := a.Keep(purchase.Call{Step: StepComplete}, retry.Attempt{Status: 200, Body: body}); err != nil || kept != nil {
		t.Errorf("complete keeps %v, %v", kept, err)
	}
}
