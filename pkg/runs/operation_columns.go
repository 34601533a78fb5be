package runs

import (
	"time"

	"sagalab/pkg/purchase"
)

// operationColumns are the columns of operations.parquet, as operationRow has them.
var operationColumns = []tableColumn[Operation]{
	nameColumn("stage", func(o *Operation) *string { return &o.Stage }),
	intColumn("index", func(o *Operation) *int64 { return &o.Index }),
	intColumn("virtual_user", func(o *Operation) *int64 { return &o.VirtualUser }),
	textColumn("key", func(o *Operation) *string { return &o.Key }),
	idColumn("user_id", "user", userOf), idTextColumn("user", "user_id", userOf),
	idColumn("product_id", "product", productOf), idTextColumn("product", "product_id", productOf),
	intColumn("quantity", func(o *Operation) *int64 { return &o.Quantity }),
	idColumn("payment_method_id", "payment_method", methodOf), idTextColumn("payment_method", "payment_method_id", methodOf),
	timeColumn("scheduled_ts", func(o *Operation) *time.Time { return &o.ScheduledTS }),
	timeColumn("start_ts", func(o *Operation) *time.Time { return &o.StartTS }),
	timeColumn("end_ts", func(o *Operation) *time.Time { return &o.EndTS }),
	floatColumn("latency_ms", func(o *Operation) *float64 { return &o.LatencyMS }),
	floatColumn("service_ms", func(o *Operation) *float64 { return &o.ServiceMS }),
	floatColumn("wait_ms", func(o *Operation) *float64 { return &o.WaitMS }),
	laterColumn(floatColumn("accepted_ms", func(o *Operation) *float64 { return &o.AcceptedMS })),
	laterColumn(floatColumn("uncertainty_ms", func(o *Operation) *float64 { return &o.UncertaintyMS })),
	intColumn("attempts", func(o *Operation) *int64 { return &o.Attempts }),
	laterColumn(intColumn("steps", func(o *Operation) *int64 { return &o.Steps })),
	laterColumn(intColumn("polls", func(o *Operation) *int64 { return &o.Polls })),
	boolColumn("success", func(o *Operation) *bool { return &o.Success }),
	nameColumn("status_str", func(o *Operation) *string { return &o.StatusStr }),
	nameColumn("outcome", func(o *Operation) *purchase.Outcome { return &o.Outcome }),
	intColumn("status", func(o *Operation) *int64 { return &o.Status }),
	nameColumn("reason", func(o *Operation) *string { return &o.Reason }),
	textColumn("order_id", func(o *Operation) *string { return &o.OrderID }),
	textColumn("message", func(o *Operation) *string { return &o.Message }),
}

func userOf(o *Operation) *purchase.ID    { return &o.UserID }
func productOf(o *Operation) *purchase.ID { return &o.ProductID }
func methodOf(o *Operation) *purchase.ID  { return &o.PaymentMethodID }
