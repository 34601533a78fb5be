package retry

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// endedAttempt is an attempt that has ended, as decide sees it.
type endedAttempt struct {
	number    int
	since     int  // the attempt after which the backoff began anew, 0 for none
	temporary bool // what Config.Temporary says of it
	next      Next // what the exchange says of it
	class     Class
	status    int           // 0 without an answer
	header    http.Header   // of the answer, nil without one
	waited    time.Duration // the planned wait before it
	end       time.Time
	deadline  time.Time // of the operation; zero for none
}

// reason is why there is another attempt, or none.
type reason string

// The reasons; ByAttempts, ByDeadline, ByBudget and ByService are the others.
const (
	retryAllowed reason = ""      // another attempt follows after the wait
	finalAnswer  reason = "final" // the attempt did not end in a temporary way
)

// decide returns whether p allows another attempt after a, and if so the wait before it.
// Another follows a temporary failure, an answer after which is to be asked again, and one
// whose Retry-After p heeds, unless the operation is settled; no other. renewed is true when the
// backoff begins anew. It is a pure function of its arguments, but for the numbers that it
// draws from rnd when p has jitter. It does not look at the retry budget, which counts over all
// operations of a Client (BudgetState).
func decide(p Policy, a endedAttempt, rnd *rand.Rand) (wait time.Duration, renewed bool, why reason) {
	failure := FailureOf(a.class, a.status)
	temporary := a.temporary || p.RetryThrottled && failure == Throttled
	wait, asked := p.retryAfter(a)
	if a.next == Settled || !temporary && a.next != AskAgain && !asked {
		return 0, false, finalAnswer
	}
	var refused bool
	if !asked {
		wait = p.WaitAfter(failure, a.number-a.since, a.waited, rnd)
		wait, asked, refused = p.pushback(a.header, wait)
		renewed = asked && p.Pushback == GRPCPushback
	}
	switch {
	case a.number >= p.MaxAttempts:
		return 0, false, ByAttempts
	case refused:
		return 0, false, ByService
	case !a.deadline.IsZero() && a.end.Add(wait).After(a.deadline):
		return 0, false, ByDeadline
	}
	return wait, renewed, retryAllowed
}
