package retry_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"time"

	"sagalab/pkg/retry"
)

func Example() {
	answers := []int{503, 503, 201}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(answers[0])
		answers = answers[1:]
	}))
	defer server.Close()

	client, err := retry.New(retry.Config{Policy: retry.Policy{
		MaxAttempts:    3,
		Backoff:        retry.Exponential(time.Millisecond, time.Second),
		AttemptTimeout: 5 * time.Second,
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	operation := client.Post(context.Background(), server.URL, "key-1", func(key string) []byte {
		return fmt.Appendf(nil, `{"idempotency_key": %q}`, key)
	})
	for _, a := range operation.Attempts {
		fmt.Printf("attempt %d after %v under %s: %s\n", a.Number, a.PlannedWait, a.Key, a)
	}
	fmt.Println("error:", operation.Err)
	// Output:
	// attempt 1 after 0s under key-1: HTTP 503
	// attempt 2 after 1ms under key-1: HTTP 503
	// attempt 3 after 2ms under key-1: HTTP 201
	// error: <nil>
}

// A policy that gives up returns an error that says why, with the last attempt.
func ExampleExhaustedError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }))
	defer server.Close()
	client, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 2, AttemptTimeout: 5 * time.Second}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	operation := client.Get(context.Background(), server.URL)
	var exhausted *retry.ExhaustedError
	if errors.As(operation.Err, &exhausted) {
		fmt.Println(exhausted)
		fmt.Println(exhausted.Why == retry.ByAttempts, exhausted.Last.Status)
	}
	// Output:
	// gave up after 2 attempts (MaxAttempts reached): HTTP 503
	// true 503
}

func ExampleBackoff_Wait() {
	for _, b := range []retry.Backoff{
		retry.Seconds(1, 2, 4),
		retry.Exponential(100*time.Millisecond, time.Second),
	} {
		fmt.Print(b, ":")
		for n := 1; n <= 6; n++ {
			fmt.Print(" ", b.Wait(n))
		}
		fmt.Println()
	}
	// Output:
	// waits [1s 2s 4s]: 1s 2s 4s 4s 4s 4s
	// waits from 100ms, doubled each time, up to 1s: 100ms 200ms 400ms 800ms 1s 1s
}

func ExamplePolicy_Wait() {
	p := retry.Policy{Backoff: retry.Exponential(100*time.Millisecond, time.Second), Jitter: retry.Full}
	rnd := rand.New(rand.NewPCG(1, 2)) // the same seed gives the same waits
	for n := 1; n <= 3; n++ {
		fmt.Println(p.Wait(n, 0, rnd) <= p.Backoff.Wait(n))
	}
	// Output:
	// true
	// true
	// true
}

func ExampleNamed() {
	for _, name := range []string{"aws-before", "aws-since"} {
		p, err := retry.Named(name)
		fmt.Printf("%s: %v, %v\n", name, p, err)
	}
	_, err := retry.Named("aws")
	fmt.Println(err)
	// Output:
	// aws-before: 3 attempts, 5s each, waits from 2s, doubled each time, up to 20s, full jitter, 429 retried, a retry takes 5 of 500 tokens (10 after a timeout), <nil>
	// aws-since: 3 attempts, 5s each, waits from 50ms, doubled each time, up to 20s, from 1s when throttled, full jitter, 429 retried, x-amz-retry-after honoured, a retry takes 14 of 500 tokens (5 when throttled), <nil>
	// no retry policy is named "aws": want one of original, aws-before, aws-since, aws-dynamodb-since, aws-cpp-before, grpc, finagle, sre-book
}

// A budget without a clock: how many of 100 retries a service that is down is sent in a second.
func ExampleBudgetState() {
	for _, name := range retry.PolicyNames() {
		p, err := retry.Named(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		s, retries := p.Budget.State(), 0
		for i := range 100 {
			now := time.Duration(i) * 10 * time.Millisecond
			s.Begin(now)
			s.Failed()
			if s.Take(now, retry.Transient) {
				retries++
			}
		}
		fmt.Println(name, retries)
	}
	// Output:
	// original 100
	// aws-before 100
	// aws-since 35
	// aws-dynamodb-since 35
	// aws-cpp-before 100
	// grpc 4
	// finagle 100
	// sre-book 12
}

func ExamplePolicy_Validate() {
	fmt.Println(retry.Policy{MaxAttempts: 0, AttemptTimeout: time.Second, Jitter: "some"}.Validate())
	fmt.Println(retry.Default().Validate(), retry.Default())
	// Output:
	// retry policy: MaxAttempts is 0, want 1 to 100 (the first attempt counts)
	// retry policy: Jitter is "some", want "full", "equal", "decorrelated", "around" or none
	// <nil> 3 attempts, 5s each, waits [1s 2s 4s]
}

func ExampleParseRetryAfter() {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, value := range []string{"120", "Fri, 02 Jan 2026 03:04:35 GMT", "soon"} {
		fmt.Println(retry.ParseRetryAfter(value, now))
	}
	// Output:
	// 2m0s true
	// 30s true
	// 0s false
}
