package runs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// The states of a stage.
const (
	// Running: it is being executed, or its process died.
	Running = "running"
	// Complete: each operation of the schedule ended.
	Complete = "complete"
	// Interrupted: it was stopped, and what was recorded until then is kept.
	Interrupted = "interrupted"
	// Aborted: a failure of sagalab's own, such as a full disk, stopped it.
	Aborted = "aborted"
)

// The kinds of what is executed.
const (
	Load = "load" // a stage of load
	Case = "case" // a single purchase with an expected answer
)

// Info describes one executed stage, as stage.json has it.
type Info struct {
	// Stage is the stage's name.
	Stage string `json:"stage"`
	// Kind is Load or Case.
	Kind string `json:"kind"`
	// State is Running, Complete, Interrupted or Aborted.
	State string `json:"state"`
	// Detail says why the stage was not completed, "" when it was.
	Detail string `json:"detail,omitempty"`
	// API is the service's address, without user information.
	API string `json:"api"`
	// Load is the planned load.Stage in the form that load.ParseStage reads; "" in runs
	// from before it was recorded, which had a closed model of Requests and VUs.
	Load string `json:"load,omitempty"`
	// Requests is how many operations were planned, 0 when the stage's length decided;
	// VUs is how many could be in flight at once.
	Requests int `json:"requests"`
	VUs      int `json:"workers"`
	// Buyers describes who bought what, as purchase.Buyers does; "" in runs from before it
	// was recorded.
	Buyers string `json:"buyers,omitempty"`
	// Order is what each operation bought, without a key; nil where they bought different
	// things, and in runs from before it was recorded.
	Order *purchase.Request `json:"order,omitempty"`
	// Adapter is how the service was asked, nil for the contract, and in runs from before it
	// was recorded.
	Adapter *AdapterInfo `json:"adapter,omitempty"`
	// Steps are the names of the steps of a purchase in their order, of which the last one
	// decides; nil for purchases of one request.
	Steps []string `json:"steps,omitempty"`
	// OtherRequests says that purchases may have polls and logins beside their attempts.
	OtherRequests bool `json:"other_requests,omitempty"`
	// Traceparent is true when each request was sent with a header traceparent, of which the ids can be
	// calculated from the run (sagalab traces).
	Traceparent bool `json:"traceparent,omitempty"`
	// Fixture names the users and products that the service was set to before the
	// stage, or says that it kept its own; "" when neither was recorded.
	Fixture string `json:"fixture,omitempty"`
	// Search names the search for a capacity that the stage is a probe of, "" for any
	// other stage. A probe that fails a threshold is no fault: the search looks for it.
	Search string `json:"search,omitempty"`
	// Policy describes the retry policy in words.
	Policy string `json:"policy"`
	// RetryPolicy is the retry.Policy as JSON, nil in runs from before it was recorded.
	RetryPolicy json.RawMessage `json:"retry_policy,omitempty"`
	// Seed determines the schedule, the random part of keys and the jitter.
	Seed uint64 `json:"seed"`
	// Faults is the plan of faults as JSON, nil without one.
	Faults json.RawMessage `json:"faults,omitempty"`
	// FaultWindows has the effect of each window of the plan, in the plan's order; nil
	// without faults, and where it was not recorded (FaultsKnown).
	FaultWindows []FaultWindow `json:"fault_windows,omitempty"`
	// Started and Ended are wall-clock times; Ended is zero while the stage runs.
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// Report says how well the schedule was kept, nil while the stage runs and when its
	// process died.
	Report *load.Report `json:"report,omitempty"`
	// LoadID identifies the stage in the database of the fleet that sent it; "" when one
	// process sent the load.
	LoadID string `json:"fleet_load,omitempty"`
	// WorkerResults has what each worker of a fleet sent, by the worker's number; nil
	// when one process sent the load.
	WorkerResults []WorkerResult `json:"shares,omitempty"`
	// Warnings are sentences on which figures not to rely on, and what failed meanwhile.
	Warnings []string `json:"warnings,omitempty"`
	// Limits names in a few words the limits of the sending machine that attempts ran
	// into, which Warnings explains; nil when they ran into none.
	Limits []string `json:"limits,omitempty"`
	// Thresholds has the result of each of the stage's thresholds.
	Thresholds []ThresholdResult `json:"thresholds,omitempty"`
	// Unfinished is how many of the operations have recorded attempts, but no end, since
	// the process died meanwhile: their Outcome is unknown and their Reason Unfinished.
	Unfinished int `json:"unfinished,omitempty"`
	// Damage is how much of the journal could not be read when the stage's process had
	// died, nil for none.
	Damage *Damage `json:"damage,omitempty"`
}

// Dropped returns how many arrivals could not start, 0 when it was not recorded.
func (i Info) Dropped() int {
	if i.Report == nil {
		return 0
	}
	return i.Report.Dropped
}

// maxBought is how many letters Bought has of buyers, whose text may have a weight for each
// of many products.
const maxBought = 200

// Bought describes in words what each operation bought, or who bought what.
func (i Info) Bought() string {
	if i.Order == nil {
		text := []rune(cmp.Or(i.Buyers, "not recorded"))
		if len(text) > maxBought {
			text = append(text[:maxBought], '…')
		}
		return string(text)
	}
	o := *i.Order
	return fmt.Sprintf("%d of product %d by user %d, payment method %d", o.Quantity, o.ProductID, o.UserID, o.PaymentMethodID)
}

// RateTime returns the time by which counts are divided for a rate, as
// load.Stage.RateTime does. wall is the time from the stage's start to its last
// answer, sorted are latencies in ms, ascending. For runs without Load, which had
// a closed model, and without latencies, it is wall.
func (i Info) RateTime(wall time.Duration, sorted []float64) time.Duration {
	plan, err := load.ParseStage(i.Load)
	if err != nil || len(sorted) == 0 {
		return wall
	}
	return plan.RateTime(wall, time.Duration(sorted[0]*float64(time.Millisecond)), i.State == Complete)
}

// Lost returns how many operations are missing, 0 unless a fleet sent the load.
func (i Info) Lost() (n int) {
	for _, s := range i.WorkerResults {
		n += s.Lost
	}
	return n
}

// ClockError returns the bound of the error of a time difference between operations
// of different workers, 0 when one process sent the load.
func (i Info) ClockError() (most time.Duration) {
	for _, s := range i.WorkerResults {
		most = max(most, s.ClockError)
	}
	return most
}
