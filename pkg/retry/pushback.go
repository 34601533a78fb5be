package retry

import (
	"net/http"
	"strconv"
	"time"
)

// Pushback is a header by which a failed answer asks for another wait, in milliseconds. Unlike
// Retry-After (Policy.RetryAfter) it makes no answer temporary.
type Pushback string

// The kinds of pushback.
const (
	// NoPushback means that no such header counts.
	NoPushback Pushback = ""
	// GRPCPushback is the header grpc-retry-pushback-ms: its wait is made instead of the
	// backoff's, up to Policy.MaxRetryAfter, and the backoff begins anew after it. A value
	// that is negative, no number, or given twice means that there is to be no other attempt.
	//
	// Source: gRFC A6, "Pushback", and grpc-go v1.85.0, csAttempt.shouldRetry in stream.go,
	// which has no upper limit.
	GRPCPushback Pushback = "grpc"
	// AWSPushback is the header x-amz-retry-after: its wait is made if it is between the
	// backoff's and 5 s more, else the nearer of the two. A value that is negative or no
	// number has no effect.
	//
	// Source: aws-sdk-go-v2 v1.48.0, adjustForRetryAfterHeader in aws/retry/middleware.go.
	AWSPushback Pushback = "aws"
)

// The headers of pushback, in canonical form.
const (
	grpcPushbackHeader = "Grpc-Retry-Pushback-Ms"
	awsPushbackHeader  = "X-Amz-Retry-After"
)

// maxAWSPushback is how much longer than the backoff's a wait of AWSPushback can be.
const maxAWSPushback = 5 * time.Second

// pushback returns the wait that h asks for where p's would be wait; asked is false when h does
// not ask. refused is true when h asks for no other attempt.
func (p Policy) pushback(h http.Header, wait time.Duration) (other time.Duration, asked, refused bool) {
	switch p.Pushback {
	case GRPCPushback:
		values := h[grpcPushbackHeader]
		if len(values) == 0 {
			return wait, false, false
		}
		ms, err := strconv.ParseInt(values[0], 10, 32)
		if err != nil || ms < 0 || len(values) > 1 {
			return wait, false, true
		}
		return min(time.Duration(ms)*time.Millisecond, p.maxRetryAfter()), true, false
	case AWSPushback:
		ms, err := strconv.ParseInt(h.Get(awsPushbackHeader), 10, 64)
		if err != nil || ms < 0 {
			return wait, false, false
		}
		most := int64((wait + maxAWSPushback) / time.Millisecond)
		if ms > most {
			return wait + maxAWSPushback, true, false
		}
		return max(wait, time.Duration(ms)*time.Millisecond), true, false
	}
	return wait, false, false
}
