package retry

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// endedAttempt is an attempt that has ended, as decide sees it.
type endedAttempt struct {
	number    int
	temporary bool          // what Config.Temporary says of it
	next      Next          // what the exchange says of it
	status    int           // 0 without an answer
	header    http.Header   // of the answer, nil without one
	waited    time.Duration // the planned wait before it
	end       time.Time
	deadline  time.Time // of the operation; zero for none
}

// reason is why there is another attempt, or none.
type reason string

// The reasons; ByAttempts, ByDeadline and ByBudget are the others.
const (
	retryAllowed reason = ""      // another attempt follows after the wait
	finalAnswer  reason = "final" // the attempt did not end in a temporary way
)

// decide returns whether p allows another attempt after a, and if so the wait before it.
// Another follows a temporary failure, an answer after which is to be asked again, and one
// whose Retry-After p heeds, unless the operation is settled; no other. It is a pure
// function of its arguments, but for the numbers that it draws from rnd when p has jitter.
// It does not look at the retry budget, which counts over all operations of a Client.
func decide(p Policy, a endedAttempt, rnd *rand.Rand) (wait time.Duration, why reason) {
	wait, asked := p.retryAfter(a)
	switch {
	case a.next == Settled, !a.temporary && a.next != AskAgain && !asked:
		return 0, finalAnswer
	case !asked:
		wait = p.Wait(a.number, a.waited, rnd)
	}
	switch {
	case a.number >= p.MaxAttempts:
		return 0, ByAttempts
	case !a.deadline.IsZero() && a.end.Add(wait).After(a.deadline):
		return 0, ByDeadline
	}
	return wait, retryAllowed
}
