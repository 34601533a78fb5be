package retry

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/google/uuid"
)

// DefaultBodyLimit is how much of an answer is read when Config.BodyLimit is 0.
const DefaultBodyLimit = 1 << 20 // bytes

// headerLimit bounds the header of an answer, interim answers (1xx) included.
const headerLimit = 1 << 20 // bytes

// errDeadline is the cause of a context that Policy.Deadline ended.
var errDeadline = errors.New("the operation's deadline ran out")

// Config is what a Client is made of; only Policy is required.
type Config struct {
	Policy Policy
	// Connections is how many connections to one host are opened at most: the
	// number of workers. 0 means 1.
	Connections int
	// Header is sent with every request and never recorded; secrets that an
	// answer echoes are blanked in what is recorded.
	Header http.Header
	// Temporary replaces the rule Temporary.
	Temporary func(Attempt) bool
	// TLS is how https is spoken, see TLSFiles; nil means crypto/tls's defaults. It is
	// not changed, and must not be once it was given. Base has its own.
	TLS *tls.Config
	// OnRetry is called before each wait, from the goroutine of the operation.
	OnRetry func(failed Attempt, wait time.Duration)
	// BodyLimit is the most that is read of an answer, in bytes.
	BodyLimit int64
	// Rand is the source of jitter; nil seeds one at random.
	Rand *rand.Rand
	// Standard sends with net/http's own transport, to compare: a purchase then
	// takes 1.2 to 1.4 times the processor time. See lean for what differs.
	Standard bool
	// Base replaces the transport, for tests and for faults on the way.
	Base http.RoundTripper
}

// keeper is a transport that keeps connections.
type keeper interface {
	http.RoundTripper
	CloseIdleConnections()
}

// Client sends operations. It is safe for concurrent use; make one and share it.
type Client struct {
	config  Config
	policy  Policy
	resty   *resty.Client
	posts   sync.Pool // of *resty.Request
	account account
	pool    keeper // nil with Config.Base
	base    http.RoundTripper

	mu  sync.Mutex // guards rnd
	rnd *rand.Rand
}

// New makes a client; the error lists what is wrong with the policy.
func New(c Config) (*Client, error) {
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
	client := &Client{config: c, policy: c.Policy, rnd: c.Rand, account: account{Budget: c.Policy.Budget}}
	if c.Base == nil {
		client.pool = keep(max(1, c.Connections), c.Standard, c.TLS)
		c.Base = client.pool
	}
	client.base = c.Base
	client.resty = client.overResty(&transport{base: c.Base, timeout: c.Policy.AttemptTimeout, limit: c.BodyLimit})
	client.posts.New = client.post
	return client, nil
}

// Sharing is a client with another config over the same connections, which stay
// c's to close: config.Connections, Standard, TLS and Base have no effect. A nil Header
// means c's.
func (c *Client) Sharing(config Config) (*Client, error) {
	config.Base = c.base
	if config.Header == nil {
		config.Header = c.config.Header
	}
	return New(config)
}

// Close lets go of idle connections.
func (c *Client) Close() {
	if c.pool != nil {
		c.pool.CloseIdleConnections()
	}
}

// keep is the transport that a Client sends with.
func keep(n int, standard bool, config *tls.Config) keeper {
	t := pool(n)
	t.TLSClientConfig = config.Clone()
	if standard || !canPeek {
		return t
	}
	return newLean(n, t)
}

// pool is net/http's transport. It opens at most n connections to a host and
// keeps them: with the default of two idle ones, 50 workers open thousands.
// HTTP/1.1 only, as one connection a worker is what its users' services see.
//
// lean hands it what it does not do itself. Alone, its two goroutines a
// connection and their hand-overs take about a quarter of a purchase's processor
// time: a recorded purchase takes 1.2 times that of a bare net/http request with
// 50 workers and 1.3 times with 200, over lean 0.95 times
// (BenchmarkAgainstNetHTTP in scenario). It also sends a GET or a PUT again by
// itself when a reused connection dies, which no record shows.
func pool(n int) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxConnsPerHost:     n,
		MaxIdleConnsPerHost: n,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		Protocols:           http1(),

		MaxResponseHeaderBytes: headerLimit,
	}
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// overResty sets resty up so that the policy alone decides. Each line undoes a
// default that would decide, too: its waits are capped at 2 s, it follows
// redirects (perhaps to another host), keeps cookies, and logs each failure.
func (c *Client) overResty(t http.RoundTripper) *resty.Client {
	r := resty.NewWithClient(&http.Client{Transport: t})
	r.SetRetryCount(c.policy.MaxAttempts - 1)
	r.SetRetryWaitTime(0)
	r.SetRetryMaxWaitTime(24 * time.Hour)
	r.AddRetryCondition(c.again)
	r.SetRetryAfter(func(_ *resty.Client, resp *resty.Response) (time.Duration, error) {
		// 0 would mean resty's own backoff
		return max(1, recorderOf(resp.Request.Context()).planned), nil
	})
	r.SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }))
	r.SetCookieJar(nil)
	r.SetLogger(silent{})
	r.SetDoNotParseResponse(true) // transport has read the answer
	for name, values := range c.config.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return r
}

