package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// operationColumns are the columns of Operations, in their order.
var operationColumns = []column[runs.Operation]{
	textColumn("stage", func(o *runs.Operation) string { return o.Stage }),
	intColumn("index", func(o *runs.Operation) int64 { return o.Index }),
	boolColumn("success", func(o *runs.Operation) bool { return o.Success }),
	textColumn("status_str", func(o *runs.Operation) string { return o.StatusStr }),
	textColumn("outcome", func(o *runs.Operation) string { return string(o.Outcome) }),
	floatColumn("latency_ms", func(o *runs.Operation) float64 { return o.LatencyMS }),
	floatColumn("service_ms", func(o *runs.Operation) float64 { return o.ServiceMS }),
	floatColumn("wait_ms", func(o *runs.Operation) float64 { return o.WaitMS }),
	intColumn("attempts", func(o *runs.Operation) int64 { return o.Attempts }),
	intColumn("status", func(o *runs.Operation) int64 { return o.Status }),
	textColumn("reason", func(o *runs.Operation) string { return o.Reason }),
	textColumn("message", func(o *runs.Operation) string { return o.Message }),
	floatColumn("scheduled_ts", func(o *runs.Operation) float64 { return unixSeconds(o.ScheduledTS) }),
	floatColumn("start_ts", func(o *runs.Operation) float64 { return unixSeconds(o.StartTS) }),
	floatColumn("end_ts", func(o *runs.Operation) float64 { return unixSeconds(o.EndTS) }),
	intColumn("virtual_user", func(o *runs.Operation) int64 { return o.VirtualUser }),
	textColumn("key", func(o *runs.Operation) string { return o.Key }),
	textColumn("order_id", func(o *runs.Operation) string { return o.OrderID }),
	intColumn("user_id", func(o *runs.Operation) int64 { return o.UserID }),
	intColumn("product_id", func(o *runs.Operation) int64 { return o.ProductID }),
	intColumn("quantity", func(o *runs.Operation) int64 { return o.Quantity }),
	intColumn("payment_method_id", func(o *runs.Operation) int64 { return o.PaymentMethodID }),
}

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
}

// Operations is one row for each operation, in the order given. What a notebook
// looks at first stands left: gota prints as many columns as fit.
func Operations(rows []runs.Operation) (dataframe.DataFrame, error) {
	return newFrame("operations", rows, operationColumns)
}

// Attempts is one row for each attempt, in the order given.
func Attempts(rows []runs.Attempt) (dataframe.DataFrame, error) {
	return newFrame("attempts", rows, attemptColumns)
}
