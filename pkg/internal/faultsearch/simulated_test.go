package faultsearch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// simulated is a service whose purchases make calls one after the other, each tried up to
// attempts times. The zero value of each switch is a correct service.
type simulated struct {
	steps    []fault.Call // of each purchase, with Participant and Step
	attempts int
	// chargesTwice: an attempt that takes effect at this step is not recognised.
	chargesTwice string
	// losesAfter: a purchase is wrong when this many faults were done to the calls of its steps.
	losesAfter int
	// ordered: the first purchase is the first; else rng decides.
	rng *rand.Rand
	// onlyOnce: calls are not tried again.
	onlyOnce bool
	// noise: that part of the executions make a call more, from rng.
	noise float64
	// notQuiet: the service does not come to rest after this execution, from 1.
	notQuiet int
	// resetsDiffer: two faults of which one resets a reply lead to another call.
	resetsDiffer bool
	// violatesOnceAt: this execution, from 1, violates a rule, whatever its schedule is.
	violatesOnceAt int
	// compensates: a fault on the last step leads to another call.
	compensates bool
	// fails is returned after this many executions, when it is not nil.
	fails      error
	failsAfter int
	// cancels is called with the number of the execution, when it is not nil.
	cancels func(n int)

	executed int
	log      []string
}

func twoSteps() []fault.Call {
	return []fault.Call{{}, {Participant: "stock", Step: "POST /reserve"}, {Participant: "payments", Step: "POST /charge"}}
}

// Execute implements Executor.
func (m *simulated) Execute(ctx context.Context, w World, s fault.Schedule) (Execution, error) {
	m.executed++
	m.log = append(m.log, keyOf(w, s))
	if m.cancels != nil {
		m.cancels(m.executed)
	}
	if m.fails != nil && m.executed > m.failsAfter {
		return Execution{}, m.fails
	}
	x := Execution{Calls: []fault.SeenCall{}}
	x.Schedule, x.World = s, w
	effects, done := map[fault.Call]int{}, 0
	order := make([]int, w.Purchases)
	for i := range order {
		order[i] = i + 1
	}
	if m.rng != nil && w.AtOnce {
		m.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	for place, p := range order {
		x.Ends = append(x.Ends, m.purchase(&x, s, p, place >= w.Supply(), effects, &done))
	}
	if m.rng != nil && m.rng.Float64() < m.noise {
		x.Calls = append(x.Calls, fault.SeenCall{Call: fault.Call{Purchase: 1, Step: "GET /again", Attempt: 1}, Status: 200})
	}
	if m.resetsDiffer && len(s.Faults) > 1 && slices.ContainsFunc(s.Faults, func(f fault.CallFault) bool { return f.Fault == fault.ResetReply }) {
		x.Calls = append(x.Calls, fault.SeenCall{Call: fault.Call{Purchase: 1, Step: "GET /again", Attempt: 1}, Status: 200})
	}
	if m.notQuiet == m.executed {
		x.NotQuiet = "an order is pending"
	}
	total := 0
	rule := audit.Verdict{Rule: "C3", Title: "a purchase is paid once if confirmed, else not at all", Answer: audit.Holds}
	for c, n := range effects {
		total += n
		if n > 1 && c.Step == m.chargesTwice && m.chargesTwice != "" {
			rule.Answer = audit.Violated
			rule.First = &audit.Counterexample{Says: "charged twice"}
		}
	}
	if m.violatesOnceAt == m.executed {
		rule.Answer, rule.First = audit.Violated, &audit.Counterexample{Says: "once"}
	}
	if m.losesAfter > 0 && done >= m.losesAfter {
		rule.Answer = audit.Violated
		rule.First = &audit.Counterexample{Says: "lost"}
	}
	x.State = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, total)))[:8]
	x.Judged(audit.Report{Verdicts: []audit.Verdict{rule, {Rule: "T1", Answer: audit.Unknown}, {Rule: "S1", Answer: audit.Holds}}})
	return x, ctx.Err()
}

// purchase makes the calls of a purchase. refused: its second call is refused.
func (m *simulated) purchase(x *Execution, s fault.Schedule, p int, refused bool, effects map[fault.Call]int, done *int) End {
	end := End{Outcome: purchase.OK}
	for i, step := range m.steps {
		step.Purchase = p
		if !m.call(x, s, step, refused && i == 1, effects, done) {
			end.Outcome = purchase.Unknown
			if i == len(m.steps)-1 && m.compensates {
				m.call(x, s, fault.Call{Purchase: p, Participant: "stock", Step: "POST /release"}, false, effects, done)
			}
			return end
		}
		if refused && i == 1 {
			end.Outcome = purchase.Failed
			return end
		}
	}
	return end
}

// call makes the attempts of one call, and reports whether one was answered.
func (m *simulated) call(x *Execution, s fault.Schedule, c fault.Call, refused bool, effects map[fault.Call]int, done *int) bool {
	key := c
	for attempt := 1; attempt <= m.attempts; attempt++ {
		c.Attempt = attempt
		kind, _ := s.At(c)
		seen := fault.SeenCall{Call: c, Fault: kind, Began: time.Unix(0, 0)}
		if kind != "" {
			*done++
		}
		if kind != fault.DropRequest && kind != fault.Unavailable {
			seen.Status = 200
			if effects[key] == 0 || c.Step == m.chargesTwice {
				effects[key]++
			}
			if kind == fault.Duplicate && c.Step == m.chargesTwice {
				effects[key]++
			}
			if refused {
				seen.Status, effects[key] = 409, 0
			}
		}
		x.Calls = append(x.Calls, seen)
		if kind == "" || kind == fault.Duplicate {
			return true
		}
		if m.onlyOnce {
			return false
		}
	}
	return false
}