// again is resty's retry condition: whether the attempt that just ended is
// temporary and the policy allows another one. It plans the wait.
func (c *Client) again(resp *resty.Response, _ error) bool {
	if resp == nil || resp.Request == nil {
		return false // the request could not be built
	}
	rec := recorderOf(resp.Request.Context())
	if rec == nil || len(rec.operation.Attempts) == 0 {
		return false
	}
	a := rec.operation.Last()
	if a.OK() && !c.config.Temporary(a) {
		return false // without looking at the clock
	}
	now := time.Now()
	asked, counts := c.policy.retryAfter(a.Status, resp.Header(), now)
	if !c.config.Temporary(a) && !counts {
		return false
	}
	wait := asked
	if !counts {
		wait = c.wait(a.Number, rec.planned)
	}
	deadline, bounded := resp.Request.Context().Deadline()
	switch {
	case a.Number >= c.policy.MaxAttempts:
		rec.why = ByAttempts
	case bounded && now.Add(wait).After(deadline):
		rec.why = ByDeadline
	case !c.account.retry(now):
		rec.why = ByBudget
	}
	if rec.why != "" {
		return false
	}
	rec.planned = wait
	if c.config.OnRetry != nil {
		c.config.OnRetry(a, wait)
	}
	return true
}

func (c *Client) wait(n int, last time.Duration) time.Duration {
	if c.policy.Jitter == NoJitter {
		return c.policy.Wait(n, last, nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.policy.Wait(n, last, c.rnd)
}

// NewKey is an idempotency key: a UUID of version 7, ordered by time.
func NewKey() string { return uuid.Must(uuid.NewV7()).String() }

// Post sends one operation under key; "" makes a new one. body gives the JSON to
// send under a key, so that it can stand there as well as in the header.
func (c *Client) Post(ctx context.Context, url, key string, body func(key string) []byte) Operation {
	if key == "" {
		key = NewKey()
	}
	rec := newRecorder(key)
	rec.body, rec.newKey = body, c.policy.NewKeyPerAttempt
	req := c.posts.Get().(*resty.Request)
	o := c.do(ctx, req, rec, http.MethodPost, url)
	req.Attempt, req.RawRequest = 0, nil
	c.posts.Put(req.SetContext(context.Background())) // without the recorder
	return o
}

// noBody is what resty is given for a body that transport makes, under the key
// of each attempt: resty would copy it three times.
var noBody = bytes.NewReader(nil)

// post is a request for Post to use again and again: a new one takes six maps,
// and without an Accept header two regular expressions find out what to accept.
func (c *Client) post() any {
	req := c.resty.R().SetHeader("Content-Type", "application/json").SetBody(noBody)
	if c.resty.Header.Get("Accept") == "" {
		req.SetHeader("Accept", "application/json")
	}
	return req
}

// Get reads url.
func (c *Client) Get(ctx context.Context, url string) Operation {
	return c.do(ctx, c.resty.R(), newRecorder(""), http.MethodGet, url)
}

// Put sends JSON to url, under no key.
func (c *Client) Put(ctx context.Context, url string, json []byte) Operation {
	req := c.resty.R().SetHeader("Content-Type", "application/json").SetBody(json)
	return c.do(ctx, req, newRecorder(""), http.MethodPut, url)
}

func (c *Client) do(ctx context.Context, req *resty.Request, rec *recorder, method, url string) Operation {
	if c.policy.Deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.policy.Deadline, errDeadline)
		defer cancel()
	}
	if c.policy.Budget != (Budget{}) {
		c.account.operation(time.Now())
	}
	rec.Context = httptrace.WithClientTrace(ctx, &rec.trace)
	_, err := req.SetContext(rec).Execute(method, url)
	o := rec.operation
	c.blank(o.Attempts)
	o.Err = c.verdict(ctx, rec.why, o, err)
	return o
}

// verdict is why o did not end with an answer to rely on, nil when it did.
func (c *Client) verdict(ctx context.Context, why string, o Operation, err error) error {
	last := o.Last()
	switch {
	case len(o.Attempts) == 0: // it could not be built, or ctx had ended before
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	case why != "":
	case last.Class == Deadline:
		why = ByDeadline
	case ctx.Err() != nil && !last.OK():
		return context.Cause(ctx)
	case c.config.Temporary(last) && last.Number >= c.policy.MaxAttempts:
		why = ByAttempts // with MaxAttempts 1 resty asks no condition
	default:
		return last.Err
	}
	return &ExhaustedError{Why: why, Attempts: len(o.Attempts), Last: last}
}

// blank removes from recorded answers the secrets that they echo.
func (c *Client) blank(attempts []Attempt) {
	for name, values := range c.config.Header {
		if !secret(name) {
			continue
		}
		for _, v := range values {
			for i := range attempts {
				if len(v) > 0 && bytes.Contains(attempts[i].Body, []byte(v)) {
					attempts[i].Body = bytes.ReplaceAll(attempts[i].Body, []byte(v), []byte("[secret]"))
				}
			}
		}
	}
}

func secret(header string) bool {
	switch http.CanonicalHeaderKey(header) {
	case "Accept", "User-Agent", "Content-Type", "Accept-Language":
		return false
	}
	return true
}

// silent is a resty.Logger that drops what resty would print for each failure:
// attempts are recorded, not logged.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
