package runs

import (
	"time"

	"sagalab/pkg/purchase"
)

// Operation is one purchase: all attempts that a client made for it. Times are
// the wall clock at the stage's start plus what the monotonic clock counted since,
// so that their order and distance are right even if the clock was set meanwhile;
// durations are milliseconds.
//
// success, latency_ms, message, start_ts, end_ts and status_str are the columns
// of the original notebook.
type Operation struct {
	Stage string `parquet:"stage,dict" json:"stage"`
	// Index is the operation's place in the stage's schedule, from 0.
	Index int64 `parquet:"index" json:"index"`
	// VirtualUser is the worker that ran it, from 0.
	VirtualUser int64 `parquet:"virtual_user" json:"virtual_user"`
	// Key is the idempotency key of the first attempt.
	Key             string `parquet:"key" json:"key"`
	UserID          int64  `parquet:"user_id" json:"user_id"`
	ProductID       int64  `parquet:"product_id" json:"product_id"`
	Quantity        int64  `parquet:"quantity" json:"quantity"`
	PaymentMethodID int64  `parquet:"payment_method_id" json:"payment_method_id"`

	// ScheduledTS is when the schedule wanted the operation to start; in the
	// closed model it is StartTS.
	ScheduledTS time.Time `parquet:"scheduled_ts,timestamp(nanosecond)" json:"scheduled_ts"`
	StartTS     time.Time `parquet:"start_ts,timestamp(nanosecond)" json:"start_ts"`
	EndTS       time.Time `parquet:"end_ts,timestamp(nanosecond)" json:"end_ts"`
	// LatencyMS is what the caller waited: from ScheduledTS to EndTS, all
	// attempts and the waits between them included.
	LatencyMS float64 `parquet:"latency_ms" json:"latency_ms"`
	// ServiceMS is the part of it spent in attempts, WaitMS the part in backoff.
	ServiceMS float64 `parquet:"service_ms" json:"service_ms"`
	WaitMS    float64 `parquet:"wait_ms" json:"wait_ms"`

	// Attempts counts the requests sent, the first included.
	Attempts int64 `parquet:"attempts" json:"attempts"`
	Success  bool  `parquet:"success" json:"success"`
	// StatusStr is "success" or "failure".
	StatusStr string `parquet:"status_str,dict" json:"status_str"`
	// Outcome is what is known of the purchase: ok, failed or unknown.
	Outcome purchase.Outcome `parquet:"outcome,dict" json:"outcome"`
	// Status is the HTTP status of the last answer, 0 when there was none.
	Status int64 `parquet:"status" json:"status"`
	// Reason says in a word why it was no success: the problem's code
	// ("out_of_stock"), else "http_503", else the error class ("timeout"); "" on
	// success.
	Reason string `parquet:"reason,dict" json:"reason"`
	// OrderID is the order that the answer named, "" when it named none.
	OrderID string `parquet:"order_id" json:"order_id"`
	// Message is the answer's body on success, else a sentence; at most 512 bytes.
	Message string `parquet:"message" json:"message"`
}
