// Package retry sends requests under a retry policy and records every attempt:
// when it started, what was waited for before it, how long it took, how it
// ended. The policy is pure; the client is resty with the policy as its retry
// conditions.
//
// An attempt is one request on the wire. The first is the original, the others
// are retries; MaxAttempts counts both, as gRPC does and the original notebook
// did.
package retry

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxAttemptsLimit bounds Policy.MaxAttempts.
const MaxAttemptsLimit = 100

// Jitter is how a wait is spread, after Marc Brooker, "Exponential Backoff And
// Jitter", AWS Architecture Blog, 2015.
type Jitter string

// The kinds of jitter. With w the backoff's wait and p the wait before the last
// attempt (the first wait to begin with):
const (
	NoJitter     Jitter = ""             // w
	Full         Jitter = "full"         // uniform in [0, w]
	Equal        Jitter = "equal"        // w/2 + uniform in [0, w/2]
	Decorrelated Jitter = "decorrelated" // uniform in [first wait, 3p], at most Max
)

// Backoff is how long to wait after a failed attempt. List, when not empty, is
// the waits themselves, the last one repeated; else the n-th wait is
// First × Factor^(n−1), at most Max. The zero value waits not at all.
type Backoff struct {
	List   []time.Duration
	First  time.Duration
	Factor float64
	// Max caps a wait, jitter included; 0 means no cap.
	Max time.Duration
}

// Fixed is a backoff of exactly these waits, the last one repeated.
func Fixed(waits ...time.Duration) Backoff { return Backoff{List: waits} }

// Seconds is Fixed with waits in seconds.
func Seconds(waits ...float64) Backoff {
	list := make([]time.Duration, len(waits))
	for i, s := range waits {
		list[i] = time.Duration(s * float64(time.Second))
	}
	return Fixed(list...)
}

// Exponential is a backoff that starts at first and doubles up to max.
func Exponential(first, max time.Duration) Backoff {
	return Backoff{First: first, Factor: 2, Max: max}
}

// Wait is the wait after failed attempt n, n ≥ 1, without jitter.
func (b Backoff) Wait(n int) time.Duration {
	w := b.First
	if len(b.List) > 0 {
		w = b.List[min(n, len(b.List))-1]
	} else if n > 1 {
		x := float64(b.First) * math.Pow(b.Factor, float64(n-1))
		w = time.Duration(min(x, float64(math.MaxInt64/2))) // far beyond any cap, short of overflow
	}
	return b.capped(w)
}

// String says the waits in words: "waits [1s 2s 4s]", "waits from 10ms, doubled each
// time, up to 1s" or "no wait".
func (b Backoff) String() string {
	var text string
	switch waits := len(b.List) > 0; {
	case !waits && b.First == 0, waits && slices.Max(b.List) == 0:
		return "no wait"
	case waits:
		text = fmt.Sprintf("waits %v", b.List)
	case b.Factor == 1:
		text = fmt.Sprintf("waits %v", b.First)
	case b.Factor == 2:
		text = fmt.Sprintf("waits from %v, doubled each time", b.First)
	default:
		text = fmt.Sprintf("waits from %v, × %v each time", b.First, b.Factor)
	}
	if b.Max > 0 {
		text += fmt.Sprintf(", up to %v", b.Max)
	}
	return text
}

func (b Backoff) capped(w time.Duration) time.Duration {
	if b.Max > 0 {
		return min(w, b.Max)
	}
	return w
}

// Policy is when to try again. The zero value is not valid; Default is the
// original notebook's. A Policy is a value: copies share nothing but the list.
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
	// backoff, and makes such an answer temporary. MaxRetryAfter caps it; 0
	// means 30 s.
	RetryAfter    bool
	MaxRetryAfter time.Duration
	// NewKeyPerAttempt gives every attempt a key of its own, to show what that
	// does. Default: one key for all attempts of an operation.
	NewKeyPerAttempt bool
	// Budget limits retries to a share of the operations; the zero value does
	// not limit them.
	Budget Budget
}

// Default is the original notebook's policy: 3 attempts, waits of 1, 2 and 4 s,
// 5 s for an attempt.
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
	case NoJitter, Full, Equal, Decorrelated:
	default:
		fault(true, "Jitter is %q, want %q, %q, %q or none", p.Jitter, Full, Equal, Decorrelated)
	}
	return errors.Join(append(errs, p.Budget.validate())...)
}

// Wait is the wait after failed attempt n, n ≥ 1, with jitter from rnd; last is
// the wait before attempt n, 0 before the first. rnd is not used without jitter.
func (p Policy) Wait(n int, last time.Duration, rnd *rand.Rand) time.Duration {
	w := p.Backoff.Wait(n)
	switch p.Jitter {
	case Full:
		return uniform(rnd, 0, w)
	case Equal:
		return uniform(rnd, w/2, w)
	case Decorrelated:
		first := p.Backoff.Wait(1)
		return p.Backoff.capped(uniform(rnd, first, 3*max(last, first)))
	}
	return w
}

func uniform(rnd *rand.Rand, low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(rnd.Int64N(int64(high-low)+1))
}

// retryAfter is what the answer asks for, and whether it counts.
func (p Policy) retryAfter(status int, header http.Header, now time.Time) (time.Duration, bool) {
	if !p.RetryAfter {
		return 0, false
	}
	switch status {
	case http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w, ok := ParseRetryAfter(header.Get("Retry-After"), now)
		cap := p.MaxRetryAfter
		if cap == 0 {
			cap = 30 * time.Second
		}
		return min(w, cap), ok
	}
	return 0, false
}

// ParseRetryAfter reads a Retry-After header: seconds, or a date (RFC 9110,
// 10.2.3). A date in the past is a wait of 0; false when it is neither.
func ParseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if s, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(s, uint64(math.MaxInt64/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// String says the policy in words, for a run's description.
func (p Policy) String() string {
	var b strings.Builder
	attempts := "attempts"
	if p.MaxAttempts == 1 {
		attempts = "attempt"
	}
	fmt.Fprintf(&b, "%d %s, %v each", p.MaxAttempts, attempts, p.AttemptTimeout)
	if p.MaxAttempts > 1 {
		fmt.Fprintf(&b, ", %s", p.Backoff)
	}
	if p.Jitter != NoJitter {
		fmt.Fprintf(&b, ", %s jitter", p.Jitter)
	}
	if p.Deadline > 0 {
		fmt.Fprintf(&b, ", %v in all", p.Deadline)
	}
	if p.RetryAfter {
		b.WriteString(", Retry-After honoured")
	}
	if p.NewKeyPerAttempt {
		b.WriteString(", a new key per attempt")
	}
	if p.Budget != (Budget{}) {
		fmt.Fprintf(&b, ", budget %g of operations + %g/s", p.Budget.Ratio, p.Budget.PerSecond)
	}
	return b.String()
}
