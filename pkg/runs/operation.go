package runs

import (
	"time"

	"sagalab/pkg/purchase"
)

// Operation is one purchase with all of its attempts, a row of operations.parquet.
// Times are the wall clock at the stage's start plus the monotonic time since, so
// that their order and differences are right even when the clock was set meanwhile.
// Durations are milliseconds.
//
// The columns success, latency_ms, message, start_ts, end_ts and status_str are those
// of the notebook that sagalab replaced; their names do not change.
type Operation struct {
	Stage string `json:"stage"`
	// Index is the operation's place in the stage's schedule, from 0.
	Index int64 `json:"index"`
	// VirtualUser is the number of the virtual user that ran it, from 0.
	VirtualUser int64 `json:"virtual_user"`
	// Key is the idempotency key of the first attempt.
	Key string `json:"key"`
	// UserID, ProductID and PaymentMethodID are two columns each: user_id has a number, and
	// 0 for a text, user has the text of both.
	UserID          purchase.ID `json:"user_id"`
	ProductID       purchase.ID `json:"product_id"`
	Quantity        int64       `json:"quantity"`
	PaymentMethodID purchase.ID `json:"payment_method_id"`

	// ScheduledTS is the start by the schedule; in the closed model it is StartTS.
	ScheduledTS time.Time `json:"scheduled_ts"`
	StartTS     time.Time `json:"start_ts"`
	EndTS       time.Time `json:"end_ts"`
	// LatencyMS is the time from ScheduledTS to EndTS, with all attempts and the waits
	// between them.
	LatencyMS float64 `json:"latency_ms"`
	// ServiceMS is the part of it in attempts, WaitMS the part in backoff.
	ServiceMS float64 `json:"service_ms"`
	WaitMS    float64 `json:"wait_ms"`

	// AcceptedMS is the time from ScheduledTS to the first answer that accepted the purchase
	// without settling it, 0 without one. UncertaintyMS is how much less than LatencyMS the
	// true time may be, because a poll settled it: from when the observation before was asked
	// for to the poll's answer; 0 when no poll did. Of a purchase whose polls were given up, or
	// ended with the process, it is the time since it was last found under way: the true time is
	// longer than LatencyMS − UncertaintyMS, and open above (IsOpen).
	AcceptedMS    float64 `json:"accepted_ms,omitzero"`
	UncertaintyMS float64 `json:"uncertainty_ms,omitzero"`

	// Attempts counts the HTTP requests, the first included, without polls and logins.
	Attempts int64 `json:"attempts"`
	// Steps counts the steps that were begun, and so the attempts that are no retries: 1 for a
	// purchase of one request, 0 without an attempt, and in runs from before it was recorded
	// (FirstAttempts).
	Steps int64 `json:"steps,omitzero"`
	// Polls counts the requests that asked what became of the purchase.
	Polls   int64 `json:"polls,omitzero"`
	Success bool  `json:"success"`
	// StatusStr is "success" or "failure".
	StatusStr string `json:"status_str"`
	// Outcome is the result as far as the client knows it: ok, failed or unknown.
	Outcome purchase.Outcome `json:"outcome"`
	// Status is the HTTP status of the last response, 0 without one.
	Status int64 `json:"status"`
	// Reason says why the operation failed: the code in the response ("out_of_stock"),
	// else what an Adapter says that it means ("no_stock"), else its HTTP status
	// ("http_503"), else the error class ("timeout"); "" on success.
	Reason string `json:"reason"`
	// OrderID is the id of the order in the response, "" without one.
	OrderID string `json:"order_id"`
	// Message is the response's body on success, else a sentence; at most 512 bytes.
	Message string `json:"message"`
}

// IsOpen reports whether the purchase was accepted and its end never seen, so that its true latency
// may be longer than LatencyMS.
func (o *Operation) IsOpen() bool { return o.Outcome == purchase.Unknown && o.UncertaintyMS > 0 }

// FirstAttempts returns how many of the attempts are no retries: Steps, and 1 for an operation
// of which it was not recorded.
func (o *Operation) FirstAttempts() int64 {
	if o.Steps == 0 && o.Attempts > 0 {
		return 1
	}
	return o.Steps
}
