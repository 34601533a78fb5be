// Package runs keeps what a run recorded: rows that are appended to a journal
// while a stage runs, finished atomically as parquet, and found again by later
// cells and on later days.
//
// A run is a directory with one directory in it for every time that a stage was
// executed:
//
//	20261123-090000/                a run
//	  run.json                      what it is, and which session began it
//	  01-light/                     its first executed stage
//	    stage.json                  what was run, against what, how it ended
//	    operations.parquet          one row an operation
//	    attempts.parquet            one row an attempt
//	    records.bin                 instead of the two, while it runs or after a crash
//	    samples.json                what the service showed meanwhile, of stages that are audited
//	  02-medium/ …
//
// run.json, stage.json and records.bin have a format version. Older versions are
// read, from before there was one, too (records.bin was journal.bin then); a newer
// one is refused with a [VersionError].
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

// Attempt is one request that was sent for an operation.
type Attempt struct {
	Stage string `parquet:"stage,dict" json:"stage"`
	// Index is the Operation's Index.
	Index int64 `parquet:"index" json:"index"`
	// Number counts the operation's attempts from 1.
	Number int64 `parquet:"number" json:"number"`
	// Kind is "original" for number 1, else "retry".
	Kind string `parquet:"kind,dict" json:"kind"`
	// Key is the idempotency key that this attempt carried.
	Key     string    `parquet:"key" json:"key"`
	StartTS time.Time `parquet:"start_ts,timestamp(nanosecond)" json:"start_ts"`
	// PlannedWaitMS is the wait that the policy asked for before this attempt,
	// WaitMS the one that took place; 0 for number 1.
	PlannedWaitMS float64 `parquet:"planned_wait_ms" json:"planned_wait_ms"`
	WaitMS        float64 `parquet:"wait_ms" json:"wait_ms"`
	LatencyMS     float64 `parquet:"latency_ms" json:"latency_ms"`
	// Status is the HTTP status, 0 when no answer came.
	Status int64 `parquet:"status" json:"status"`
	// Class is the error class ("timeout", "refused", "reset", "eof", …), "" when
	// an answer came.
	Class string `parquet:"class,dict" json:"class"`
	// Sent is false when no byte of the request can have reached the server.
	Sent bool `parquet:"sent" json:"sent"`
	// Reason is as in Operation, for this attempt.
	Reason  string `parquet:"reason,dict" json:"reason"`
	OrderID string `parquet:"order_id" json:"order_id"`
	// Replayed is true when the answer said that it repeats an earlier one.
	Replayed bool `parquet:"replayed" json:"replayed"`
}
