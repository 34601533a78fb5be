package retry

import "fmt"

// maxTokens bounds the tokens of a Quota and of a Throttle.
const maxTokens = 1e6

// Quota is a bucket of tokens from which each retry takes some before it is made; it is not
// made when there are fewer. A retry that succeeds gives back what it took. Time adds none.
// The zero value does not limit.
//
// Source: aws-sdk-go-v2, aws/retry/standard.go and aws/ratelimit/token_rate_limit.go, v1.47.8
// and v1.48.0.
type Quota struct {
	// Tokens is how many the bucket holds, and has to begin with. 0 to 1000000; 0 is no limit.
	Tokens float64
	// Cost is what a retry takes. TimeoutCost and ThrottledCost are what it takes after a
	// failure that is TimedOut or Throttled; 0 means Cost. Each 0 to Tokens.
	Cost, TimeoutCost, ThrottledCost float64
	// Increment is what an operation adds whose first attempt succeeds. 0 or more.
	Increment float64
	// IncrementAfterRetries adds Increment also when a retry succeeds.
	IncrementAfterRetries bool
}

// validate reports what is wrong with q.
func (q Quota) validate() error {
	if q == (Quota{}) {
		return nil
	}
	if !(q.Tokens > 0 && q.Tokens <= maxTokens) {
		return fmt.Errorf("retry policy: Budget.Quota.Tokens is %v, want more than 0 to %v", q.Tokens, maxTokens)
	}
	for _, cost := range []float64{q.Cost, q.TimeoutCost, q.ThrottledCost, q.Increment} {
		if !(cost >= 0 && cost <= q.Tokens) {
			return fmt.Errorf("retry policy: Budget.Quota has a cost or an increment of %v tokens, want 0 to its %v Tokens", cost, q.Tokens)
		}
	}
	return nil
}

// costAfter returns what a retry after f takes.
func (q Quota) costAfter(f Failure) float64 {
	switch {
	case f == TimedOut && q.TimeoutCost > 0:
		return q.TimeoutCost
	case f == Throttled && q.ThrottledCost > 0:
		return q.ThrottledCost
	}
	return q.Cost
}

// String describes the quota: "a retry takes 14 of 500 tokens (5 when throttled)".
func (q Quota) String() string {
	text := fmt.Sprintf("a retry takes %g of %g tokens", q.Cost, q.Tokens)
	switch {
	case q.TimeoutCost > 0 && q.ThrottledCost > 0:
		text += fmt.Sprintf(" (%g after a timeout, %g when throttled)", q.TimeoutCost, q.ThrottledCost)
	case q.TimeoutCost > 0:
		text += fmt.Sprintf(" (%g after a timeout)", q.TimeoutCost)
	case q.ThrottledCost > 0:
		text += fmt.Sprintf(" (%g when throttled)", q.ThrottledCost)
	}
	return text
}
