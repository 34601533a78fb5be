package retry

import (
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

	"sagalab/pkg/internal/redact"
	"sagalab/pkg/retry/internal/h1"
)

// DefaultBodyLimit is how much of an answer is read when Config.BodyLimit is 0.
const DefaultBodyLimit = 1 << 20 // bytes

// Config sets up a Client; only Policy is required.
type Config struct {
	Policy Policy
	// Connections is how many connections to one host are opened at most: the
	// number of virtual users. 0 means 1.
	Connections int
	// Header is sent with every request and never recorded. Where an answer, or an
	// error, echoes one of its values or a part of one, "[secret]" stands instead (not
	// for Accept, Accept-Language, Content-Type and User-Agent), in whatever common
	// encoding; likewise for the private keys in TLS, and for what has the shape of
	// credentials. Values shorter than 4 characters are not searched for.
	Header http.Header
	// Temporary decides which attempts may be retried; nil means the function
	// Temporary.
	Temporary func(Attempt) bool
	// Final decides which attempts are never followed by another one, whatever Temporary,
	// Policy.RetryAfter and the pending of PostWhile say; nil means none. It must be safe
	// for concurrent use, and must not change the attempt.
	Final func(Attempt) bool
	// TLS sets up https, see TLSFiles; nil means crypto/tls's defaults. The Client
	// does not change it, and the caller must not. It has no effect with Base.
	TLS *tls.Config
	// OnRetry is called before each wait, by the goroutine of the operation.
	OnRetry func(failed Attempt, wait time.Duration)
	// OnWait is called before each wait, by the goroutine of the operation, with the
	// operation's context and its attempts so far, which it must not keep or change. A
	// caller that records attempts learns of them here before the operation ends. It is
	// not called for the last attempt.
	OnWait func(ctx context.Context, soFar Operation)
	// BodyLimit is the most that is read of an answer, in bytes; 0 means
	// DefaultBodyLimit. A larger answer ends the attempt with class TooLarge.
	BodyLimit int64
	// Rand is the source of jitter, used by this Client alone; nil seeds one at
	// random.
	Rand *rand.Rand
	// Standard sends with net/http's own transport, to compare: a purchase then
	// takes 1.2 to 1.4 times the processor time, and net/http may send a GET or a
	// PUT twice, which no record shows.
	Standard bool
	// Base replaces the transport, for tests and for faults on the way.
	Base http.RoundTripper
}

// idleCloser is a transport that keeps connections.
type idleCloser interface {
	http.RoundTripper
	CloseIdleConnections()
}

// Client sends operations. It is safe for concurrent use; make one and share it.
type Client struct {
	config Config
	policy Policy
	resty  *resty.Client
	posts  sync.Pool // of *resty.Request
	budget budgetTracker
	jitter *rand.Rand // safe for concurrent use
	base   http.RoundTripper
	own    idleCloser // base, nil with Config.Base
	redact *redact.Redactor
}

// New makes a client; the error lists everything that is wrong with the policy.
func New(c Config) (*Client, error) { return withRedactor(c, nil) }

