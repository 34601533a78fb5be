package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// attemptColumns are the columns of Attempts, in their order.
var attemptColumns = []column[runs.Attempt]{
	textColumn("stage", func(a *runs.Attempt) string { return a.Stage }),
	intColumn("index", func(a *runs.Attempt) int64 { return a.Index }),
	intColumn("number", func(a *runs.Attempt) int64 { return a.Number }),
	textColumn("kind", func(a *runs.Attempt) string { return a.Kind }),
	intColumn("status", func(a *runs.Attempt) int64 { return a.Status }),
	textColumn("class", func(a *runs.Attempt) string { return a.Class }),
	textColumn("reason", func(a *runs.Attempt) string { return a.Reason }),
	floatColumn("latency_ms", func(a *runs.Attempt) float64 { return a.LatencyMS }),
	floatColumn("planned_wait_ms", func(a *runs.Attempt) float64 { return a.PlannedWaitMS }),
	floatColumn("wait_ms", func(a *runs.Attempt) float64 { return a.WaitMS }),
	floatColumn("start_ts", func(a *runs.Attempt) float64 { return unixSeconds(a.StartTS) }),
	boolColumn("sent", func(a *runs.Attempt) bool { return a.Sent }),
	boolColumn("replayed", func(a *runs.Attempt) bool { return a.Replayed }),
	textColumn("key", func(a *runs.Attempt) string { return a.Key }),
	textColumn("order_id", func(a *runs.Attempt) string { return a.OrderID }),
	textColumn("meaning", func(a *runs.Attempt) string { return a.Meaning }),
	intColumn("answered_amount", func(a *runs.Attempt) int64 { return a.AnsweredAmount }),
	textColumn("answer_differs", func(a *runs.Attempt) string { return a.AnswerDiffers }),
	textColumn("step", func(a *runs.Attempt) string { return a.Step }),
}

// Attempts returns a frame with one row for each attempt, poll and login, named in the
// column kind, in the order given.
func Attempts(rows []runs.Attempt) (dataframe.DataFrame, error) {
	return newFrame("attempts", rows, attemptColumns)
}
