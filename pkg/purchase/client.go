package purchase

import (
	"context"
	"fmt"

	"sagalab/pkg/retry"
)

// Client calls a purchase service. It is safe for concurrent use.
type Client struct {
	endpoint Endpoint
	purchase string // the URL of POST /purchase
	http     *retry.Client
	answers  Answers
	pending  func(retry.Attempt) bool // answers.inProgress
}

// NewClient returns a client of the service at e, which sends through c.
func NewClient(e Endpoint, c *retry.Client) *Client {
	return (&Client{endpoint: e, purchase: e.base + "/purchase", http: c}).WithAnswers(nil)
}

// WithAnswers returns a client that reads the answers of a foreign service by m: outcomes,
// and what is asked again because it is in progress, follow it. The caller must not change m.
func (c *Client) WithAnswers(m Answers) *Client {
	with := *c
	with.answers, with.pending = m, m.inProgress
	return &with
}

// Endpoint returns the address of the service.
func (c *Client) Endpoint() Endpoint { return c.endpoint }

// Purchase makes one purchase under r's key, or under a new one when it has none, and
// retries it by the policy of the retry client. The answer that the purchase is still in
// progress (409 in_progress, or what WithAnswers takes for it) is asked again by every
// policy, after its Retry-After and within MaxAttempts, Deadline and Budget; but not under
// NewKeyPerAttempt, where the next attempt would be another purchase, unless RetryAfter
// heeds its Retry-After. A request that is not valid is not sent: its outcome is Failed, its
// reason "not_sent".
func (c *Client) Purchase(ctx context.Context, r Request) Result {
	if err := r.Validate(); err != nil {
		return NotSent(r, err)
	}
	return resultOf(r, c.http.PostWhile(ctx, c.purchase, r.IdempotencyKey, r.Body, c.pending), c.answers)
}

// PurchaseWithoutKey is Purchase without an idempotency key, also where r has one: each
// attempt is a purchase of its own to the service. So in_progress is not asked again, unless
// Policy.RetryAfter heeds its Retry-After.
func (c *Client) PurchaseWithoutKey(ctx context.Context, r Request) Result {
	r.IdempotencyKey = ""
	if err := r.Validate(); err != nil {
		return NotSent(r, err)
	}
	return resultOf(r, c.http.PostWithoutKey(ctx, c.purchase, r.Body("")), c.answers)
}

// NotSent returns the result of a request that is not sent because of err: Failed, with the
// reason "not_sent" and without an attempt.
func NotSent(r Request, err error) Result {
	return Result{Request: r, Operation: retry.Operation{Err: fmt.Errorf("purchase not sent: %w", err)}, Reason: "not_sent", Outcome: Failed}
}
