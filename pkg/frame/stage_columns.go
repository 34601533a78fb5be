package frame

import (
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stageOperationColumns returns the columns of StageOperations for a stage.
func stageOperationColumns(stage string, began time.Time, wholeMessages bool) []column[runs.Operation] {
	message := func(o *runs.Operation) string { return cut(o.Message, shortMessage) }
	if wholeMessages {
		message = func(o *runs.Operation) string { return o.Message }
	}
	return []column[runs.Operation]{
		intColumn("index", func(o *runs.Operation) int64 { return o.Index }),
		textColumn("outcome", func(o *runs.Operation) string { return string(o.Outcome) }),
		intColumn("status", func(o *runs.Operation) int64 { return o.Status }),
		textColumn("reason", func(o *runs.Operation) string { return o.Reason }),
		intColumn("attempts", func(o *runs.Operation) int64 { return o.Attempts }),
		floatColumn("latency_ms", func(o *runs.Operation) float64 { return o.LatencyMS }),
		floatColumn("service_ms", func(o *runs.Operation) float64 { return o.ServiceMS }),
		floatColumn("wait_ms", func(o *runs.Operation) float64 { return o.WaitMS }),
		floatColumn("start_s", func(o *runs.Operation) float64 { return o.StartTS.Sub(began).Seconds() }),
		boolColumn("success", func(o *runs.Operation) bool { return o.Success }),
		intColumn("virtual_user", func(o *runs.Operation) int64 { return o.VirtualUser }),
		textColumn("order_id", func(o *runs.Operation) string { return o.OrderID }),
		textColumn("key", func(o *runs.Operation) string { return o.Key }),
		idColumn("user_id", func(o *runs.Operation) purchase.ID { return o.UserID }),
		textColumn("user", func(o *runs.Operation) string { return o.UserID.Text() }),
		idColumn("product_id", func(o *runs.Operation) purchase.ID { return o.ProductID }),
		textColumn("product", func(o *runs.Operation) string { return o.ProductID.Text() }),
		intColumn("quantity", func(o *runs.Operation) int64 { return o.Quantity }),
		idColumn("payment_method_id", func(o *runs.Operation) purchase.ID { return o.PaymentMethodID }),
		textColumn("payment_method", func(o *runs.Operation) string { return o.PaymentMethodID.Text() }),
		floatColumn("scheduled_ts", func(o *runs.Operation) float64 { return unixSeconds(o.ScheduledTS) }),
		floatColumn("start_ts", func(o *runs.Operation) float64 { return unixSeconds(o.StartTS) }),
		floatColumn("end_ts", func(o *runs.Operation) float64 { return unixSeconds(o.EndTS) }),
		textColumn("status_str", func(o *runs.Operation) string { return o.StatusStr }),
		floatColumn("accepted_ms", func(o *runs.Operation) float64 { return o.AcceptedMS }),
		floatColumn("uncertainty_ms", func(o *runs.Operation) float64 { return o.UncertaintyMS }),
		intColumn("steps", (*runs.Operation).FirstAttempts),
		intColumn("polls", func(o *runs.Operation) int64 { return o.Polls }),
		constantColumn[runs.Operation]("stage", stage),
		textColumn("message", message),
	}
}

// stageAttemptColumns returns the columns of StageAttempts for a stage.
func stageAttemptColumns(stage string, began time.Time) []column[runs.Attempt] {
	return []column[runs.Attempt]{
		intColumn("index", func(a *runs.Attempt) int64 { return a.Index }),
		intColumn("number", func(a *runs.Attempt) int64 { return a.Number }),
		intColumn("status", func(a *runs.Attempt) int64 { return a.Status }),
		textColumn("class", func(a *runs.Attempt) string { return a.Class }),
		textColumn("reason", func(a *runs.Attempt) string { return a.Reason }),
		floatColumn("latency_ms", func(a *runs.Attempt) float64 { return a.LatencyMS }),
		floatColumn("wait_ms", func(a *runs.Attempt) float64 { return a.WaitMS }),
		floatColumn("planned_wait_ms", func(a *runs.Attempt) float64 { return a.PlannedWaitMS }),
		floatColumn("start_s", func(a *runs.Attempt) float64 { return a.StartTS.Sub(began).Seconds() }),
		textColumn("meaning", func(a *runs.Attempt) string { return a.Meaning }),
		boolColumn("sent", func(a *runs.Attempt) bool { return a.Sent }),
		boolColumn("replayed", func(a *runs.Attempt) bool { return a.Replayed }),
		textColumn("kind", func(a *runs.Attempt) string { return a.Kind }),
		intColumn("answered_amount", func(a *runs.Attempt) int64 { return a.AnsweredAmount }),
		textColumn("answer_differs", func(a *runs.Attempt) string { return a.AnswerDiffers }),
		textColumn("order_id", func(a *runs.Attempt) string { return a.OrderID }),
		textColumn("key", func(a *runs.Attempt) string { return a.Key }),
		floatColumn("start_ts", func(a *runs.Attempt) float64 { return unixSeconds(a.StartTS) }),
		textColumn("step", func(a *runs.Attempt) string { return a.Step }),
		constantColumn[runs.Attempt]("stage", stage),
	}
}

// cut returns the first letters of a text, with "…" where there are more.
func cut(text string, letters int) string {
	if len(text) <= letters {
		return text
	}
	n := 0
	for at := range text {
		if n++; n > letters {
			return text[:at] + "…"
		}
	}
	return text
}
