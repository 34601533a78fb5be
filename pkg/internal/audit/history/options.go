package history

import (
	"time"

	"sagalab/pkg/purchase"
)

// Options says how evidence is judged. The zero value judges by the contract.
type Options struct {
	// Settle is the time that an order may stay pending after the last reply (rule
	// C5); 0 means DefaultSettle.
	Settle time.Duration
	// Steps are the saga's steps in their order; nil means the contract's.
	Steps []string
	// Answers says what a foreign service's answers mean, by what is recorded as an
	// attempt's reason: the problem's code ("sold_out") or, without one,
	// "http_<status>" ("http_410"). It takes precedence over the contract's own meanings.
	Answers map[string]Meaning
}

// DefaultSettle is what Options.Settle means when it is 0.
const DefaultSettle = 10 * time.Second

// SettleTime returns Settle, or DefaultSettle when it is 0 or negative.
func (o Options) SettleTime() time.Duration {
	if o.Settle > 0 {
		return o.Settle
	}
	return DefaultSettle
}

var contractSteps = []string{purchase.ReserveStock, purchase.ChargePayment, purchase.ConfirmOrder}

// SagaSteps returns Steps, or the contract's when they are nil.
func (o *Options) SagaSteps() []string {
	if o.Steps != nil {
		return o.Steps
	}
	return contractSteps
}
