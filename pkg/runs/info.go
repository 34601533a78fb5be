package runs

import (
	"encoding/json"
	"fmt"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// How a stage ended.
const (
	// Running: it is being executed, or its process died before it could say so.
	Running = "running"
	// Complete: every request of the schedule ended.
	Complete = "complete"
	// Interrupted: it was stopped; what had been recorded is there.
	Interrupted = "interrupted"
	// Aborted: trouble of the lab itself stopped it (a full disk, say).
	Aborted = "aborted"
)

// What a stage's operations are.
const (
	Load = "load" // a stage of load
	Case = "case" // one purchase of its own, whose answer is expected
)

// Info is what stage.json says of one executed stage.
type Info struct {
	Stage string `json:"stage"`
	// Kind is Load or Case.
	Kind string `json:"kind"`
	// State is Running, Complete, Interrupted or Aborted.
	State string `json:"state"`
	// Detail is a sentence on why it was not completed, "" when it was.
	Detail string `json:"detail,omitempty"`
	// API is the service's address, without user information.
	API string `json:"api"`
	// Load is the load.Stage that was to run, as load.ParseStage reads it; "" in runs
	// of before it was kept, which had the closed model of Requests and Workers.
	Load string `json:"load,omitempty"`
	// Requests is how many operations were planned, 0 when the stage's length
	// decided, and Workers how many could be under way at once.
	Requests int `json:"requests"`
	Workers  int `json:"workers"`
	// Order is what each operation bought, without a key; nil in runs of before it
	// was kept.
	Order *purchase.Request `json:"order,omitempty"`
	// Fixture names the users and products that were set before it, or says that the
	// service's own were used; "" when neither was recorded.
	Fixture string `json:"fixture,omitempty"`
	// Search names the search for a capacity that the stage is a probe of, "" for any
	// other stage. That a probe fails a threshold is what the search looks for.
	Search string `json:"search,omitempty"`
	// Policy says in words how it was retried.
	Policy string `json:"policy"`
	// Seed is where the keys' random part and the jitter came from.
	Seed uint64 `json:"seed"`
	// Faults is the plan of what went wrong on purpose, nil without one.
	Faults json.RawMessage `json:"faults,omitempty"`
	// FaultWindows is what came of each of the plan's windows, in the plan's order; nil
	// without faults, and where it is not known (FaultsKnown).
	FaultWindows []FaultWindow `json:"fault_windows,omitempty"`
	Started      time.Time     `json:"started"`
	Ended        time.Time     `json:"ended,omitzero"`
	// Report is how the schedule was kept, nil while the stage runs and when its
	// process died.
	Report *load.Report `json:"report,omitempty"`
	// Shares is who sent it when a fleet did, by number; nil for one process.
	Shares []Share `json:"shares,omitempty"`
	// Warnings say in sentences what not to rely on, or what stood in the way.
	Warnings []string `json:"warnings,omitempty"`
	// Limits say briefly which limits of the sending machine attempts ran into, as
	// Warnings has it in sentences; nil when they ran into none.
	Limits []string `json:"limits,omitempty"`
	// Thresholds is how the stage's thresholds were answered.
	Thresholds []Judged `json:"thresholds,omitempty"`
}

// Dropped is how many arrivals could not start, as far as is known.
func (i Info) Dropped() int {
	if i.Report == nil {
		return 0
	}
	return i.Report.Dropped
}

// Bought is what each operation bought, in words.
func (i Info) Bought() string {
	if i.Order == nil {
		return "not recorded"
	}
	o := *i.Order
	return fmt.Sprintf("%d of product %d by user %d, payment method %d", o.Quantity, o.ProductID, o.UserID, o.PaymentMethodID)
}

// RateTime is the time that rates of the stage are of (load.Stage.RateTime), of a wall
// time and latencies that are sorted. What a stage was to run is not known of old runs,
// which had the closed model alone.
func (i Info) RateTime(wall time.Duration, sorted []float64) time.Duration {
	plan, err := load.ParseStage(i.Load)
	if err != nil || len(sorted) == 0 {
		return wall
	}
	return plan.RateTime(wall, time.Duration(sorted[0]*float64(time.Millisecond)), i.State == Complete)
}

// Lost is how many operations of a fleet's stage are missing.
func (i Info) Lost() (n int) {
	for _, s := range i.Shares {
		n += s.Lost
	}
	return n
}

// ClockError is by how much times of different operations may be wrong against
// one another, 0 when one machine's clock told them all.
func (i Info) ClockError() (most time.Duration) {
	for _, s := range i.Shares {
		most = max(most, s.ClockError)
	}
	return most
}
