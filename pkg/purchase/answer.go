package purchase

import (
	"fmt"

	"sagalab/pkg/retry"
)

// Answer is what the end of one attempt says of its purchase. Load and audit both go by
// it.
type Answer struct {
	Meaning Meaning
	// Reason is why the attempt confirmed no purchase: a problem's code,
	// "http_<status>", a retry.Class or "not_json"; "" when it confirmed one. Where an
	// Adapter gives none, Client makes it the name of the meaning, and "http_<status>" for
	// MeansUnclear.
	Reason string
	// OrderID and Code are what the answer names, "" for what it does not name.
	OrderID string
	Code    Code
	// Amount is what a 2xx answer names as the amount, in minor units; 0 when it names
	// none.
	Amount int64
	// Differs names what a 2xx answer says otherwise than the request, such as
	// "user_id 2, quantity 3", and a status of the contract that does not confirm, such
	// as "status PENDING"; "" when all that it names agrees. A user, product or payment
	// method that is no ID names nothing, nor does a quantity that is no integer, or any
	// other word as a status.
	Differs string
	// Step is the step that was asked for, which Client sets.
	Step string
}

// ReadAnswer reads how an attempt to send r ended.
func ReadAnswer(r Request, a retry.Attempt) Answer {
	n := replyOf(a)
	answer := Answer{Reason: reason(a, n), OrderID: n.orderID, Code: n.code}
	answer.Meaning = MeaningOf(a.Status, string(a.Class), answer.Reason, a.Sent)
	if a.OK() {
		answer.Amount, answer.Differs = n.integers[amountMember].value, differences(r, n)
	}
	return answer
}

// replyOf reads an attempt's answer; it is empty when there is none.
func replyOf(a retry.Attempt) reply {
	if a.Class != "" {
		return reply{}
	}
	n := parseReply(a.Body)
	if len(n.code) > 64 { // more than any code has; it becomes a column's value
		n.code = n.code[:64]
	}
	return n
}

func reason(a retry.Attempt, n reply) string {
	switch {
	case a.Class != "":
		return string(a.Class)
	case a.OK() && n.isObject:
		return ""
	case a.OK():
		return "not_json"
	case n.code != "":
		return string(n.code)
	}
	return fmt.Sprintf("http_%d", a.Status)
}

// differences lists the members in which an answer differs from the request.
func differences(r Request, n reply) (list string) {
	for i, want := range [...]int64{userMember: int64(r.UserID), productMember: int64(r.ProductID), quantityMember: r.Quantity, methodMember: int64(r.PaymentMethodID)} {
		if got := n.integers[i]; i != amountMember && got.named && got.value != want {
			if list != "" {
				list += ", "
			}
			list += fmt.Sprintf("%s %d", integerMembers[i], ID(got.value))
		}
	}
	switch {
	case n.unfinished == "":
		return list
	case list != "":
		list += ", "
	}
	return list + "status " + string(n.unfinished)
}
