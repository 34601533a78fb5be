package runs

import "time"

// attemptColumns are the columns of attempts.parquet, by the fields of Attempt.
var attemptColumns = []tableColumn[Attempt]{
	nameColumn("stage", func(a *Attempt) *string { return &a.Stage }),
	intColumn("index", func(a *Attempt) *int64 { return &a.Index }),
	intColumn("number", func(a *Attempt) *int64 { return &a.Number }),
	nameColumn("kind", func(a *Attempt) *string { return &a.Kind }),
	textColumn("key", func(a *Attempt) *string { return &a.Key }),
	timeColumn("start_ts", func(a *Attempt) *time.Time { return &a.StartTS }),
	floatColumn("planned_wait_ms", func(a *Attempt) *float64 { return &a.PlannedWaitMS }),
	floatColumn("wait_ms", func(a *Attempt) *float64 { return &a.WaitMS }),
	floatColumn("latency_ms", func(a *Attempt) *float64 { return &a.LatencyMS }),
	intColumn("status", func(a *Attempt) *int64 { return &a.Status }),
	nameColumn("class", func(a *Attempt) *string { return &a.Class }),
	boolColumn("sent", func(a *Attempt) *bool { return &a.Sent }),
	nameColumn("reason", func(a *Attempt) *string { return &a.Reason }),
	textColumn("order_id", func(a *Attempt) *string { return &a.OrderID }),
	boolColumn("replayed", func(a *Attempt) *bool { return &a.Replayed }),
	nameColumn("meaning", func(a *Attempt) *string { return &a.Meaning }),
	intColumn("answered_amount", func(a *Attempt) *int64 { return &a.AnsweredAmount }),
	nameColumn("answer_differs", func(a *Attempt) *string { return &a.AnswerDiffers }),
	nameColumn("step", func(a *Attempt) *string { return &a.Step }),
}
