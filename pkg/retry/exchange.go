package retry

import "context"

// Exchange is an operation as its caller sees it: what its attempts send, and what their
// ends mean. Its methods are called by the goroutine that called Client.Do, one after the
// other.
type Exchange interface {
	// Request returns what attempt number, from 1, sends under key. It is called once for
	// each attempt. An error ends the operation without the attempt.
	Request(number int, key string) (Request, error)
	// Ended says what follows an attempt, which it must not change. It is called once for
	// each attempt, and is where the headers of its answer can be read.
	Ended(a Attempt) Next
	// Waiting is called before each wait, with the context of Client.Do and the attempts so
	// far, which it must not keep or change.
	Waiting(ctx context.Context, soFar Operation)
}

// Next is what follows an attempt.
type Next uint8

// What follows an attempt.
const (
	// ByPolicy: another attempt if Config.Temporary, Policy.RetryAfter or Policy.RetryThrottled
	// ask for it.
	ByPolicy Next = iota
	// Settled: none, unless a Config.Temporary that was given asks for it.
	Settled
	// AskAgain: another one, whatever they say, as after a temporary failure: the answer
	// says that the work is under way. Its Retry-After counts, up to Policy.MaxRetryAfter
	// and also without Policy.RetryAfter. MaxAttempts, Deadline and Budget hold. Under
	// Policy.NewKeyPerAttempt and without a key it is ByPolicy: another attempt would be
	// other work, not the same once more.
	AskAgain
)

// fixed is the exchange of a request that is the same in all attempts.
type fixed struct{ request Request }

// Request implements Exchange.
func (f *fixed) Request(int, string) (Request, error) { return f.request, nil }

// Ended implements Exchange.
func (f *fixed) Ended(Attempt) Next { return ByPolicy }

// Waiting implements Exchange.
func (f *fixed) Waiting(context.Context, Operation) {}

// jsonUnderKey is the exchange of Client.Post.
type jsonUnderKey struct {
	fixed
	body func(key string) []byte
}

// Request implements Exchange.
func (j *jsonUnderKey) Request(_ int, key string) (Request, error) {
	return Request{Body: j.body(key)}.WithKey(key), nil
}
