package retrypeers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"sagalab/pkg/retry"
)

// The versions of aws-sdk-go-v2 that go.mod and before.mod have.
const (
	versionSince  = "1.48.0"
	versionBefore = "1.47.8"
)

// Sequences of operations, each with tokens of its own, and operations of a sequence.
const (
	sequencesAWS  = 60
	operationsAWS = 250
)

// rounding is by how much the waits may differ: the SDK computes them in seconds as floating
// point numbers and rounds down, retry.Full draws from whole nanoseconds.
const rounding = 2 * time.Nanosecond

// TestAWS compares the named policies with the standard mode of the SDK that is linked.
func TestAWS(t *testing.T) {
	policies := map[string]func(*awsretry.StandardOptions){
		"aws-since":          func(*awsretry.StandardOptions) {},
		"aws-dynamodb-since": func(o *awsretry.StandardOptions) { o.MaxAttempts, o.BaseDelay = 4, 25*time.Millisecond },
	}
	switch aws.SDKVersion {
	case versionSince:
	case versionBefore:
		policies = map[string]func(*awsretry.StandardOptions){"aws-before": func(*awsretry.StandardOptions) {}}
	default:
		t.Fatalf("aws-sdk-go-v2 is %s, want %s, or %s with -modfile=before.mod", aws.SDKVersion, versionSince, versionBefore)
	}
	for name, options := range policies {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { compareAWS(t, name, options) }) })
	}
}

func compareAWS(t *testing.T, name string, options func(*awsretry.StandardOptions)) {
	policy, err := retry.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(10, 11))
	seen := map[string]int{}
	var longest time.Duration
	for sequence := range sequencesAWS {
		script := &scripted{header: "X-Amz-Retry-After"}
		client, err := retry.New(retry.Config{Policy: policy, Base: script, Rand: rand.New(script)})
		if err != nil {
			t.Fatal(err)
		}
		sdk := newSDK(script, options)
		for i := range operationsAWS {
			script.outcomes = operation(rnd, sequence, policy.MaxAttempts, []string{"0", "10", "1500", "3600000", "-1", "soon"})
			script.draws = make([]uint32, policy.MaxAttempts)
			for j := range script.draws {
				script.draws[j] = rnd.Uint32()
			}
			want := sdk.send()
			script.attempt = 0
			got := endingOf(client.Get(context.Background(), "http://127.0.0.1:1/"))
			if !alike(got, want, rounding) {
				t.Fatalf("sequence %d, operation %d, outcomes %+v:\n%+v, want that of aws-sdk-go-v2 %s:\n%+v", sequence, i, script.outcomes, got, aws.SDKVersion, want)
			}
			seen[want.why]++
			longest = max(longest, slices.Max(append(want.waits, 0)))
		}
	}
	t.Logf("%d operations of %s: %v; longest wait %v", sequencesAWS*operationsAWS, name, seen, longest)
	for _, why := range []string{succeeded, final, exhausted, overBudget} {
		if seen[why] < 100 {
			t.Errorf("%d operations %s, want 100 at least", seen[why], why)
		}
	}
}

// alike reports whether two operations had the same attempts, waits and ending.
func alike(a, b ending, within time.Duration) bool {
	return a.attempts == b.attempts && a.why == b.why && slices.EqualFunc(a.waits, b.waits, func(x, y time.Duration) bool { return (x - y).Abs() <= within })
}

// sdk sends operations under the standard mode of aws-sdk-go-v2.
type sdk struct {
	script   *scripted
	attempts *awsretry.Attempt
	ends     []time.Time // of the attempts
	starts   []time.Time
}

func newSDK(s *scripted, options func(*awsretry.StandardOptions)) *sdk {
	standard := awsretry.NewStandard(options)
	// The SDK lets no caller choose its random numbers.
	backoff := reflect.ValueOf(standard).Elem().FieldByName("backoff").Elem().Elem().FieldByName("randFloat64")
	draw := func() (float64, error) { return float64(s.draws[s.attempt-1]) / (1 << 32), nil }
	reflect.NewAt(backoff.Type(), unsafe.Pointer(backoff.UnsafeAddr())).Elem().Set(reflect.ValueOf(draw))
	return &sdk{script: s, attempts: awsretry.NewAttemptMiddleware(standard, func(request any) any { return request })}
}

// send sends the operation of the script.
func (s *sdk) send() ending {
	s.script.attempt, s.ends, s.starts = 0, nil, nil
	_, _, err := s.attempts.HandleFinalize(context.Background(), middleware.FinalizeInput{Request: &smithyhttp.Request{Request: &http.Request{Header: http.Header{}}}}, middleware.FinalizeHandlerFunc(s.attempt))
	e := ending{attempts: s.script.attempt, why: whyAWS(err)}
	for i, start := range s.starts[1:] {
		e.waits = append(e.waits, start.Sub(s.ends[i]))
	}
	return e
}

// attempt ends an attempt as the script says.
func (s *sdk) attempt(context.Context, middleware.FinalizeInput) (out middleware.FinalizeOutput, m middleware.Metadata, err error) {
	s.starts = append(s.starts, time.Now())
	o := s.script.outcomes[s.script.attempt]
	s.script.attempt++
	s.ends = append(s.ends, time.Now())
	return out, m, errorAWS(o)
}

// timeoutError is an error as net/http has it when an attempt takes too long.
type timeoutError struct{}

func (timeoutError) Error() string { return "timeout" }
func (timeoutError) Timeout() bool { return true }

// errorAWS returns the SDK's error of an attempt with this outcome.
func errorAWS(o outcome) error {
	var cause error = fmt.Errorf("status %d", o.status)
	switch {
	case o.timeout:
		return &smithyhttp.RequestSendError{Err: timeoutError{}}
	case o.status == 0:
		return &smithyhttp.RequestSendError{Err: errors.New("connection reset")}
	case o.status == http.StatusOK:
		return nil
	case o.status == http.StatusTooManyRequests:
		cause = &smithy.GenericAPIError{Code: "ThrottlingException"}
	}
	h := http.Header{}
	if o.pushback != "" {
		h.Set("X-Amz-Retry-After", o.pushback)
	}
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: o.status, Header: h}}, Err: cause}
}

// whyAWS returns why the SDK gave up.
func whyAWS(err error) string {
	var attempts *awsretry.MaxAttemptsError
	var quota ratelimit.QuotaExceededError
	var answer *smithyhttp.ResponseError
	switch {
	case err == nil:
		return succeeded
	case errors.As(err, &attempts):
		return exhausted
	case errors.As(err, &quota):
		return overBudget
	case errors.As(err, &answer):
		return final
	}
	return fmt.Sprint(otherEnding, ": ", err)
}
