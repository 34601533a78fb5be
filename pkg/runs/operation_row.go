package runs

import (
	"time"

	"sagalab/pkg/purchase"
)

// operationRow is an Operation as a row of operations.parquet: an ID is a column with its
// number, 0 for a text, and one with its text, "" for no id.
type operationRow struct {
	Stage           string           `parquet:"stage,dict"`
	Index           int64            `parquet:"index"`
	VirtualUser     int64            `parquet:"virtual_user"`
	Key             string           `parquet:"key"`
	UserID          int64            `parquet:"user_id"`
	User            string           `parquet:"user,dict"`
	ProductID       int64            `parquet:"product_id"`
	Product         string           `parquet:"product,dict"`
	Quantity        int64            `parquet:"quantity"`
	PaymentMethodID int64            `parquet:"payment_method_id"`
	PaymentMethod   string           `parquet:"payment_method,dict"`
	ScheduledTS     time.Time        `parquet:"scheduled_ts,timestamp(nanosecond)"`
	StartTS         time.Time        `parquet:"start_ts,timestamp(nanosecond)"`
	EndTS           time.Time        `parquet:"end_ts,timestamp(nanosecond)"`
	LatencyMS       float64          `parquet:"latency_ms"`
	ServiceMS       float64          `parquet:"service_ms"`
	WaitMS          float64          `parquet:"wait_ms"`
	AcceptedMS      float64          `parquet:"accepted_ms"`
	UncertaintyMS   float64          `parquet:"uncertainty_ms"`
	Attempts        int64            `parquet:"attempts"`
	Steps           int64            `parquet:"steps"`
	Polls           int64            `parquet:"polls"`
	Success         bool             `parquet:"success"`
	StatusStr       string           `parquet:"status_str,dict"`
	Outcome         purchase.Outcome `parquet:"outcome,dict"`
	Status          int64            `parquet:"status"`
	Reason          string           `parquet:"reason,dict"`
	OrderID         string           `parquet:"order_id"`
	Message         string           `parquet:"message"`
}

// rowOf returns the row of an operation.
func rowOf(o *Operation) operationRow {
	user, _ := o.UserID.Number()
	product, _ := o.ProductID.Number()
	method, _ := o.PaymentMethodID.Number()
	return operationRow{
		Stage: o.Stage, Index: o.Index, VirtualUser: o.VirtualUser, Key: o.Key,
		UserID: user, User: o.UserID.Text(), ProductID: product, Product: o.ProductID.Text(),
		Quantity: o.Quantity, PaymentMethodID: method, PaymentMethod: o.PaymentMethodID.Text(),
		ScheduledTS: o.ScheduledTS, StartTS: o.StartTS, EndTS: o.EndTS,
		LatencyMS: o.LatencyMS, ServiceMS: o.ServiceMS, WaitMS: o.WaitMS, AcceptedMS: o.AcceptedMS, UncertaintyMS: o.UncertaintyMS,
		Attempts: o.Attempts, Steps: o.Steps, Polls: o.Polls, Success: o.Success, StatusStr: o.StatusStr, Outcome: o.Outcome, Status: o.Status,
		Reason: o.Reason, OrderID: o.OrderID, Message: o.Message,
	}
}
