package purchase

import (
	"context"
	"fmt"

	"sagalab/pkg/retry"
)

// Client calls a purchase service. It is safe for concurrent use.
type Client struct {
	endpoint Endpoint
	http     *retry.Client
	adapter  Adapter
	keyless  bool // no purchase is sent under a key
	// Of an adapter whose purchases take more than one request:
	steps         []string // nil for one request
	poller        Poller
	pollTimes     PollTimes
	once          *retry.Client // for polls
	pace          *pollPace
	authenticator Authenticator
	logins        *logins
	onWait        func(context.Context, Result)
	mark          func(c Call, number int) retry.Header // nil for none
}

// NewClient returns a client of a service of the contract at e, which sends through c.
func NewClient(e Endpoint, c *retry.Client) *Client {
	return &Client{endpoint: e, http: c, adapter: Contract{}}
}

// WithAdapter returns a client of a service of another kind; nil is Contract.
func (c *Client) WithAdapter(a Adapter) *Client {
	with := *c
	if with.adapter = a; a == nil {
		with.adapter = Contract{}
	}
	offers := OffersOf(with.adapter)
	with.keyless, with.steps = !offers.Keys, StepsOf(with.adapter)
	with.poller, with.authenticator = nil, nil
	if offers.Poll {
		with.setPoller()
	}
	if offers.Login {
		with.authenticator, _ = with.adapter.(Authenticator)
		with.logins = new(logins)
	}
	return &with
}

// setPoller makes c ask what became of purchases.
func (c *Client) setPoller() {
	c.poller, _ = c.adapter.(Poller)
	c.pollTimes, c.pace = PollTimes{}, new(pollPace)
	if t, ok := c.adapter.(PollTimer); ok {
		c.pollTimes = t.PollTimes()
	}
	c.pollTimes = c.pollTimes.withDefaults()
	once, err := c.http.Once()
	if err != nil { // its policy is that of c.http
		panic(err)
	}
	c.once = once
}

// WithAnswers returns a client that reads the answers of a foreign service by m: outcomes,
// and what is asked again because it is in progress, follow it. The caller must not change m.
func (c *Client) WithAnswers(m Answers) *Client { return c.WithAdapter(Contract{Answers: m}) }

// OnWait returns a client that calls f before each wait for a retry, by the goroutine of the
// purchase, with Purchase's context and the purchase so far, of which f must keep nothing.
func (c *Client) OnWait(f func(ctx context.Context, soFar Result)) *Client {
	with := *c
	with.onWait = f
	return &with
}

// MarkAttempts returns a client that sends one more header with each attempt at a purchase,
// but with no other request: the one that mark returns for the attempt's idempotency key, ""
// without one, and its number, which counts from 1. It replaces one of the same name, and a
// value of "" adds none. mark must be safe for concurrent use; nil is no mark. A proxy
// before the service can recognise the attempts of any Adapter by it.
func (c *Client) MarkAttempts(mark func(key string, number int) retry.Header) *Client {
	if mark == nil {
		return c.MarkCalls(nil)
	}
	return c.MarkCalls(func(call Call, number int) retry.Header { return mark(call.Key, number) })
}

// MarkCalls is MarkAttempts for a mark that may have more of the call, such as its step. number
// counts the attempts of the purchase, those of all its steps, from 1.
func (c *Client) MarkCalls(mark func(c Call, number int) retry.Header) *Client {
	with := *c
	with.mark = mark
	return &with
}

// Endpoint returns the address of the service.
func (c *Client) Endpoint() Endpoint { return c.endpoint }

// Adapter returns how the service is addressed.
func (c *Client) Adapter() Adapter { return c.adapter }

// Purchase makes one purchase under r's key, or under a new one when it has none, and
// retries it by the policy of the retry client. An answer that settles the purchase is never
// asked again. The answer that it is still in progress (such as 409 in_progress) is, by
// every policy, after its Retry-After and within MaxAttempts, Deadline and Budget. A request
// that is not valid is not sent: its outcome is Failed, its reason "not_sent". To a service
// without keys (Offers.Keys) it is PurchaseWithoutKey.
//
// One of several steps (Stepper) is one purchase: each step has its attempts under a key of
// its own (StepKey), the policy's MaxAttempts for each and its Deadline for all, and the
// purchase ends at the first refusal. One that is accepted is asked after (Poller), and its
// user logged in before (Authenticator).
func (c *Client) Purchase(ctx context.Context, r Request) Result {
	if c.keyless {
		return c.PurchaseWithoutKey(ctx, r)
	}
	if err := Check(c.adapter, r); err != nil {
		return NotSent(r, err)
	}
	if !c.plain() {
		if r.IdempotencyKey == "" {
			return c.run(ctx, r, retry.NewKey())
		}
		return c.run(ctx, r, r.IdempotencyKey)
	}
	x := &exchange{client: c, request: r}
	return resultOf(r, c.http.Do(ctx, c.endpoint.base, r.IdempotencyKey, x), x.answers)
}

// PurchaseWithoutKey is Purchase without an idempotency key, also where r has one: each
// attempt is a purchase of its own to the service. So the answer that a purchase is in
// progress is not asked again.
func (c *Client) PurchaseWithoutKey(ctx context.Context, r Request) Result {
	r.IdempotencyKey = ""
	if err := Check(c.adapter, r); err != nil {
		return NotSent(r, err)
	}
	if !c.plain() {
		return c.run(ctx, r, "")
	}
	x := &exchange{client: c, request: r}
	return resultOf(r, c.http.DoWithoutKey(ctx, c.endpoint.base, x), x.answers)
}

// NotSent returns the result of a request that is not sent because of err: Failed, with the
// reason "not_sent" and without an attempt.
func NotSent(r Request, err error) Result {
	return Result{Request: r, Operation: retry.Operation{Err: fmt.Errorf("purchase not sent: %w", err)}, Reason: "not_sent", Outcome: Failed}
}
