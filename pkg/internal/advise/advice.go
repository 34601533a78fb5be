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

// NoRetries is the name of the policy with one attempt among Candidates.
const NoRetries = "no retries"

// Candidate is a policy to be simulated.
type Candidate struct {
	Name   string
	Policy retry.Policy
}

// Candidates returns the named policies (retry.Named) with the attempt timeout of the
// recording, beyond which nothing was seen, one without retries, and a grid of attempts, first
// waits and budgets. None waits for Retry-After; no answer is assumed to have a header that Policy.Pushback names.
func Candidates(r *Recording) (list []Candidate) {
	for _, name := range retry.PolicyNames() {
		p, err := retry.Named(name)
		if err != nil {
			continue // a name that PolicyNames returns is known
		}
		p.AttemptTimeout = r.Policy.AttemptTimeout
		list = append(list, Candidate{name, p})
	}
	list = append(list, Candidate{NoRetries, retry.Policy{MaxAttempts: 1, AttemptTimeout: r.Policy.AttemptTimeout}})
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
	name := fmt.Sprintf("%d attempts from %v", attempts, first)
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

// Advice is the result of Advise.
type Advice struct {
	Stage    string       `json:"stage"`
	Recorded retry.Policy `json:"recorded_policy"`
	Measured Figures      `json:"measured"`
	// Fit is what the model gives for the recorded policy.
	Fit Prediction `json:"fit"`
	// Predictions are of all candidates, in their order.
	Predictions []Prediction `json:"predictions"`
	// Front has the indices of the known ones (Prediction.IsKnown) that no other known one beats (see
	// beats), in ascending order of amplification.
	Front []int `json:"front"`
	// Best is the index of the recommended one, -1 without one; Reason is why, in words.
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
				a.Predictions[i] = p.Predict(candidates[i].Name, candidates[i].Policy)
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

// HasKnown reports whether the figures of any policy are known.
func (a Advice) HasKnown() bool { return slices.ContainsFunc(a.Predictions, Prediction.IsKnown) }

// unbeaten returns those of some policies that none of them beats, or all of them where each one is beaten
// by another, which can be since beats is not transitive.
func (a *Advice) unbeaten(list []int) []int {
	left := slices.DeleteFunc(slices.Clone(list), func(i int) bool {
		return slices.ContainsFunc(list, func(other int) bool { return beats(&a.Predictions[other], &a.Predictions[i]) })
	})
	if len(left) == 0 {
		return list
	}
	return left
}

// front returns the indices of the known predictions that no other beats.
func front(list []Prediction) (best []int) {
	for i := range list {
		if list[i].IsKnown() && !slices.ContainsFunc(list, func(other Prediction) bool { return other.IsKnown() && beats(&other, &list[i]) }) {
			best = append(best, i)
		}
	}
	slices.SortStableFunc(best, func(a, b int) int {
		return cmp.Compare(list[a].Amplification.Value, list[b].Amplification.Value)
	})
	return best
}

// beats reports whether a is clearly better than b: its whole range of p99, amplification or success is better
// than b's, it confirms at most half a point fewer purchases, and neither its p99 nor its amplification is
// beyond b's range on the worse side.
func beats(a, b *Prediction) bool {
	if a.Success.Value < b.Success.Value-successLeeway || a.P99.Value > b.P99.High || a.Amplification.Value > b.Amplification.High {
		return false
	}
	return a.P99.High < b.P99.Low || a.Amplification.High < b.Amplification.Low || a.Success.Low > b.Success.High
}

// successLeeway is by how much less success is as good, as a fraction, and attemptsLeeway how many times as many
// attempts are as few.
const successLeeway, attemptsLeeway = .005, 1.02

// recommend chooses, of the policies within the bounds, those that confirm most purchases, within half a point;
// of these, those than which no other of them is clearly better; of these, those with the fewest attempts, within
// two percent; and of these the one with the lowest p99.
func (a *Advice) recommend(bounds []Bound) {
	within, beyond := a.divide(bounds)
	n := len(a.Predictions)
	open := n - len(within) - beyond
	switch {
	case len(bounds) > 0 && len(within) > 0:
		a.Best = a.bestOf(within)
		a.Reason = fmt.Sprintf("Of %d policies %d are within the bounds with their whole ranges, %d are not, and %d cannot be judged from this recording. "+
			"Of those within, the recommended one was chosen by: most purchases confirmed (within 0.5 points), no other of them clearly better, fewest attempts (within 2 %%), lowest p99",
			n, len(within), beyond, open)
	case !a.HasKnown():
		a.Reason = fmt.Sprintf("None of the policies that were tried (%d) can be judged from this recording: record a longer stage, of at least %d purchases, with more failures, and with retries after random waits from 0 on", n, load.SamplesFor(.99))
	case len(bounds) == 0:
		a.Reason = "No policy is recommended without bounds: give some, such as \"p99 < 800ms\" and \"amplification < 1.3\""
	default:
		a.Reason = fmt.Sprintf("Of %d policies none is within the bounds with its whole ranges, %d are not, and %d cannot be judged from this recording", n, beyond, open)
	}
}

// divide returns the indices of the policies that are within all bounds, and how many are beyond one of them. Of the
// others a range contains a bound, or how many purchases they confirm is not known, without which none is recommended.
func (a *Advice) divide(bounds []Bound) (within []int, beyond int) {
	for i := range a.Predictions {
		p := &a.Predictions[i]
		switch {
		case slices.ContainsFunc(bounds, func(b Bound) bool { return b.isExceeded(p) }):
			beyond++
		case p.Success.IsNarrowFraction() && !slices.ContainsFunc(bounds, func(b Bound) bool { return !b.holds(p) }):
			within = append(within, i)
		}
	}
	return within, beyond
}

// bestOf returns the one of some policies, of which there is one at least, to recommend.
func (a *Advice) bestOf(list []int) int {
	figure := func(of func(*Prediction) float64) func(x, y int) int {
		return func(x, y int) int { return cmp.Compare(of(&a.Predictions[x]), of(&a.Predictions[y])) }
	}
	success := func(p *Prediction) float64 { return p.Success.Value }
	attempts := func(p *Prediction) float64 { return p.Amplification.Value }
	most := success(&a.Predictions[slices.MaxFunc(list, figure(success))])
	list = a.unbeaten(slices.DeleteFunc(list, func(i int) bool { return success(&a.Predictions[i]) < most-successLeeway }))
	fewest := attempts(&a.Predictions[slices.MinFunc(list, figure(attempts))])
	list = slices.DeleteFunc(list, func(i int) bool { return attempts(&a.Predictions[i]) > attemptsLeeway*fewest })
	return slices.MinFunc(list, figure(func(p *Prediction) float64 { return p.P99.Value }))
}
