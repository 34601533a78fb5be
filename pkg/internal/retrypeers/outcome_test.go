package retrypeers

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"time"

	"sagalab/pkg/retry"
)

// outcome is how an attempt ends.
type outcome struct {
	status   int    // 0 for none, with timeout or reset
	timeout  bool   // no answer within the attempt's timeout
	pushback string // of the header by which a service asks for a wait, "" for none
}

// How a library, or a retry.Client, gave an operation up.
const (
	succeeded   = "succeeded"
	final       = "answered with what is not retried"
	exhausted   = "no attempts left"
	overBudget  = "no tokens left"
	toldNotTo   = "told not to retry"
	otherEnding = "ended in another way"
)

// ending is what became of an operation.
type ending struct {
	attempts int
	waits    []time.Duration // before attempt 2, 3, …
	why      string
}

// operation returns the outcomes of up to attempts attempts of one operation. The share of
// failures is of the sequence, so that some have all of their tokens and others none.
func operation(rnd *rand.Rand, sequence, attempts int, pushbacks []string) []outcome {
	failing := []float64{0.02, 0.1, 0.3, 0.6, 0.9, 1}[sequence%6]
	outcomes := make([]outcome, attempts)
	for i := range outcomes {
		outcomes[i] = oneOutcome(rnd, failing, pushbacks)
	}
	return outcomes
}

func oneOutcome(rnd *rand.Rand, failing float64, pushbacks []string) outcome {
	if rnd.Float64() >= failing {
		return outcome{status: http.StatusOK}
	}
	o := outcome{status: []int{500, 502, 503, 503, 504, 429, 404, 0, 0}[rnd.IntN(9)]}
	o.timeout = o.status == 0 && rnd.IntN(2) == 0
	if o.status != 0 && rnd.IntN(3) == 0 {
		o.pushback = pushbacks[rnd.IntN(len(pushbacks))]
	}
	return o
}

// scripted is an http.RoundTripper that ends attempts as an operation's outcomes say, and the
// source of their jitter.
type scripted struct {
	header   string // of pushback
	outcomes []outcome
	draws    []uint32 // of each attempt
	attempt  int      // that is under way, from 1
	again    uint32   // how often its draw was asked for
}

// RoundTrip implements http.RoundTripper.
func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	o := s.outcomes[s.attempt]
	s.attempt++
	s.again = 0
	switch {
	case o.timeout:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case o.status == 0:
		return nil, syscall.ECONNRESET
	}
	h := http.Header{}
	if o.pushback != "" {
		h.Set(s.header, o.pushback)
	}
	return &http.Response{StatusCode: o.status, Header: h, Body: io.NopCloser(strings.NewReader("{}")), ContentLength: 2, Request: r}, nil
}

// Uint64 implements rand.Source: the draw of the attempt that ended. math/rand/v2 asks again for
// about one number in a hundred, which then is the next one.
func (s *scripted) Uint64() uint64 {
	x := s.draws[s.attempt-1] + s.again
	s.again++
	return uint64(x) << 32
}

// endingOf returns what became of an operation of a retry.Client.
func endingOf(o retry.Operation) ending {
	e := ending{attempts: len(o.Attempts)}
	for _, a := range o.Attempts[1:] {
		e.waits = append(e.waits, a.PlannedWait)
	}
	switch gaveUp, ok := o.Err.(*retry.ExhaustedError); {
	case o.Err == nil && o.Last().OK():
		e.why = succeeded
	case o.Err == nil:
		e.why = final
	case !ok:
		e.why = fmt.Sprint(otherEnding, ": ", o.Err)
	default:
		e.why = map[string]string{retry.ByAttempts: exhausted, retry.ByBudget: overBudget, retry.ByService: toldNotTo}[gaveUp.Why]
	}
	return e
}