// withRedactor makes a client; with a nil redactor it makes one for the secrets of c.
func withRedactor(c Config, redactor *redact.Redactor) (*Client, error) {
	if err := c.Policy.Validate(); err != nil {
		return nil, err
	}
	if c.Temporary == nil {
		c.Temporary = Temporary
	}
	if c.BodyLimit <= 0 {
		c.BodyLimit = DefaultBodyLimit
	}
	if c.Rand == nil {
		c.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if redactor == nil {
		redactor = redact.New(secretsOf(c))
	}
	client := &Client{config: c, policy: c.Policy, budget: budgetTracker{Budget: c.Policy.Budget}, base: c.Base, redact: redactor}
	client.jitter = rand.New(&lockedSource{rnd: c.Rand})
	if c.Base == nil {
		client.own = newTransport(max(1, c.Connections), c.Standard, c.TLS)
		client.base = client.own
	}
	client.resty = client.newResty(&recordingTransport{base: client.base, timeout: c.Policy.AttemptTimeout, bodyLimit: c.BodyLimit, redact: redactor})
	client.posts.New = client.newPost
	return client, nil
}

// newTransport makes the transport that a Client sends with: one of h1, or
// net/http's own where standard is true or h1 does not work.
func newTransport(connections int, standard bool, config *tls.Config) idleCloser {
	t := h1.NewStandard(connections, config)
	if standard || !h1.Supported {
		return t
	}
	return h1.New(connections, t)
}

// WithConfig returns a client with another config that sends over c's connections,
// which c.Close closes: config.Connections, Standard, TLS and Base have no effect. A
// nil Header means c's.
func (c *Client) WithConfig(config Config) (*Client, error) {
	config.Base, config.TLS = c.base, c.config.TLS
	if config.Header == nil {
		config.Header = c.config.Header
		return withRedactor(config, c.redact)
	}
	return New(config)
}

// Close closes idle connections. It does not close those of Config.Base.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Post sends one operation with the method POST under an idempotency key; "" makes a
// new one. body returns the JSON to send under a key, so that the key can stand in it
// as well as in the Idempotency-Key header; a key that a header cannot carry, such as one
// that ends in a space or is not ASCII, is in the body alone. Post returns when an answer came that is
// not temporary, when the policy gives up, or when ctx ends. No answer of 4xx is
// temporary, unless Policy.RetryAfter or Config.Temporary makes it so, and none of which
// Config.Final reports true.
func (c *Client) Post(ctx context.Context, url, key string, body func(key string) []byte) Operation {
	return c.PostWhile(ctx, url, key, body, nil)
}

// PostWhile is Post for work that may still be under way when the service answers. An
// answer other than 2xx of which pending reports true is asked again like a temporary
// failure: after the wait in its Retry-After header, up to Policy.MaxRetryAfter and also
// without Policy.RetryAfter, else after the backoff. MaxAttempts, Deadline and Budget
// hold. Under Policy.NewKeyPerAttempt pending has no effect: the next attempt would be
// other work, not the same once more. pending must be safe for concurrent use, and must
// not change the attempt; nil means never.
func (c *Client) PostWhile(ctx context.Context, url, key string, body func(key string) []byte, pending func(Attempt) bool) Operation {
	if key == "" {
		key = NewKey()
	}
	oc := newOperationContext(key)
	oc.body, oc.newKey = body, c.policy.NewKeyPerAttempt
	if !oc.newKey {
		oc.pending = pending
	}
	return c.post(ctx, oc, url)
}

// PostWithoutKey is Post without an idempotency key, whatever the policy: a service takes
// each attempt for other work. So an answer that the work is still under way is not asked
// again, unless Policy.RetryAfter heeds its Retry-After.
func (c *Client) PostWithoutKey(ctx context.Context, url string, json []byte) Operation {
	oc := newOperationContext("")
	oc.body = func(string) []byte { return json }
	return c.post(ctx, oc, url)
}

// post executes a POST with all its attempts.
func (c *Client) post(ctx context.Context, oc *operationContext, url string) Operation {
	req := c.posts.Get().(*resty.Request)
	o := c.do(ctx, req, oc, http.MethodPost, url)
	req.Attempt, req.RawRequest = 0, nil
	c.posts.Put(req.SetContext(context.Background())) // without oc
	return o
}

// Get sends one operation with the method GET, under no key.
func (c *Client) Get(ctx context.Context, url string) Operation {
	return c.do(ctx, c.resty.R(), newOperationContext(""), http.MethodGet, url)
}

// Put sends one operation with the method PUT and a body of JSON, under no key.
func (c *Client) Put(ctx context.Context, url string, json []byte) Operation {
	req := c.resty.R().SetHeader("Content-Type", "application/json").SetBody(json)
	return c.do(ctx, req, newOperationContext(""), http.MethodPut, url)
}

// do executes req with all its attempts; oc is set into its context here, and read
// by recordingTransport and shouldRetry.
func (c *Client) do(ctx context.Context, req *resty.Request, oc *operationContext, method, url string) Operation {
	if c.policy.Deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.policy.Deadline, errDeadline)
		defer cancel()
	}
	if c.policy.Budget != (Budget{}) {
		c.budget.addOperation(time.Now())
	}
	oc.Context = httptrace.WithClientTrace(ctx, &oc.trace)
	resp, err := req.SetContext(oc).Execute(method, url)
	if c.policy.MaxAttempts == 1 && ctx.Err() == nil {
		c.shouldRetry(resp, err) // which resty does not call then
	}
	o := oc.operation
	o.Err = c.operationError(ctx, oc, err)
	return o
}

// operationError returns why o did not end with an answer to rely on, nil when it
// did. err is what resty returned.
func (c *Client) operationError(ctx context.Context, oc *operationContext, err error) error {
	o, exhausted := oc.operation, oc.exhausted
	last := o.Last()
	switch {
	case len(o.Attempts) == 0: // it could not be built, or ctx had ended before
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return redactError(c.redact, err)
	case exhausted != "":
	case last.Class == Deadline:
		exhausted = ByDeadline
	case ctx.Err() != nil && !last.OK():
		return context.Cause(ctx)
	default:
		return last.Err
	}
	return &ExhaustedError{Why: string(exhausted), Attempts: len(o.Attempts), Last: last}
}

// lockedSource makes a *rand.Rand the source of one that is safe for concurrent use
// and returns the same numbers.
type lockedSource struct {
	mu  sync.Mutex
	rnd *rand.Rand
}

// Uint64 returns the next number of the source.
func (s *lockedSource) Uint64() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rnd.Uint64()
}
