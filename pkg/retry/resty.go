package retry

import (
	"net/http"
	"time"

	"github.com/go-resty/resty/v2"
)

// newResty sets resty up so that the policy alone decides. Each line undoes a
// default that would decide, too: its waits are capped at 2 s, it follows
// redirects (perhaps to another host), keeps cookies, and logs each failure.
func (c *Client) newResty(t http.RoundTripper) *resty.Client {
	r := resty.NewWithClient(&http.Client{Transport: t})
	r.SetRetryCount(c.policy.MaxAttempts - 1)
	r.SetRetryWaitTime(0)
	r.SetRetryMaxWaitTime(24 * time.Hour)
	r.AddRetryCondition(c.shouldRetry)
	r.SetRetryAfter(func(_ *resty.Client, resp *resty.Response) (time.Duration, error) {
		// 0 would mean resty's own backoff
		return max(1, operationContextOf(resp.Request.Context()).nextWait), nil
	})
	r.SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }))
	r.SetCookieJar(nil)
	r.SetLogger(noLogger{})
	r.SetDoNotParseResponse(true) // recordingTransport has read the answer
	for name, values := range c.config.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Header.Del(keyHeader) // an operation says under which key it is
	return r
}

// shouldRetry is resty's retry condition, which resty calls after each attempt, and with
// MaxAttempts 1 Client.do. It calls decide, and stores what decide returns in the operation's
// context.
func (c *Client) shouldRetry(resp *resty.Response, _ error) bool {
	if resp == nil || resp.Request == nil {
		return false // the request could not be built
	}
	ctx := resp.Request.Context()
	o := operationContextOf(ctx)
	if o == nil || o.notSent != nil || len(o.operation.Attempts) == 0 {
		return false
	}
	last := o.operation.Last()
	temporary := c.isTemporary(last)
	if last.OK() && !temporary && o.next != AskAgain {
		c.budget.succeeded(last.Number, o.after)
		return false // the usual case, without asking for the time
	}
	if c.config.Temporary != nil && temporary && o.next == Settled {
		o.next = ByPolicy
	}
	deadline, _ := ctx.Deadline()
	ended := endedAttempt{number: last.Number, since: int(o.since), temporary: temporary, next: o.next, class: last.Class, status: last.Status, header: resp.Header(), waited: o.nextWait, end: time.Now(), deadline: deadline}
	wait, renewed, why := decide(c.policy, ended, c.jitter)
	switch why = c.countFailure(o, ended, why); why {
	case finalAnswer:
		return false
	case retryAllowed:
	default:
		o.exhausted = why
		return false
	}
	if renewed {
		o.since = uint8(last.Number) // MaxAttemptsLimit at most
	}
	o.nextWait = wait
	if c.config.OnRetry != nil {
		c.config.OnRetry(last, wait)
	}
	o.exchange.Waiting(o, o.operation)
	return true
}

// countFailure counts an attempt that did not succeed in the budget, and returns why, or ByBudget when
// its retry is not within it.
func (c *Client) countFailure(o *operationContext, a endedAttempt, why reason) reason {
	switch why {
	case retryAllowed:
		o.after = FailureOf(a.class, a.status)
		if !c.budget.takeRetry(a.end, o.after) {
			return ByBudget
		}
	case finalAnswer:
		if _, _, refused := c.policy.pushback(a.header, 0); refused { // as in gRFC A6
			c.budget.failed()
		}
	default:
		c.budget.failed()
	}
	return why
}

// What resty is asked for in the place of each request, of which it and net/http parse and
// copy the least: recordingTransport puts the method, the address and the body.
const (
	replacedMethod  = http.MethodGet
	replacedAddress = "http:replaced"
)

// newRequest makes a request that is used many times: a new one takes six maps, and
// without an Accept header two regular expressions find out what to accept.
func (c *Client) newRequest() any {
	req := c.resty.R().SetHeader("Content-Type", "application/json")
	if c.resty.Header.Get("Accept") == "" {
		req.SetHeader("Accept", "application/json")
	}
	return req
}

// noLogger is a resty.Logger that drops what resty would print for each failure:
// attempts are recorded, not logged.
type noLogger struct{}

func (noLogger) Errorf(string, ...any) {}
func (noLogger) Warnf(string, ...any)  {}
func (noLogger) Debugf(string, ...any) {}

// isTemporary asks Config.Temporary, or its default.
func (c *Client) isTemporary(a Attempt) bool {
	if c.config.Temporary == nil {
		return Temporary(a)
	}
	return c.config.Temporary(a)
}
