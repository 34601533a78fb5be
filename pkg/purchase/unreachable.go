package purchase

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"sagalab/pkg/retry"
)

// Connectivity configures Reachable.
type Connectivity struct {
	// Attempts is the largest number of requests, at least 1.
	Attempts int
	// Timeout bounds each of them, above 0; Pause is the wait between two.
	Timeout time.Duration
	Pause   time.Duration
}

// DefaultConnectivity returns the original notebook's values: 3 attempts, 3 s each, 1 s apart.
func DefaultConnectivity() Connectivity {
	return Connectivity{Attempts: 3, Timeout: 3 * time.Second, Pause: time.Second}
}

// UnreachableError reports that a service did not answer in time with a status below 400. A caller adds what to do about it.
type UnreachableError struct {
	Endpoint string // as Endpoint.String
	Cause    error  // the last failure
	Status   int    // of the last answer, 0 without one
}

// Error returns "http://127.0.0.1:8000 is unreachable (connection refused: …)".
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s is unreachable (%v)", e.Endpoint, e.Cause)
}

// Answered reports whether something answers there, with a status from 400 to 499: the service
// need not be started, but its address or what is asked for as its health is another one.
func (e *UnreachableError) Answered() bool { return e.Status >= 400 && e.Status < 500 }

// WrongPath returns the path of the address, such as "/shop", when it may be what is wrong:
// something answers there, and says 404 to GET /health below the path. Else it returns "".
func (e *UnreachableError) WrongPath() string {
	u, err := url.Parse(e.Endpoint)
	if err != nil || e.Status != http.StatusNotFound {
		return ""
	}
	return u.EscapedPath()
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Cause }

// Reachable asks for the service's health (HealthChecker) until it is answered with a status
// below 400; of a service that cannot be asked for it any answer to a GET of its address
// will do. failed, which may be nil, is called with each failure as it happens, counted from
// 1. The error is an *UnreachableError, or that of ctx when it ended.
func (c *Client) Reachable(ctx context.Context, how Connectivity, failed func(attempt int, err error)) (err error) {
	defer c.ended("Health", &err)
	n, ask, worst := 0, retry.Get(""), 600
	if a, ok := healthChecker(c.adapter); ok {
		ask, worst = a.Health(), 400
	}
	note := func(a retry.Attempt) {
		if n++; failed != nil {
			failed(n, c.healthError(ask, a))
		}
	}
	asking, err := c.http.WithConfig(retry.Config{
		Policy:    retry.Policy{MaxAttempts: how.Attempts, Backoff: retry.Fixed(how.Pause), AttemptTimeout: how.Timeout},
		Temporary: func(a retry.Attempt) bool { return a.Status >= worst || a.Class != "" && retry.Temporary(a) },
		OnRetry:   func(a retry.Attempt, _ time.Duration) { note(a) },
	})
	if err != nil {
		return err
	}
	o := asking.Send(ctx, c.endpoint.base, ask)
	if o.Err == nil {
		return nil
	}
	if len(o.Attempts) > 0 {
		note(o.Last())
	}
	if errors.Is(o.Err, retry.ErrExhausted) {
		return &UnreachableError{Endpoint: c.endpoint.String(), Cause: c.healthError(ask, o.Last()), Status: o.Last().Status}
	}
	return o.Err
}

// healthError says why an attempt found the service unreachable, without secrets.
func (c *Client) healthError(ask retry.Request, a retry.Attempt) error {
	if a.Class == "" {
		return c.http.RedactError(fmt.Errorf("%s answered HTTP %d", asked(ask), a.Status))
	}
	return errors.New(a.String())
}
