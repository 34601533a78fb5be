package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// operationColumns are the columns of Operations, in their order.
var operationColumns = []column[runs.Operation]{
	texts("stage", func(o *runs.Operation) string { return o.Stage }),
	ints("index", func(o *runs.Operation) int64 { return o.Index }),
	bools("success", func(o *runs.Operation) bool { return o.Success }),
	texts("status_str", func(o *runs.Operation) string { return o.StatusStr }),
	texts("outcome", func(o *runs.Operation) string { return string(o.Outcome) }),
	floats("latency_ms", func(o *runs.Operation) float64 { return o.LatencyMS }),
	floats("service_ms", func(o *runs.Operation) float64 { return o.ServiceMS }),
	floats("wait_ms", func(o *runs.Operation) float64 { return o.WaitMS }),
	ints("attempts", func(o *runs.Operation) int64 { return o.Attempts }),
	ints("status", func(o *runs.Operation) int64 { return o.Status }),
	texts("reason", func(o *runs.Operation) string { return o.Reason }),
	texts("message", func(o *runs.Operation) string { return o.Message }),
	floats("scheduled_ts", func(o *runs.Operation) float64 { return epoch(o.ScheduledTS) }),
	floats("start_ts", func(o *runs.Operation) float64 { return epoch(o.StartTS) }),
	floats("end_ts", func(o *runs.Operation) float64 { return epoch(o.EndTS) }),
	ints("virtual_user", func(o *runs.Operation) int64 { return o.VirtualUser }),
	texts("key", func(o *runs.Operation) string { return o.Key }),
	texts("order_id", func(o *runs.Operation) string { return o.OrderID }),
	ints("user_id", func(o *runs.Operation) int64 { return o.UserID }),
	ints("product_id", func(o *runs.Operation) int64 { return o.ProductID }),
	ints("quantity", func(o *runs.Operation) int64 { return o.Quantity }),
	ints("payment_method_id", func(o *runs.Operation) int64 { return o.PaymentMethodID }),
}

// attemptColumns are the columns of Attempts, in their order.
var attemptColumns = []column[runs.Attempt]{
	texts("stage", func(a *runs.Attempt) string { return a.Stage }),
	ints("index", func(a *runs.Attempt) int64 { return a.Index }),
	ints("number", func(a *runs.Attempt) int64 { return a.Number }),
	texts("kind", func(a *runs.Attempt) string { return a.Kind }),
	ints("status", func(a *runs.Attempt) int64 { return a.Status }),
	texts("class", func(a *runs.Attempt) string { return a.Class }),
	texts("reason", func(a *runs.Attempt) string { return a.Reason }),
	floats("latency_ms", func(a *runs.Attempt) float64 { return a.LatencyMS }),
	floats("planned_wait_ms", func(a *runs.Attempt) float64 { return a.PlannedWaitMS }),
	floats("wait_ms", func(a *runs.Attempt) float64 { return a.WaitMS }),
	floats("start_ts", func(a *runs.Attempt) float64 { return epoch(a.StartTS) }),
	bools("sent", func(a *runs.Attempt) bool { return a.Sent }),
	bools("replayed", func(a *runs.Attempt) bool { return a.Replayed }),
	texts("key", func(a *runs.Attempt) string { return a.Key }),
	texts("order_id", func(a *runs.Attempt) string { return a.OrderID }),
}

// Operations is one row for each operation, in the order given. What a notebook
// looks at first stands left: gota prints as many columns as fit.
func Operations(rows []runs.Operation) (dataframe.DataFrame, error) {
	return build("operations", rows, operationColumns)
}

// Attempts is one row for each attempt, in the order given.
func Attempts(rows []runs.Attempt) (dataframe.DataFrame, error) {
	return build("attempts", rows, attemptColumns)
}
