package runs

import (
	"time"

	"sagalab/pkg/purchase"
)

// Attempt is one HTTP request of an operation, a row of attempts.parquet. Those with the Kind
// "poll" and "login" are no attempts at the purchase (IsAttempt): what counts attempts leaves
// them out. Times and
// durations are as in Operation.
type Attempt struct {
	Stage string `parquet:"stage,dict" json:"stage"`
	// Index is the Index of the operation.
	Index int64 `parquet:"index" json:"index"`
	// Number counts the operation's attempts from 1. That of a poll or a login is how many
	// attempts came before it.
	Number int64 `parquet:"number" json:"number"`
	// Kind is Original for the first attempt at the purchase, or at a step of it, Retry for the
	// others; Again for a purchase that was asked for again after the load; Poll and Login.
	Kind string `parquet:"kind,dict" json:"kind"`
	// Key is the idempotency key that this attempt carried.
	Key     string    `parquet:"key" json:"key"`
	StartTS time.Time `parquet:"start_ts,timestamp(nanosecond)" json:"start_ts"`
	// PlannedWaitMS is the wait before this attempt by the policy, WaitMS the actual
	// one; both are 0 for number 1.
	PlannedWaitMS float64 `parquet:"planned_wait_ms" json:"planned_wait_ms"`
	WaitMS        float64 `parquet:"wait_ms" json:"wait_ms"`
	LatencyMS     float64 `parquet:"latency_ms" json:"latency_ms"`
	// Status is the HTTP status, 0 without a response.
	Status int64 `parquet:"status" json:"status"`
	// Class is the error class ("timeout", "refused", "reset", "eof", …), "" with a
	// response.
	Class string `parquet:"class,dict" json:"class"`
	// Sent is false when no byte of the request can have reached the server.
	Sent bool `parquet:"sent" json:"sent"`
	// Reason is as in Operation, for this attempt.
	Reason  string `parquet:"reason,dict" json:"reason"`
	OrderID string `parquet:"order_id" json:"order_id"`
	// Replayed is true when the response said that it repeats an earlier one.
	Replayed bool `parquet:"replayed" json:"replayed"`
	// Meaning is what the end of the attempt says of the purchase, the name of a
	// purchase.Meaning; "" in runs from before it was recorded.
	Meaning string `parquet:"meaning,dict" json:"meaning"`
	// AnsweredAmount is the amount that a 2xx answer names, in minor units, 0 when it
	// names none.
	AnsweredAmount int64 `parquet:"answered_amount" json:"answered_amount"`
	// AnswerDiffers names what a 2xx answer says otherwise than the request, such as
	// "user_id 2, quantity 3, status PENDING"; "" when all that it names agrees.
	AnswerDiffers string `parquet:"answer_differs,dict" json:"answer_differs"`
	// Step is the step of the purchase that it belongs to, "" for a purchase of one request,
	// for a login before the first step, and in runs from before it was recorded.
	Step string `parquet:"step,dict" json:"step,omitzero"`
}

// The kinds of attempts.
const (
	Original = "original"
	Retry    = "retry"
	Again    = "again"
	Poll     = string(purchase.PollRequest)
	Login    = string(purchase.LoginRequest)
)

// IsAttempt reports whether the request is an attempt at the purchase, or at a step of it.
func (a *Attempt) IsAttempt() bool { return a.Kind != Poll && a.Kind != Login }

// IsFirst reports whether it is the first attempt at the purchase, or at a step of it.
func (a *Attempt) IsFirst() bool { return a.Kind == Original || a.Number == 1 && a.IsAttempt() }

// Means returns what the end of the attempt says of its purchase: Meaning, and for an
// attempt without one what purchase.MeaningOf makes of the other fields.
func (a *Attempt) Means() purchase.Meaning {
	if a.Meaning != "" {
		if m, err := purchase.ParseMeaning(a.Meaning); err == nil {
			return m
		}
	}
	return purchase.MeaningOf(int(a.Status), a.Class, a.Reason, a.Sent)
}
