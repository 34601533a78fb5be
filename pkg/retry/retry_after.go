package retry

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultMaxRetryAfter caps a Retry-After when Policy.MaxRetryAfter is 0.
const defaultMaxRetryAfter = 30 * time.Second

// ParseRetryAfter reads a Retry-After header: seconds, or a date (RFC 9110,
// 10.2.3). A date in the past is a wait of 0; ok is false when it is neither.
func ParseRetryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if s, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(s, uint64(math.MaxInt64/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// retryAfter returns the wait that an answer asks for, capped; ok is false when p gives
// its header no effect. That of an answer that is AskAgain always has one.
func (p Policy) retryAfter(a endedAttempt) (wait time.Duration, ok bool) {
	if a.next != AskAgain && !(p.RetryAfter && mayAskForWait(a.status)) {
		return 0, false
	}
	wait, ok = ParseRetryAfter(a.header.Get("Retry-After"), a.end)
	return min(wait, p.maxRetryAfter()), ok
}

// maxRetryAfter returns the longest wait that an answer can ask for.
func (p Policy) maxRetryAfter() time.Duration { return cmp.Or(p.MaxRetryAfter, defaultMaxRetryAfter) }

// mayAskForWait reports whether Policy.RetryAfter is about answers with this status.
func mayAskForWait(status int) bool {
	return status == http.StatusConflict || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}
