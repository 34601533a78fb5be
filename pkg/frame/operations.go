package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/purchase"
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
	idColumn("user_id", func(o *runs.Operation) purchase.ID { return o.UserID }),
	textColumn("user", func(o *runs.Operation) string { return o.UserID.Text() }),
	idColumn("product_id", func(o *runs.Operation) purchase.ID { return o.ProductID }),
	textColumn("product", func(o *runs.Operation) string { return o.ProductID.Text() }),
	intColumn("quantity", func(o *runs.Operation) int64 { return o.Quantity }),
	idColumn("payment_method_id", func(o *runs.Operation) purchase.ID { return o.PaymentMethodID }),
	textColumn("payment_method", func(o *runs.Operation) string { return o.PaymentMethodID.Text() }),
	floatColumn("accepted_ms", func(o *runs.Operation) float64 { return o.AcceptedMS }),
	floatColumn("uncertainty_ms", func(o *runs.Operation) float64 { return o.UncertaintyMS }),
	intColumn("steps", (*runs.Operation).FirstAttempts),
	intColumn("polls", func(o *runs.Operation) int64 { return o.Polls }),
}

// Operations returns a frame with one row for each operation, in the order given. The
// columns that are looked at first stand left: gota prints as many columns as fit. user_id,
// product_id and payment_method_id are 0 for an id that is a text, which user, product and
// payment_method have of each. steps counts those that were begun, 1 for a purchase of one
// request; accepted_ms, uncertainty_ms and polls are 0 without polls. Of a
// stage on disk, runs.Stage.ReadRows has the rows.
func Operations(rows []runs.Operation) (dataframe.DataFrame, error) {
	return newFrame("operations", rows, operationColumns)
}
