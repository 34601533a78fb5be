package faultsearch

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// Execution is what was seen of one execution of a schedule.
type Execution struct {
	// Number counts the executions of a search from 1.
	Number   int            `json:"number"`
	World    World          `json:"world"`
	Schedule fault.Schedule `json:"schedule"`
	// Calls are those that came by the proxies, in the order of arrival.
	Calls []fault.SeenCall `json:"calls"`
	// Ends says how each purchase ended, in their order.
	Ends []End `json:"ends"`
	// State is a digest of what the service shows afterwards, without ids and times; "" when
	// nothing was read.
	State string `json:"state,omitempty"`
	// Effects counts what the service shows of the purchases; nil when it does not show it.
	Effects *Effects `json:"effects,omitempty"`
	// Tier says how much the service let the audit see.
	Tier audit.Tier `json:"tier,omitempty"`
	// Answers has the audit's answer for each rule.
	Answers map[string]audit.Answer `json:"answers"`
	// Report is the audit's report; nil when no rule is violated.
	Report *audit.Report `json:"report,omitempty"`
	// NotQuiet is why the service had not come to rest when it was audited, "" when it had.
	NotQuiet string `json:"not_quiet,omitempty"`
	// Unrecognised counts calls to participants that belong to no purchase.
	Unrecognised int `json:"unrecognised,omitempty"`
	// Began and Seconds are when it began and how long it took, with setting the service
	// anew and the audit.
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
}

// End is how one purchase ended by the answers that its client got.
type End struct {
	Key      string           `json:"key,omitempty"`
	Outcome  purchase.Outcome `json:"outcome"`
	Status   int              `json:"status,omitempty"`
	Reason   string           `json:"reason,omitempty"`
	OrderID  string           `json:"order_id,omitempty"`
	Attempts int              `json:"attempts"`
	// Began and Ended bound it, by the client's clock.
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended"`
}

// Judged sets Answers and Report to what an audit says.
func (x *Execution) Judged(r audit.Report) {
	x.Answers, x.Report, x.Tier = map[string]audit.Answer{}, nil, r.Tier
	for _, v := range r.Verdicts {
		x.Answers[v.Rule] = v.Answer
		if v.Answer == audit.Violated {
			x.Report = &r
		}
	}
}

// Violated returns the rules that are violated, the probable cause first.
func (x *Execution) Violated() (rules []string) {
	if x.Report == nil {
		return nil
	}
	for _, v := range x.Report.Violated() {
		rules = append(rules, v.Rule)
	}
	return rules
}

// violates reports whether a rule is violated.
func (x *Execution) violates(rule string) bool { return x.Answers[rule] == audit.Violated }

// seen returns the calls, in the order of arrival, without how they went.
func (x *Execution) seen() []fault.Call {
	calls := make([]fault.Call, len(x.Calls))
	for i, c := range x.Calls {
		calls[i] = c.Call
	}
	return calls
}

// fingerprint is what two executions have in common that did the same: the calls and their
// answers without what was done to them on purpose, the ends of the purchases, and the state.
func (x *Execution) fingerprint() string {
	type call struct {
		fault.Call
		Status int
		Failed bool
	}
	calls := make([]call, len(x.Calls))
	for i, c := range x.Calls {
		calls[i] = call{c.Call, c.Status, c.Failed}
	}
	slices.SortFunc(calls, func(a, b call) int { return compareCalls(a.Call, b.Call) })
	ends := make([]purchase.Outcome, len(x.Ends))
	for i, e := range x.Ends {
		ends[i] = e.Outcome
	}
	text, err := json.Marshal(struct {
		Calls    []call
		Ends     []purchase.Outcome
		State    string
		Violated []string
		Quiet    bool
	}{calls, ends, x.State, x.Violated(), x.NotQuiet == ""})
	if err != nil { // numbers and strings always marshal
		panic(err)
	}
	return string(text)
}

func compareCalls(a, b fault.Call) int {
	return cmp.Or(cmp.Compare(a.Purchase, b.Purchase), cmp.Compare(a.Participant, b.Participant), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Attempt, b.Attempt))
}
