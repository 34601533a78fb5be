package retry

import "fmt"

// Throttle is a bucket of tokens from which each failure that may be retried takes one, and to
// which each success adds TokenRatio; retries are made only while it is more than half full.
// The zero value does not limit.
//
// Source: gRFC A6, "Throttling Retry Attempts and Hedged RPCs", and grpc-go v1.85.0,
// retryThrottler in clientconn.go: the failure is counted before it is asked whether its retry is made,
// also when MaxAttempts allows none.
type Throttle struct {
	// MaxTokens is how many tokens the bucket holds, and has to begin with. 0 to 1000, as in
	// gRPC; 0 is no limit.
	MaxTokens float64
	// TokenRatio is what a success adds. More than 0, to MaxTokens.
	TokenRatio float64
}

// validate reports what is wrong with t.
func (t Throttle) validate() error {
	switch {
	case t == (Throttle{}):
	case !(t.MaxTokens > 0 && t.MaxTokens <= 1000):
		return fmt.Errorf("retry policy: Budget.Throttle.MaxTokens is %v, want more than 0 to 1000", t.MaxTokens)
	case !(t.TokenRatio > 0 && t.TokenRatio <= t.MaxTokens):
		return fmt.Errorf("retry policy: Budget.Throttle.TokenRatio is %v, want more than 0 to its MaxTokens, %v", t.TokenRatio, t.MaxTokens)
	}
	return nil
}

// String describes the bucket: "retries while more than 5 of 10 tokens are left (a failure takes 1, a success adds 0.1)".
func (t Throttle) String() string {
	return fmt.Sprintf("retries while more than %g of %g tokens are left (a failure takes 1, a success adds %g)", t.MaxTokens/2, t.MaxTokens, t.TokenRatio)
}
