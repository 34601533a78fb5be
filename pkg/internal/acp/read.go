package acp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// The codes of section 6.4.
const (
	codeKeyRequired = "idempotency_key_required"
	codeConflict    = "idempotency_conflict"
	codeInFlight    = "idempotency_in_flight"
)

// The statuses of a checkout that decide something.
const (
	statusCompleted = "completed"
	statusNotReady  = "not_ready_for_payment"
)

// read says what an answer means, one to a poll with poll.
func read(c purchase.Call, at retry.Attempt, poll bool) purchase.Answer {
	body := gjson.Result{}
	if purchase.ValidJSON(at.Body) {
		body = gjson.ParseBytes(at.Body)
	}
	switch {
	case !body.IsObject() && at.OK():
		return purchase.Answer{Reason: "not_json"}
	case !at.OK():
		return problem(c, at.Status, body, poll)
	case c.Step == StepCreate, c.Step == StepUpdate:
		return opened(body)
	}
	return ended(c, body, poll)
}

// problem reads an answer other than 2xx.
func problem(c purchase.Call, status int, body gjson.Result, poll bool) purchase.Answer {
	code := body.Get("code").String()
	answer := purchase.Answer{Reason: code, Code: purchase.Code(code)}
	if code == "" {
		answer.Reason = fmt.Sprintf("http_%d", status)
	}
	if poll { // which settles nothing, and is sent again
		return answer
	}
	answer.Meaning = problemMeaning(c.Step, status, code, body.Get("type").String())
	return answer
}

// problemMeaning returns what an answer other than 2xx means. One that says that the checkout
// is in another state (405, and 409 but for requests in flight) does not say what became of the
// purchase.
func problemMeaning(step string, status int, code, kind string) purchase.Meaning {
	switch {
	case status < 400 || status >= 500:
		return purchase.MeansUnclear
	case code == codeInFlight:
		return purchase.MeansInProgress
	case code == codeConflict:
		return purchase.MeansKeyReused
	case code == codeKeyRequired:
		return purchase.MeansInvalid
	case code == "out_of_stock":
		return purchase.MeansNoStock
	case code == "payment_declined":
		return purchase.MeansDeclined
	case status == http.StatusMethodNotAllowed:
		return purchase.MeansUnclear
	}
	means := purchase.MeaningOf(status, "", fmt.Sprintf("http_%d", status), true)
	if means == purchase.MeansDeclined && step != StepComplete && kind == "invalid_request" {
		return purchase.MeansInvalid
	}
	return means
}

// opened reads a checkout that was created or updated.
func opened(body gjson.Result) purchase.Answer {
	status, code := body.Get("status").String(), errorCode(body)
	switch status {
	case statusNotReady, "incomplete":
		if code != "" {
			return refused(code)
		}
	case "canceled", "expired", "requires_escalation":
		return refused(status)
	}
	return purchase.Answer{Meaning: purchase.MeansConfirmed}
}

// ended reads a checkout after it was to be completed. A poll may show one of before that.
func ended(c purchase.Call, body gjson.Result, poll bool) purchase.Answer {
	status, code := body.Get("status").String(), errorCode(body)
	switch status {
	case statusCompleted:
		return purchase.Answer{Meaning: purchase.MeansConfirmed, OrderID: orderOf(body), Amount: total(body), Differs: differs(c.Purchase, body)}
	case "in_progress", "complete_in_progress", "pending_approval":
		return purchase.Answer{Meaning: purchase.MeansPending, Reason: status}
	case "canceled", "expired", "requires_escalation", "authentication_required":
		return refused(status)
	}
	switch {
	case code != "":
		return refused(code)
	case poll:
		return purchase.Answer{Meaning: purchase.MeansPending, Reason: status}
	}
	return purchase.Answer{Reason: strings.TrimSuffix("not_completed_"+status, "_")}
}

// refused returns the answer that a checkout was refused for a reason.
func refused(reason string) purchase.Answer {
	means := purchase.MeansDeclined
	if reason == "out_of_stock" {
		means = purchase.MeansNoStock
	}
	return purchase.Answer{Meaning: means, Reason: reason, Code: purchase.Code(reason)}
}

// errorCode returns the code of the first message that is an error, "" without one.
func errorCode(body gjson.Result) string { return body.Get(`messages.#(type=="error").code`).String() }

// orderOf returns the id of the order of a completed checkout, "" without one.
func orderOf(body gjson.Result) string { return body.Get("order.id").String() }

// total returns the amount of a checkout, in minor units.
func total(body gjson.Result) int64 { return body.Get(`totals.#(type=="total").amount`).Int() }

// differs names what a checkout has otherwise than it was asked for.
func differs(r purchase.Request, body gjson.Result) string {
	if orderOf(body) == "" {
		return "no order.id"
	}
	lines, quantity := body.Get("line_items").Array(), int64(0)
	for _, line := range lines {
		if id := line.Get("item.id"); id.Exists() && id.String() != r.ProductID.Text() {
			return "product_id " + id.String()
		}
		quantity += line.Get("quantity").Int()
	}
	if len(lines) > 0 && quantity != r.Quantity {
		return fmt.Sprintf("quantity %d", quantity)
	}
	return ""
}
