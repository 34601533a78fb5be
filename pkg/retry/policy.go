// Package retry sends requests under a retry policy and records every attempt:
// when it started, how long the client waited before it, how long it took, how it
// ended. The policy is a value, and whether there is another attempt is a pure
// function of it (decide.go); a Client sends with resty, whose retry condition calls that function.
//
// An attempt is one request on the wire. The first is the original, the others
// are retries; MaxAttempts counts both, as gRPC does. All attempts of one request
// are an Operation.
package retry

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxAttemptsLimit bounds Policy.MaxAttempts.
const MaxAttemptsLimit = 100

// Policy is when to try again. The zero value is not valid; Default is the
// original notebook's. A Policy is a value: copies share nothing but Backoff.List.
type Policy struct {
	// MaxAttempts counts the first attempt, too: 3 is one original and at most
	// two retries. 1 to MaxAttemptsLimit.
	MaxAttempts int
	Backoff     Backoff
	Jitter      Jitter
	// AttemptTimeout bounds one attempt, reading its answer included. Above 0.
	AttemptTimeout time.Duration
	// Deadline bounds the whole operation, waits included; a retry whose wait
	// would end after it is not made. 0 means none.
	Deadline time.Duration
	// RetryAfter makes the client wait as long as an answer of 409, 429 or 503
	// asks for in its Retry-After header (seconds or a date), instead of the
	// backoff, and makes such an answer temporary, unless an Exchange says that
	// it settles the operation. Without it no 4xx is asked
	// again but a 429 by RetryThrottled and one of which an Exchange says AskAgain, such as a
	// purchase's 409 in_progress, whose Retry-After always counts. With it a 409 with
	// Retry-After is asked again also under NewKeyPerAttempt and without keys,
	// where the next attempt is other work to the service. MaxRetryAfter caps
	// either wait; 0 means 30 s.
	RetryAfter    bool
	MaxRetryAfter time.Duration
	// NewKeyPerAttempt gives every attempt an idempotency key of its own, which
	// lets a service act on each. The default is one key for all attempts of an
	// operation.
	NewKeyPerAttempt bool
	// RetryThrottled makes an answer of 429 temporary, with or without Retry-After.
	RetryThrottled bool `json:",omitzero"`
	// ThrottledFirst stands for Backoff.First after an attempt that was answered with 429; 0
	// means that the waits are no others then. It needs a Backoff without List.
	ThrottledFirst time.Duration `json:",omitzero"`
	// Pushback is the header by which an answer can ask for another wait, or for none; the
	// zero value is none. A Retry-After that counts comes first.
	Pushback Pushback `json:",omitzero"`
	// Budget limits the retries of all operations together; the zero value does not limit
	// them.
	Budget Budget
}

// Default returns the original notebook's policy: 3 attempts, waits of 1, 2 and
// 4 s, 5 s for an attempt.
func Default() Policy {
	return Policy{MaxAttempts: 3, Backoff: Seconds(1, 2, 4), AttemptTimeout: 5 * time.Second}
}

// Validate reports everything that is wrong with p at once, nil when nothing is.
func (p Policy) Validate() error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("retry policy: "+format, args...))
		}
	}
	fault(p.MaxAttempts < 1 || p.MaxAttempts > MaxAttemptsLimit,
		"MaxAttempts is %d, want 1 to %d (the first attempt counts)", p.MaxAttempts, MaxAttemptsLimit)
	fault(p.AttemptTimeout <= 0, "AttemptTimeout is %v, want more than 0", p.AttemptTimeout)
	fault(p.Deadline < 0, "Deadline is %v, want 0 (none) or more", p.Deadline)
	fault(p.MaxRetryAfter < 0, "MaxRetryAfter is %v, want 0 (30 s) or more", p.MaxRetryAfter)
	for _, w := range append(p.Backoff.List, p.Backoff.First, p.Backoff.Max) {
		fault(w < 0, "a wait is %v, want 0 or more", w)
	}
	fault(p.Backoff.First > 0 && len(p.Backoff.List) == 0 && !(p.Backoff.Factor >= 1), // NaN, too
		"Backoff.Factor is %v, want 1 or more", p.Backoff.Factor)
	switch p.Jitter {
	case NoJitter, Full, Equal, Decorrelated, Around:
	default:
		fault(true, "Jitter is %q, want %q, %q, %q, %q or none", p.Jitter, Full, Equal, Decorrelated, Around)
	}
	fault(p.ThrottledFirst < 0, "ThrottledFirst is %v, want 0 (no other wait) or more", p.ThrottledFirst)
	fault(p.ThrottledFirst > 0 && !(len(p.Backoff.List) == 0 && p.Backoff.Factor >= 1),
		"ThrottledFirst is %v, which needs a Backoff that has a Factor of 1 or more and no List", p.ThrottledFirst)
	fault(p.Pushback != NoPushback && p.Pushback != GRPCPushback && p.Pushback != AWSPushback,
		"Pushback is %q, want %q, %q or none", p.Pushback, GRPCPushback, AWSPushback)
	return errors.Join(append(errs, p.Budget.validate())...)
}

// String describes the policy in a line, such as "3 attempts, 5s each, waits [1s 2s 4s]".
func (p Policy) String() string {
	var b strings.Builder
	attempts := "attempts"
	if p.MaxAttempts == 1 {
		attempts = "attempt"
	}
	fmt.Fprintf(&b, "%d %s, %v each", p.MaxAttempts, attempts, p.AttemptTimeout)
	add := func(said bool, format string, args ...any) {
		if said {
			fmt.Fprintf(&b, ", "+format, args...)
		}
	}
	add(p.MaxAttempts > 1, "%s", p.Backoff)
	add(p.ThrottledFirst > 0, "from %v when throttled", p.ThrottledFirst)
	add(p.Jitter == Around, "jitter of ±20%%")
	add(p.Jitter != NoJitter && p.Jitter != Around, "%s jitter", p.Jitter)
	add(p.Deadline > 0, "%v in all", p.Deadline)
	add(p.RetryAfter, "Retry-After honoured")
	add(p.RetryThrottled, "429 retried")
	add(p.Pushback == GRPCPushback, "%s honoured", strings.ToLower(grpcPushbackHeader))
	add(p.Pushback == AWSPushback, "%s honoured", strings.ToLower(awsPushbackHeader))
	add(p.NewKeyPerAttempt, "a new key per attempt")
	add(p.Budget != (Budget{}), "%s", p.Budget)
	return b.String()
}
