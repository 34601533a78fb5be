package retry

import (
	"fmt"
	"strings"
	"time"
)

// named is the policies that have a name, in the order of PolicyNames. Each function returns a
// policy that shares nothing with another.
var named = []struct {
	name   string
	policy func() Policy
}{
	{"original", Default},
	{"aws-before", awsBefore},
	{"aws-since", func() Policy { return awsSince(3, 50*time.Millisecond) }},
	{"aws-dynamodb-since", func() Policy { return awsSince(4, 25*time.Millisecond) }},
	{"aws-cpp-before", awsCPPBefore},
	{"grpc", grpcExample},
	{"finagle", finagle},
	{"sre-book", sreBook},
}

// Named returns the policy that people run under this name, one of PolicyNames:
//
//   - original: the original notebook's, which is Default.
//   - aws-before: the standard mode of AWS SDKs before 10 November 2026, as in aws-sdk-go-v2
//     v1.47.8 (aws/retry/standard.go, jitter_backoff.go): 3 attempts, full jitter from 2 s,
//     doubled, 500 tokens of which a retry takes 5, or 10 after a timeout. Other SDKs had the
//     same tokens and shorter waits.
//   - aws-since: the same since then, in all AWS SDKs, as in aws-sdk-go-v2 v1.48.0: 3 attempts,
//     full jitter from 50 ms, from 1 s when throttled, doubled up to 20 s, 500 tokens of which
//     a retry takes 14, or 5 when throttled.
//   - aws-dynamodb-since: aws-since as it is for DynamoDB: 4 attempts, from 25 ms
//     (aws-sdk-go-v2 v1.48.0, aws/retry/retry2026_test.go; issue 3832 of aws-sdk-cpp).
//   - aws-cpp-before: DefaultRetryStrategy of aws-sdk-cpp, its default before 10 November 2026
//     (source/client/DefaultRetryStrategy.cpp, and issue 3832): 11 attempts, waits of 0,
//     50 ms, 100 ms, doubled up to 12.8 s, no jitter, no tokens.
//   - grpc: the example of gRFC A6, whose values a service config has to give: 4 attempts (5 at
//     most), from 100 ms, doubled up to 1 s, ±20 % as in grpc-go v1.85.0 (stream.go; A6 first
//     had full jitter), retries while more than 5 of 10 tokens are left.
//   - finagle: RetryBudget's default of 20 % of operations and 10/s over 10 s, and the waits
//     of RetryPolicy.tries, decorrelated jitter from 5 ms up to 200 ms (finagle-core,
//     service/RetryBudget.scala and RetryPolicy.scala). Finagle's first wait is 5 ms; how
//     many attempts are made its caller says: here 3.
//   - sre-book: "Site Reliability Engineering", O'Reilly 2016, chapter 21: 3 attempts, at once,
//     while retries are below 10 % of all requests.
//
// Their sources say which answers are temporary for one protocol; here Config.Temporary does,
// and for AWS an answer of 429, too, as one that is throttled (before, Go's SDK knew that by an
// error code in the answer alone). None bounds an attempt: here
// Default's AttemptTimeout does. An error lists the names.
func Named(name string) (Policy, error) {
	for _, n := range named {
		if n.name == name {
			return n.policy(), nil
		}
	}
	return Policy{}, fmt.Errorf("no retry policy is named %q: want one of %s", name, strings.Join(PolicyNames(), ", "))
}

// PolicyNames returns the names that Named takes, the original's first.
func PolicyNames() []string {
	names := make([]string, len(named))
	for i, n := range named {
		names[i] = n.name
	}
	return names
}

func awsBefore() Policy {
	return Policy{
		MaxAttempts: 3, Backoff: Exponential(2*time.Second, 20*time.Second), Jitter: Full, AttemptTimeout: Default().AttemptTimeout,
		RetryThrottled: true,
		Budget:         Budget{Quota: Quota{Tokens: 500, Cost: 5, TimeoutCost: 10, Increment: 1, IncrementAfterRetries: true}},
	}
}

func awsSince(attempts int, first time.Duration) Policy {
	return Policy{
		MaxAttempts: attempts, Backoff: Exponential(first, 20*time.Second), Jitter: Full, AttemptTimeout: Default().AttemptTimeout,
		RetryThrottled: true, ThrottledFirst: time.Second, Pushback: AWSPushback,
		Budget: Budget{Quota: Quota{Tokens: 500, Cost: 14, ThrottledCost: 5, Increment: 1}},
	}
}

func awsCPPBefore() Policy {
	waits := []time.Duration{0}
	for retries := 1; retries <= 9; retries++ {
		waits = append(waits, 25*time.Millisecond<<retries)
	}
	return Policy{MaxAttempts: 11, Backoff: Fixed(waits...), AttemptTimeout: Default().AttemptTimeout, RetryThrottled: true}
}

func grpcExample() Policy {
	return Policy{
		MaxAttempts: 4, Backoff: Exponential(100*time.Millisecond, time.Second), Jitter: Around, AttemptTimeout: Default().AttemptTimeout,
		Pushback: GRPCPushback,
		Budget:   Budget{Throttle: Throttle{MaxTokens: 10, TokenRatio: 0.1}},
	}
}

func finagle() Policy {
	return Policy{
		MaxAttempts: 3, Backoff: Exponential(5*time.Millisecond, 200*time.Millisecond), Jitter: Decorrelated, AttemptTimeout: Default().AttemptTimeout,
		Budget: Budget{Ratio: 0.2, PerSecond: 10},
	}
}

func sreBook() Policy {
	return Policy{MaxAttempts: 3, AttemptTimeout: Default().AttemptTimeout, Budget: Budget{Share: 0.1}}
}
