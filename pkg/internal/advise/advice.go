package advise

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// Candidate is a policy to be simulated.
type Candidate struct {
	Name   string
	Policy retry.Policy
}

// Candidates returns the policies that people run (retry.Named) with the attempt timeout of the
// recording, which is part of the service's model, and the grid of attempts, first waits, jitter
// and budgets that are simulated beside them.
func Candidates(r *Recording) (list []Candidate) {
	for _, name := range retry.PolicyNames() {
		p, err := retry.Named(name)
		if err != nil {
			continue // a name that PolicyNames returns is known
		}
		p.AttemptTimeout = r.Policy.AttemptTimeout
		list = append(list, Candidate{name, p})
	}
	one := r.Policy
	one.MaxAttempts = 1
	list = append(list, Candidate{"no retries", one})
	for _, attempts := range []int{2, 3, 4, 5} {
		for _, first := range []time.Duration{0, 10, 25, 50, 100, 200, 400, 800} {
			for _, budget := range []float64{0, .1, .2} {
				list = append(list, gridCandidate(r, attempts, first*time.Millisecond, budget))
			}
		}
	}
	return list
}

func gridCandidate(r *Recording, attempts int, first time.Duration, budget float64) Candidate {
	p := retry.Policy{MaxAttempts: attempts, Backoff: retry.Exponential(first, 20*time.Second), Jitter: retry.Full, AttemptTimeout: r.Policy.AttemptTimeout}
	name := fmt.Sprintf("%d attempts, full jitter from %v", attempts, first)
	if first == 0 {
		p.Backoff, p.Jitter = retry.Fixed(0), retry.NoJitter
		name = fmt.Sprintf("%d attempts at once", attempts)
	}
	if budget > 0 {
		p.Budget.Ratio = budget
		name += fmt.Sprintf(", budget %g", budget)
	}
	return Candidate{name, p}
}

// Advice is what Advise has found out.
type Advice struct {
	Stage    string       `json:"stage"`
	Recorded retry.Policy `json:"recorded_policy"`
	Measured Figures      `json:"measured"`
	// Fit is what the model says of the recorded policy.
	Fit Prediction `json:"fit"`
	// Predictions are of all candidates, in their order.
	Predictions []Prediction `json:"predictions"`
	// Front has the indices of those that no other beats in both p99 and amplification while it
	// confirms as many purchases, by amplification. Those that cannot be told are not in it.
	Front []int `json:"front"`
	// Best is the index of the recommended one, -1 without one; Reason says why.
	Best   int    `json:"best"`
	Reason string `json:"reason"`
}

// Advise simulates candidates on a recording, on all processors, and recommends one that is within
// the bounds. An error wraps ErrCannotTell when the model does not fit the recording; it is
// ctx's when that ends first.
func Advise(ctx context.Context, r *Recording, candidates []Candidate, bounds []Bound, seed uint64) (Advice, error) {
	p := NewPredictor(r, seed)
	a := Advice{Stage: r.Stage, Recorded: r.Policy, Measured: r.Measured, Best: -1}
	var err error
	if a.Fit, err = p.Fit(); err != nil {
		return a, err
	}
	a.Predictions = make([]Prediction, len(candidates))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(candidates) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				a.Predictions[i] = p.Predict(candidates[i].Name, candidates[i].Policy, Replications)
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return a, err
	}
	a.Front = front(a.Predictions)
	a.recommend(bounds)
	return a, nil
}

// Told reports whether the recording can tell of any policy.
func (a Advice) Told() bool { return slices.ContainsFunc(a.Predictions, Prediction.Told) }

// front returns the indices of the predictions that no other beats.
func front(list []Prediction) (best []int) {
	for i := range list {
		if list[i].Told() && !slices.ContainsFunc(list, func(other Prediction) bool { return other.Told() && beats(&other, &list[i]) }) {
			best = append(best, i)
		}
	}
	slices.SortStableFunc(best, func(a, b int) int {
		return cmp.Compare(list[a].Amplification.Value, list[b].Amplification.Value)
	})
	return best
}

// beats reports whether a is at least as good as b in all of p99, amplification and success, and
// better in one.
func beats(a, b *Prediction) bool {
	return a.P99.Value <= b.P99.Value && a.Amplification.Value <= b.Amplification.Value && a.Success.Value >= b.Success.Value &&
		(a.P99.Value < b.P99.Value || a.Amplification.Value < b.Amplification.Value || a.Success.Value > b.Success.Value)
}

// recommend chooses, of the policies whose whole intervals are within the bounds, the one that
// confirms most purchases; of those that do so within half a point, the one with the fewest attempts;
// of those within two percent of that, the one with the lowest p99.
func (a *Advice) recommend(bounds []Bound) {
	if len(bounds) == 0 {
		a.Reason = "no recommendation without bounds: say what the service has to keep, such as \"p99 < 800ms\" and \"amplification < 1.3\""
		return
	}
	within, untold := 0, 0
	for i := range a.Predictions {
		p := &a.Predictions[i]
		switch {
		case !p.Told():
			untold++
		case slices.ContainsFunc(bounds, func(b Bound) bool { return !b.holds(p) }):
		default:
			if within++; a.Best < 0 || better(p, &a.Predictions[a.Best]) {
				a.Best = i
			}
		}
	}
	if a.Best < 0 && untold == len(a.Predictions) {
		a.Reason = fmt.Sprintf("of none of %d policies the recording can tell the p99, the attempts and what is confirmed: record at least %d purchases, with retries, at the loads that are expected",
			len(a.Predictions), load.SamplesFor(.99))
		return
	}
	if a.Best < 0 {
		a.Reason = fmt.Sprintf("none of %d policies is within the bounds with its whole interval; of %d the recording cannot tell", len(a.Predictions), untold)
		return
	}
	a.Reason = fmt.Sprintf("%d of %d policies are within the bounds; of those it confirms most purchases, with the fewest attempts, then the lowest p99; of %d the recording cannot tell",
		within, len(a.Predictions), untold)
}

// better reports whether a is to be recommended rather than b.
func better(a, b *Prediction) bool {
	const points, part = .005, .02
	if d := a.Success.Value - b.Success.Value; d > points || d < -points {
		return d > 0
	}
	if d := a.Amplification.Value/b.Amplification.Value - 1; d > part || d < -part {
		return d < 0
	}
	return a.P99.Value < b.P99.Value
}
