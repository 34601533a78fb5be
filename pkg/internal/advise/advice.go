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

// noRetries is the name of the policy with one attempt.
const noRetries = "no retries"

// Candidate is a policy to be simulated.
type Candidate struct {
	Name   string
	Policy retry.Policy
}

// Candidates returns the policies that people run (retry.Named) with the attempt timeout of the
// recording, beyond which nothing was seen, one without retries, and a grid of attempts, first
// waits and budgets. None waits for Retry-After, and headers that Policy.Pushback names are taken as not sent.
func Candidates(r *Recording) (list []Candidate) {
	for _, name := range retry.PolicyNames() {
		p, err := retry.Named(name)
		if err != nil {
			continue // a name that PolicyNames returns is known
		}
		p.AttemptTimeout = r.Policy.AttemptTimeout
		list = append(list, Candidate{name, p})
	}
	list = append(list, Candidate{noRetries, retry.Policy{MaxAttempts: 1, AttemptTimeout: r.Policy.AttemptTimeout}})
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

// Advice is what Advise has found out.
type Advice struct {
	Stage    string       `json:"stage"`
	Recorded retry.Policy `json:"recorded_policy"`
	Measured Figures      `json:"measured"`
	// Fit is what the model gives for the recorded policy.
	Fit Prediction `json:"fit"`
	// Predictions are of all candidates, in their order.
	Predictions []Prediction `json:"predictions"`
	// Front has the indices of the known ones than which no other is clearly better, by amplification.
	// Another is where its whole interval of p99, amplification or success is better, and in none of
	// them its value is beyond the interval on the worse side.
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

// beats reports whether a is clearly better than b: its whole interval is better than b's in p99,
// amplification or success, and in none of them is its value beyond b's interval on the worse side.
func beats(a, b *Prediction) bool {
	better := false
	for _, pair := range [][2]Interval{{a.P99, b.P99}, {a.Amplification, b.Amplification}, {a.Success.negated(), b.Success.negated()}} {
		if pair[0].Value > pair[1].High {
			return false
		}
		better = better || pair[0].High < pair[1].Low
	}
	return better
}

// negated returns the interval of a figure of which more is better as one of which less is.
func (i Interval) negated() Interval { return Interval{-i.Value, -i.High, -i.Low} }

// recommend chooses, of the policies whose whole intervals are within the bounds, those that confirm most
// purchases, within half a point; of these, those than which no other of them is clearly better; of these, those
// with the fewest attempts, within two percent; and of these the one with the lowest p99.
func (a *Advice) recommend(bounds []Bound) {
	within, unknown := []int{}, 0
	for i := range a.Predictions {
		switch p := &a.Predictions[i]; {
		case !p.IsKnown():
			unknown++
		case !slices.ContainsFunc(bounds, func(b Bound) bool { return !b.holds(p) }):
			within = append(within, i)
		}
	}
	n := len(a.Predictions)
	switch {
	case unknown == n:
		a.Reason = fmt.Sprintf("No policy can be judged from this recording (%d were tried): record at least %d purchases, with retries, at the load that is expected", n, load.SamplesFor(.99))
	case len(bounds) == 0:
		a.Reason = "No policy is recommended without bounds: say what has to hold, such as \"p99 < 800ms\" and \"amplification < 1.3\""
	case len(within) == 0:
		a.Reason = fmt.Sprintf("None of %d policies is within the bounds with its whole interval; %d more cannot be judged from this recording", n-unknown, unknown)
	default:
		a.Best = a.bestOf(within)
		a.Reason = fmt.Sprintf("Of %d policies %d are within the bounds. It is among those of them that confirm most purchases (within 0.5 points), none of which is clearly better, then among those with the fewest attempts (within 2 %%), then has the lowest p99. %d more cannot be judged from this recording",
			n-unknown, len(within), unknown)
	}
}

// bestOf returns the one of some policies, of which there is one at least, to recommend.
func (a *Advice) bestOf(list []int) int {
	figure := func(of func(*Prediction) float64) func(x, y int) int {
		return func(x, y int) int { return cmp.Compare(of(&a.Predictions[x]), of(&a.Predictions[y])) }
	}
	success := func(p *Prediction) float64 { return p.Success.Value }
	attempts := func(p *Prediction) float64 { return p.Amplification.Value }
	most := success(&a.Predictions[slices.MaxFunc(list, figure(success))])
	list = a.unbeaten(slices.DeleteFunc(list, func(i int) bool { return success(&a.Predictions[i]) < most-.005 }))
	fewest := attempts(&a.Predictions[slices.MinFunc(list, figure(attempts))])
	list = slices.DeleteFunc(list, func(i int) bool { return attempts(&a.Predictions[i]) > 1.02*fewest })
	return slices.MinFunc(list, figure(func(p *Prediction) float64 { return p.P99.Value }))
}
