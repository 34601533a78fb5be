// Package advise calculates from a recorded stage what other retry policies would have cost: it
// simulates each policy on the recorded arrivals, with a model of the service that consists of the
// attempts that were recorded. Figures for which there are too few attempts get wide intervals. It sends nothing.
package advise

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// MinPurchases is the fewest purchases that Read accepts. With fewer than load.SamplesFor(.99) no p99 is
// predicted, so that no policy is known.
const MinPurchases = 100

// ErrCannotTell is why nothing can be calculated from a recording; the error that wraps it has
// what is missing and what to record instead.
var ErrCannotTell = errors.New("cannot tell")

// Recording is what Simulate needs of a stage. It is not changed once Read has returned it, and
// safe for concurrent use.
type Recording struct {
	// Stage is the stage's name, Policy the policy that it was recorded with.
	Stage  string
	Policy retry.Policy
	// Measured is what was measured with Policy.
	Measured Figures

	plan     load.Stage
	arrivals []time.Duration // since the stage's start, ascending
	overhead time.Duration   // of the client, for one purchase
	periods  []period
	known    time.Duration // until when the service's behaviour is known
	samples  []sample
	reasons  []string
	notes    []string // of the stage, on its figures
}

// ending is how an attempt ended, as far as a policy looks at it.
type ending uint8

const (
	confirmed  ending = iota
	refused           // for good, or in a way that no policy retries
	retryAfter        // an answer that Policy.RetryAfter alone retries
	throttled         // 429, which Policy.RetryThrottled retries, too
	temporary         // what Config.Temporary retries
	askAgain          // 409 in_progress
)

// sample is a recorded attempt, or a simulated one.
type sample struct {
	at       time.Duration // since the stage's start
	latency  time.Duration
	asked    time.Duration // planned wait after it, -1 where no attempt followed
	waited   time.Duration // planned wait before it, 0 for a first attempt
	inFlight int32         // attempts under way when it was sent
	status   int16
	ending   ending
	failure  retry.Failure
	cut      bool  // ended by the recorded policy: without it, it would have taken longer
	reason   uint8 // of Recording.reasons: why it failed
	after    uint8 // 0 for a first attempt, else 1 + the reason of the attempt before
}

// isRetried reports whether p makes another attempt after x, unless one of its limits is reached.
func (x *sample) isRetried(p *retry.Policy) bool {
	switch x.ending {
	case temporary, askAgain:
		return true
	case throttled:
		return p.RetryThrottled || p.RetryAfter
	case retryAfter:
		return p.RetryAfter
	}
	return false
}

// Read returns the recording of a stage, and an error that wraps ErrCannotTell for one with
// too little in it, of which a part is missing, or that cannot be simulated: of several steps or with polls, with a
// ramp of virtual users or a new key for each attempt. It panics as Stage.EachAttempt does.
func Read(s runs.Stage) (*Recording, error) {
	r := &Recording{Stage: s.Stage, notes: s.Notes(false)}
	if err := r.readInfo(s.Info); err != nil {
		return nil, fmt.Errorf("stage %s: %w: %w", s.Stage, ErrCannotTell, err)
	}
	r.readOperations(s)
	if err := r.readAttempts(s); err != nil {
		return nil, fmt.Errorf("stage %s: %w: %w", s.Stage, ErrCannotTell, err)
	}
	if n := len(r.arrivals); n < MinPurchases {
		return nil, fmt.Errorf("stage %s: %w: it has %d purchases, want %d or more", s.Stage, ErrCannotTell, n, MinPurchases)
	}
	if !slices.ContainsFunc(r.samples, func(x sample) bool { return x.ending >= retryAfter }) {
		return nil, fmt.Errorf("stage %s: %w: no attempt failed in a way that is retried, so that all policies cost the same; record it under the faults that are expected", s.Stage, ErrCannotTell)
	}
	countInFlight(r.samples)
	plan, err := faultPlan(s.Info)
	if err != nil {
		return nil, err
	}
	r.periods, r.known = periodsOf(plan, r.samples)
	return r, nil
}

// readInfo takes over what describes the stage.
func (r *Recording) readInfo(info runs.Info) (err error) {
	switch {
	case info.State != runs.Complete:
		return fmt.Errorf("the stage is %s: what was under way at its end is missing; record it to its end", info.State)
	case info.Lost() > 0:
		return fmt.Errorf("%d purchases were lost with workers: record it again", info.Lost())
	case info.Dropped() > 0:
		return fmt.Errorf("%d arrivals were dropped: lower the rate or raise the cap", info.Dropped())
	case info.Unfinished > 0 || info.Damage != nil:
		return errors.New("a part of its records is missing: record it again")
	case len(info.Steps) > 1 || info.OtherRequests:
		return errors.New("purchases of several steps, with logins or polls cannot be simulated yet")
	case len(info.RetryPolicy) == 0:
		return errors.New("it was recorded before the values of retry policies were: record it again")
	}
	if err := json.Unmarshal(info.RetryPolicy, &r.Policy); err != nil {
		return fmt.Errorf("its retry policy cannot be read: %w", err)
	}
	if r.plan, err = load.ParseStage(info.Load); err != nil {
		return fmt.Errorf("its load cannot be read: %w", err)
	}
	if r.Policy.NewKeyPerAttempt {
		return errors.New("each attempt had a key of its own, under which retries end otherwise than under one key: record it without")
	}
	if len(r.plan.Users) > 0 {
		return errors.New("ramps of virtual users cannot be simulated yet: use an arrival rate, or a number of virtual users that stays the same")
	}
	return nil
}

