package bench

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Plan is what the server does beside answering. The zero value only answers.
type Plan struct {
	// Stall is when it blocks.
	Stall Stall `json:"stall"`
	// Hide is the probability, 0 to 1, that a request on a reused connection is processed and then left without an answer, the
	// connection closed.
	Hide float64 `json:"hide"`
	// Seed determines which requests those are.
	Seed uint64 `json:"seed"`
}

// Stall blocks a server for For in every Every. Time counts from the first
// request, and the blocked part lies in the middle of what is left, so that a
// test neither begins nor ends in one. The zero value never blocks.
type Stall struct {
	Every time.Duration `json:"every"`
	For   time.Duration `json:"for"`
}

// Validate reports everything that is wrong with p at once.
func (p Plan) Validate() error {
	var errs []error
	if s := p.Stall; s.For < 0 || s.Every < 0 || s.For > s.Every || (s.For == 0) != (s.Every == 0) || s.Every > time.Hour {
		errs = append(errs, fmt.Errorf("a stall of %v in every %v: want 0 < for ≤ every ≤ 1h, or neither", s.For, s.Every))
	}
	if !(p.Hide >= 0 && p.Hide <= 1) {
		errs = append(errs, fmt.Errorf("the probability of a hidden request is %v, want 0 to 1", p.Hide))
	}
	return errors.Join(errs...)
}

// begin is where in each period the blocked part begins.
func (s Stall) begin() time.Duration { return (s.Every - s.For) / 2 }

// Remaining returns how long a request that comes at t, counted from the first one, has to
// wait for the end of the stall; 0 outside of one.
func (s Stall) Remaining(t time.Duration) time.Duration {
	if s.For <= 0 || t < 0 {
		return 0
	}
	into := t%s.Every - s.begin()
	if into < 0 || into >= s.For {
		return 0
	}
	return s.For - into
}

// TrueLatencies returns the latency in ms, from the scheduled start to the answer, of each of
// n arrivals at rate a second, in the order of their arrival, had every one been
// sent on time. With arrival i at tᵢ = i/rate it is
//
//	Lᵢ = Remaining(tᵢ) + Dᵢ   for the arrivals within a stall, 0 for the others,
//
// where D is the time that the server needs after a stall to answer all waiting requests: the
// delays that it measured, release to answer. Which is answered first is the
// scheduler's choice, and so independent of i: the k-th arrival in a stall gets
// the quantile frac(k·φ), φ the golden ratio, of the delays, which spreads them
// evenly without a random source (Weyl 1916). Without delays D is 0.
//
// Service time outside of stalls is left out: it is well under a millisecond,
// and no quantile above the share of the arrivals that are not stalled sees it.
func (s Stall) TrueLatencies(rate float64, n int, delays []float64) []float64 {
	const phi = 0.6180339887498949
	latencies := make([]float64, n)
	k := 0.0
	for i := range latencies {
		left := s.Remaining(time.Duration(float64(i) / rate * float64(time.Second)))
		if left == 0 {
			continue
		}
		latencies[i] = float64(left) / float64(time.Millisecond)
		if len(delays) > 0 {
			_, at := math.Modf(k * phi)
			latencies[i] += delays[int(at*float64(len(delays)))]
			k++
		}
	}
	return latencies
}
