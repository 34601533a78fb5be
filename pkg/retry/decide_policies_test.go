package retry

import (
	"net/http"
	"testing"
	"time"
)

// What a policy says about 429 and about pushback, without jitter.
func TestDecideByPushback(t *testing.T) {
	const s = time.Second
	throttling := Policy{MaxAttempts: 4, Backoff: Exponential(s, 20*s), ThrottledFirst: 3 * s, RetryThrottled: true}
	grpc := Policy{MaxAttempts: 4, Backoff: Exponential(s, 20*s), Pushback: GRPCPushback}
	aws := Policy{MaxAttempts: 4, Backoff: Exponential(s, 20*s), Pushback: AWSPushback}
	both := grpc
	both.RetryAfter = true
	header := func(name string, values ...string) http.Header {
		h := http.Header{}
		for _, v := range values {
			h.Add(name, v)
		}
		return h
	}
	const g, a = "grpc-retry-pushback-ms", "x-amz-retry-after"
	for _, tt := range []struct {
		name    string
		policy  Policy
		ended   endedAttempt
		wait    time.Duration
		renewed bool
		why     reason
	}{
		{"429", throttling, endedAttempt{number: 1, status: 429}, 3 * s, false, retryAllowed},
		{"429 again", throttling, endedAttempt{number: 3, status: 429}, 12 * s, false, retryAllowed},
		{"429 that is settled", throttling, endedAttempt{number: 1, status: 429, next: Settled}, 0, false, finalAnswer},
		{"429 that was cut off", throttling, endedAttempt{number: 1, status: 429, class: EOF, temporary: true}, 1 * s, false, retryAllowed},
		{"503 beside 429", throttling, endedAttempt{number: 2, status: 503, temporary: true}, 2 * s, false, retryAllowed},
		{"429 by default", Default(), endedAttempt{number: 1, status: 429}, 0, false, finalAnswer},

		{"no pushback", grpc, endedAttempt{number: 2, temporary: true}, 2 * s, false, retryAllowed},
		{"gRPC: later", grpc, endedAttempt{number: 2, temporary: true, header: header(g, "7000")}, 7 * s, true, retryAllowed},
		{"gRPC: at once", grpc, endedAttempt{number: 2, temporary: true, header: header(g, "0")}, 0, true, retryAllowed},
		{"gRPC: after pushback", grpc, endedAttempt{number: 3, since: 2, temporary: true}, 1 * s, false, retryAllowed},
		{"gRPC: capped", grpc, endedAttempt{number: 1, temporary: true, header: header(g, "2147483647")}, 30 * s, true, retryAllowed},
		{"gRPC: no more", grpc, endedAttempt{number: 1, temporary: true, header: header(g, "-1")}, 0, false, ByService},
		{"gRPC: unreadable", grpc, endedAttempt{number: 1, temporary: true, header: header(g, "soon")}, 0, false, ByService},
		{"gRPC: twice", grpc, endedAttempt{number: 1, temporary: true, header: header(g, "1", "2")}, 0, false, ByService},
		{"gRPC: no more after the last", grpc, endedAttempt{number: 4, temporary: true, header: header(g, "-1")}, 0, false, ByAttempts},
		{"gRPC: of what is not temporary", grpc, endedAttempt{number: 1, status: 404, header: header(g, "7")}, 0, false, finalAnswer},
		{"gRPC: past the deadline", grpc, endedAttempt{number: 1, temporary: true, header: header(g, "7000"), deadline: time.Unix(0, 0).Add(5 * s)}, 0, false, ByDeadline},
		{"Retry-After before pushback", both, endedAttempt{number: 1, temporary: true, status: 503, header: http.Header{"Retry-After": {"2"}, "Grpc-Retry-Pushback-Ms": {"7000"}}}, 2 * s, false, retryAllowed},

		{"AWS: within 5 s", aws, endedAttempt{number: 1, temporary: true, header: header(a, "3500")}, 3500 * time.Millisecond, false, retryAllowed},
		{"AWS: sooner", aws, endedAttempt{number: 2, temporary: true, header: header(a, "10")}, 2 * s, false, retryAllowed},
		{"AWS: later", aws, endedAttempt{number: 2, temporary: true, header: header(a, "9223372036854775807")}, 7 * s, false, retryAllowed},
		{"AWS: invalid", aws, endedAttempt{number: 2, temporary: true, header: header(a, "-1")}, 2 * s, false, retryAllowed},
		{"another's pushback", aws, endedAttempt{number: 2, temporary: true, header: header(g, "-1")}, 2 * s, false, retryAllowed},
	} {
		tt.ended.end = time.Unix(0, 0)
		wait, renewed, why := decide(tt.policy, tt.ended, nil)
		if wait != tt.wait || renewed != tt.renewed || why != tt.why {
			t.Errorf("%s: decide = %v, %t, %q; want %v, %t, %q", tt.name, wait, renewed, why, tt.wait, tt.renewed, tt.why)
		}
	}
}
