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
	Stage string `parquet:"stage,dict" json:"stage"`
	// Index is the operation's place in the stage's schedule, from 0.
	Index int64 `parquet:"index" json:"index"`
	// VirtualUser is the number of the virtual user that ran it, from 0.
	VirtualUser int64 `parquet:"virtual_user" json:"virtual_user"`
	// Key is the idempotency key of the first attempt.
	Key             string `parquet:"key" json:"key"`
	UserID          int64  `parquet:"user_id" json:"user_id"`
	ProductID       int64  `parquet:"product_id" json:"product_id"`
	Quantity        int64  `parquet:"quantity" json:"quantity"`
	PaymentMethodID int64  `parquet:"payment_method_id" json:"payment_method_id"`

	// ScheduledTS is the start by the schedule; in the closed model it is StartTS.
	ScheduledTS time.Time `parquet:"scheduled_ts,timestamp(nanosecond)" json:"scheduled_ts"`
	StartTS     time.Time `parquet:"start_ts,timestamp(nanosecond)" json:"start_ts"`
	EndTS       time.Time `parquet:"end_ts,timestamp(nanosecond)" json:"end_ts"`
	// LatencyMS is the time from ScheduledTS to EndTS, with all attempts and the waits
	// between them.
	LatencyMS float64 `parquet:"latency_ms" json:"latency_ms"`
	// ServiceMS is the part of it in attempts, WaitMS the part in backoff.
	ServiceMS float64 `parquet:"service_ms" json:"service_ms"`
	WaitMS    float64 `parquet:"wait_ms" json:"wait_ms"`

	// Attempts counts the HTTP requests, the first included.
	Attempts int64 `parquet:"attempts" json:"attempts"`
	Success  bool  `parquet:"success" json:"success"`
	// StatusStr is "success" or "failure".
	StatusStr string `parquet:"status_str,dict" json:"status_str"`
	// Outcome is the result as far as the client knows it: ok, failed or unknown.
	Outcome purchase.Outcome `parquet:"outcome,dict" json:"outcome"`
	// Status is the HTTP status of the last response, 0 without one.
	Status int64 `parquet:"status" json:"status"`
	// Reason says why the operation failed: the code in the response ("out_of_stock"),
	// else its HTTP status ("http_503"), else the error class ("timeout"); "" on success.
	Reason string `parquet:"reason,dict" json:"reason"`
	// OrderID is the id of the order in the response, "" without one.
	OrderID string `parquet:"order_id" json:"order_id"`
	// Message is the response's body on success, else a sentence; at most 512 bytes.
	Message string `parquet:"message" json:"message"`
}