// readOperations takes over the arrivals, and what was measured.
func (r *Recording) readOperations(s runs.Stage) {
	var latencies, overheads []float64
	attempts, success := 0, 0
	for o := range s.EachOperation("scheduled_ts", "latency_ms", "service_ms", "wait_ms", "attempts", "success") {
		r.arrivals = append(r.arrivals, o.ScheduledTS.Sub(s.Started))
		latencies, overheads = append(latencies, o.LatencyMS), append(overheads, o.LatencyMS-o.ServiceMS-o.WaitMS)
		attempts += int(o.Attempts)
		if o.Success {
			success++
		}
	}
	slices.Sort(r.arrivals)
	slices.Sort(latencies)
	slices.Sort(overheads)
	n := float64(len(latencies))
	r.overhead = time.Duration(max(0, load.Quantile(overheads, .5)) * float64(time.Millisecond))
	r.Measured = Figures{P50: load.Quantile(latencies, .5), P99: load.Quantile(latencies, .99), Amplification: float64(attempts) / n, Success: float64(success) / n}
}

// attemptColumns are what readAttempts looks at.
var attemptColumns = []string{"index", "number", "kind", "start_ts", "planned_wait_ms", "latency_ms", "status", "class", "sent", "reason", "meaning"}

// readAttempts takes over the attempts, of which those of a purchase follow one another.
func (r *Recording) readAttempts(s runs.Stage) error {
	known := map[string]uint8{}
	last := int64(-1)
	for a := range s.EachAttempt(attemptColumns...) {
		if !a.IsAttempt() || a.Kind == runs.Again {
			continue
		}
		x := sampleOf(a)
		x.at = a.StartTS.Sub(s.Started)
		reason, found := known[a.Reason]
		if !found {
			if len(known) == math.MaxUint8-1 {
				return errors.New("its attempts failed for more than 254 reasons")
			}
			reason = uint8(len(known))
			known[a.Reason] = reason
			r.reasons = append(r.reasons, a.Reason)
		}
		x.reason = reason
		if a.Index == last && len(r.samples) > 0 {
			before := &r.samples[len(r.samples)-1]
			before.asked = ms(a.PlannedWaitMS)
			if before.ending == refused {
				before.ending = retryAfter
			}
			x.after, x.waited = 1+before.reason, before.asked
		}
		last = a.Index
		r.samples = append(r.samples, x)
	}
	r.Measured.Wasted = r.wasted()
	slices.SortStableFunc(r.samples, func(a, b sample) int { return cmp.Compare(a.at, b.at) })
	return nil
}

// wasted returns the fraction of the time in attempts that was in attempts to be retried.
func (r *Recording) wasted() float64 {
	var all, wasted time.Duration
	for i := range r.samples {
		x := &r.samples[i]
		all += x.latency
		if x.isRetried(&r.Policy) {
			wasted += x.latency
		}
	}
	return float64(wasted) / float64(max(1, all))
}

// sampleOf returns how a recorded attempt ended.
func sampleOf(a *runs.Attempt) sample {
	class := retry.Class(a.Class)
	x := sample{latency: ms(a.LatencyMS), asked: -1, status: int16(a.Status), failure: retry.FailureOf(class, int(a.Status)), cut: class == retry.Timeout || class == retry.Deadline}
	switch m := a.Means(); {
	case m == purchase.MeansConfirmed:
		x.ending = confirmed
	case m.EndsStep():
		x.ending = refused
	case m == purchase.MeansInProgress:
		x.ending = askAgain
	case retry.Temporary(retry.Attempt{Status: int(a.Status), Class: class}):
		x.ending = temporary
	case x.failure == retry.Throttled:
		x.ending = throttled
	default:
		x.ending = refused
	}
	return x
}

func ms(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

// countInFlight sets how many attempts were under way when each was sent. They are in the order of
// their start.
func countInFlight(samples []sample) {
	ends := make([]time.Duration, len(samples))
	for i, x := range samples {
		ends[i] = x.at + x.latency
	}
	slices.Sort(ends)
	ended := 0
	for i := range samples {
		for ended < len(ends) && ends[ended] <= samples[i].at {
			ended++
		}
		samples[i].inFlight = int32(max(0, i-ended))
	}
}

// faultPlan returns the plan of a stage's faults.
func faultPlan(info runs.Info) (fault.Plan, error) {
	if info.FaultsText() == "none" {
		return fault.Plan{}, nil
	}
	p, err := fault.ParsePlan(info.Faults)
	if err != nil {
		return p, fmt.Errorf("stage %s: %w: its plan of faults cannot be read: %w", info.Stage, ErrCannotTell, err)
	}
	return p, nil
}
