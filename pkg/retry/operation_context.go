package retry

import (
	"context"
	"net/http/httptrace"
	"time"
)

// operationContext is the context of one operation, and the state of the operation
// while it is under way: the one value of ours in a request's context. resty's
// callbacks and an http.RoundTripper get nothing else from their caller, and the
// RoundTripper is the only place that sees every attempt.
//
// It is set in Client.do, before the request is executed, and read
//   - in recordingTransport.RoundTrip, which takes the request from the exchange and appends
//     an Attempt to operation,
//   - in Client.shouldRetry, which sets nextWait or exhausted after each attempt,
//   - in the wait callback of newResty, which returns nextWait.
//
// After the request, Client.do takes the Operation from it. All of this happens in
// the goroutine that called Client.do, so nothing in it is locked.
type operationContext struct {
	context.Context
	operation     Operation
	exchange      Exchange
	address       string                // of the service; Request.Path follows it
	notSent       error                 // why the next attempt cannot be sent, which ends the operation
	nextWait      time.Duration         // before the next attempt
	exhausted     reason                // why the policy gave up, as in ExhaustedError; otherwise ""
	newKey        bool                  // Policy.NewKeyPerAttempt
	next          Next                  // what the exchange says of the last attempt
	since         uint8                 // the attempt after which the backoff began anew, 0 for none
	after         Failure               // of the attempt before the one under way
	gotConnection bool                  // whether the attempt under way got a connection
	trace         httptrace.ClientTrace // sets gotConnection
	first         [1]Attempt            // room for operation.Attempts, for most operations all that it takes
}

// newOperationContext makes one for an operation under key, with "" for one without a key;
// its Context is still to be set.
func newOperationContext(address, key string, newKey bool, x Exchange) *operationContext {
	o := &operationContext{operation: Operation{Key: key}, address: address, exchange: x, newKey: newKey && key != ""}
	o.operation.Attempts = o.first[:0]
	o.trace.GotConn = func(httptrace.GotConnInfo) { o.gotConnection = true } // called by RoundTrip itself
	return o
}

// ended asks the exchange what follows an attempt.
func (o *operationContext) ended(a Attempt) {
	o.next = o.exchange.Ended(a)
	if o.next == AskAgain && (a.Class != "" || o.newKey || o.operation.Key == "") {
		o.next = ByPolicy
	}
}

// operationContextKey is the key under which an operationContext finds itself.
type operationContextKey struct{}

// Value returns o itself under operationContextKey.
func (o *operationContext) Value(key any) any {
	if key == (operationContextKey{}) {
		return o
	}
	return o.Context.Value(key)
}

// operationContextOf returns the operationContext that ctx is or comes from, nil
// when there is none.
func operationContextOf(ctx context.Context) *operationContext {
	o, _ := ctx.Value(operationContextKey{}).(*operationContext)
	return o
}
