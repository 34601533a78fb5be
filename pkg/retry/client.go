package retry

import (
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

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
	// Secrets are more values that are sent and never recorded, such as a token in the body
	// of a Request. Of the headers of Requests the values of those with credentials
	// (IsCredential) are secrets without being named here, 16 different ones at most.
	Secrets []string
	// Temporary decides which attempts may be retried; nil means the function
	// Temporary. One that is given also decides on attempts that an Exchange says are
	// Settled.
	Temporary func(Attempt) bool
	// TLS sets up https, see TLSFiles; nil means crypto/tls's defaults. The Client
	// does not change it, and the caller must not. It has no effect with Base.
	TLS *tls.Config
	// OnRetry is called before each wait, by the goroutine of the operation.
	OnRetry func(failed Attempt, wait time.Duration)
	// Traceparent returns the value of the header traceparent for the next attempt, with the context of
	// Client.Do: a trace id for the operation, and a span id for this attempt alone (W3C Trace
	// Context). It is called once for each attempt that is sent, by the goroutine of the
	// operation, and must be safe for concurrent use. The header replaces one of the Request
	// or of Header; "" leaves them. nil adds none.
	Traceparent func(ctx context.Context) string
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
	config   Config
	policy   Policy
	resty    *resty.Client
	requests sync.Pool // of *resty.Request
	budget   *budgetTracker
	jitter   *rand.Rand // safe for concurrent use
	base     http.RoundTripper
	own      idleCloser // base, nil with Config.Base
	secrets  *secrets
}

// New makes a client; the error lists everything that is wrong with the policy.
func New(c Config) (*Client, error) { return withSecrets(c, newSecrets(c, nil)) }

// withSecrets makes a client that removes secrets from what it records.
func withSecrets(c Config, s *secrets) (*Client, error) {
	if err := c.Policy.Validate(); err != nil {
		return nil, err
	}
	if c.BodyLimit <= 0 {
		c.BodyLimit = DefaultBodyLimit
	}
	if c.Rand == nil {
		c.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	client := &Client{config: c, policy: c.Policy, budget: newBudgetTracker(c.Policy.Budget), base: c.Base, secrets: s}
	client.jitter = rand.New(&lockedSource{rnd: c.Rand})
	if c.Base == nil {
		client.own = newTransport(max(1, c.Connections), c.Standard, c.TLS)
		client.base = client.own
	}
	client.resty = client.newResty(&recordingTransport{base: client.base, traceparent: c.Traceparent, timeout: c.Policy.AttemptTimeout, bodyLimit: c.BodyLimit, secrets: s})
	client.requests.New = client.newRequest
	return client, nil
}

// newTransport makes the transport that a Client sends with: one of h1, or
// net/http's own where standard is true or h1 does not work.
func newTransport(connections int, standard bool, config *tls.Config) idleCloser {
	t := h1.NewStandard(connections, config)
	if standard || !h1.Supported {
		return h1.Standard{Transport: t}
	}
	return h1.New(connections, t)
}

// WithConfig returns a client with another config that sends over c's connections,
// which c.Close closes: config.Connections, Standard, TLS and Base have no effect. A
// nil Header means c's; Secrets are added to c's.
func (c *Client) WithConfig(config Config) (*Client, error) {
	config.Base, config.TLS = c.base, c.config.TLS
	others := config.Header != nil || len(config.Secrets) > 0
	if config.Header == nil {
		config.Header = c.config.Header
	}
	config.Secrets = slices.Concat(c.config.Secrets, config.Secrets)
	if others {
		return withSecrets(config, newSecrets(config, c.secrets))
	}
	return withSecrets(config, c.secrets)
}

// Close closes idle connections. It does not close those of Config.Base.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Post sends one operation with the method POST under an idempotency key; "" makes a
// new one. body returns the JSON to send under a key, so that the key can stand in it
// as well as in the Idempotency-Key header (Request.WithKey). Post returns when an answer
// came that is not temporary, when the policy gives up, or when ctx ends. No answer of 4xx
// is temporary, unless Policy.RetryAfter, Policy.RetryThrottled or Config.Temporary makes it
// so.
func (c *Client) Post(ctx context.Context, url, key string, body func(key string) []byte) Operation {
	return c.Do(ctx, url, key, &jsonUnderKey{body: body})
}

// Get sends one operation with the method GET, under no key.
func (c *Client) Get(ctx context.Context, url string) Operation {
	return c.Send(ctx, url, Get(""))
}

// Put sends one operation with the method PUT and a body of JSON, under no key.
func (c *Client) Put(ctx context.Context, url string, json []byte) Operation {
	return c.Send(ctx, url, Request{Method: http.MethodPut, Body: json})
}

// Send sends one operation whose attempts are all the same request, under no key.
func (c *Client) Send(ctx context.Context, address string, r Request) Operation {
	return c.DoWithoutKey(ctx, address, &fixed{r})
}

// Do sends one operation under an idempotency key, of which "" makes a new one, to the
// address of a service, which has no query. It returns when the exchange says that it is
// settled, when an answer came that is not asked again, when the policy gives up, or when
// ctx ends.
func (c *Client) Do(ctx context.Context, address, key string, x Exchange) Operation {
	if key == "" {
		key = NewKey()
	}
	return c.do(ctx, newOperationContext(address, key, c.policy.NewKeyPerAttempt, x))
}

// DoWithoutKey is Do without an idempotency key, whatever the policy: a service takes each
// attempt for other work.
func (c *Client) DoWithoutKey(ctx context.Context, address string, x Exchange) Operation {
	return c.do(ctx, newOperationContext(address, "", false, x))
}

// Once returns a client that sends over c's connections and makes one attempt at each
// operation. Its operations have no part in c's budget.
func (c *Client) Once() (*Client, error) {
	config := c.config
	config.Policy.MaxAttempts, config.Policy.Budget, config.Header, config.Secrets = 1, Budget{}, nil, nil
	config.Rand = nil // is used by one client alone
	return c.WithConfig(config)
}

// Bound returns a context that ends with the Policy's Deadline, counted from now, for work
// that takes several operations. Each of them ends as by its own Deadline. Without one it is
// ctx, which ends when cancel is called.
func (c *Client) Bound(ctx context.Context) (bounded context.Context, cancel context.CancelFunc) {
	if c.policy.Deadline <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.policy.Deadline, errDeadline)
}

// Redact returns text without secrets, as bodies of answers are recorded (Config.Header).
func (c *Client) Redact(text string) string { return c.secrets.text(text) }

// RedactError returns an error whose text is without secrets, err itself when it has none. It
// wraps err.
func (c *Client) RedactError(err error) error { return c.secrets.error(err) }

// do executes an operation with all its attempts; oc is set into the request's context
// here, and read by recordingTransport and shouldRetry.
func (c *Client) do(ctx context.Context, oc *operationContext) Operation {
	if c.policy.Deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.policy.Deadline, errDeadline)
		defer cancel()
	}
	c.budget.begin()
	oc.Context = httptrace.WithClientTrace(ctx, &oc.trace)
	req := c.requests.Get().(*resty.Request)
	resp, err := req.SetContext(oc).Execute(replacedMethod, replacedAddress)
	if c.policy.MaxAttempts == 1 && ctx.Err() == nil {
		c.shouldRetry(resp, err) // which resty does not call then
	}
	req.Attempt, req.RawRequest = 0, nil
	c.requests.Put(req.SetContext(context.Background())) // without oc
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
	case oc.notSent != nil:
		return c.secrets.error(oc.notSent)
	case len(o.Attempts) == 0: // it could not be built, or ctx had ended before
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return c.secrets.error(err)
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
