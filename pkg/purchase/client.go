package purchase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sagalab/pkg/retry"
)

// Client calls a purchase service. Safe for concurrent use.
type Client struct {
	endpoint Endpoint
	purchase string // its address
	http     *retry.Client
}

// NewClient is a client of the service at e.
func NewClient(e Endpoint, c *retry.Client) *Client {
	return &Client{endpoint: e, purchase: e.base + "/purchase", http: c}
}

// Purchase sends one purchase under r's key, or a new one when it has none.
func (c *Client) Purchase(ctx context.Context, r Request) Result {
	if err := r.Validate(); err != nil {
		return Result{Request: r, Operation: retry.Operation{Err: fmt.Errorf("purchase not sent: %w", err)}, Reason: "not_sent", Outcome: Failed}
	}
	return resultOf(r, c.http.Post(ctx, c.purchase, r.IdempotencyKey, r.Body))
}

// ErrNoScene is what SetScene returns when the service has no PUT /lab/scenario:
// it was not started for a laboratory, or is not ours.
var ErrNoScene = errors.New("the service offers no PUT /lab/scenario")

// SetScene drops all orders and sets users and products, on a service that was
// started for it; else ErrNoScene.
func (c *Client) SetScene(ctx context.Context, s Scene) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	o := c.http.Put(ctx, c.endpoint.base+"/lab/scenario", body)
	switch last := o.Last(); {
	case o.Err != nil:
		return fmt.Errorf("setting the scene at %s: %w", c.endpoint, o.Err)
	case last.Status == http.StatusNotFound || last.Status == http.StatusMethodNotAllowed:
		return ErrNoScene
	case !last.OK():
		return fmt.Errorf("setting the scene at %s: %w", c.endpoint, problemOf(last))
	}
	return nil
}

// Connectivity is how Reachable asks.
type Connectivity struct {
	// Attempts counts the first, too; Pause lies between two of them.
	Attempts int
	Timeout  time.Duration
	Pause    time.Duration
}

// DefaultConnectivity is the original notebook's: 3 attempts, 3 s each, 1 s apart.
func DefaultConnectivity() Connectivity {
	return Connectivity{Attempts: 3, Timeout: 3 * time.Second, Pause: time.Second}
}

// Reachable asks GET /health until it answers with a status below 400. failed,
// which may be nil, is told of each failure as it happens. The error is the
// last failure.
func (c *Client) Reachable(ctx context.Context, how Connectivity, failed func(attempt int, err error)) error {
	n := 0
	note := func(a retry.Attempt) {
		if n++; failed != nil {
			failed(n, healthError(a))
		}
	}
	asking, err := c.http.Sharing(retry.Config{
		Policy:    retry.Policy{MaxAttempts: how.Attempts, Backoff: retry.Fixed(how.Pause), AttemptTimeout: how.Timeout},
		Temporary: func(a retry.Attempt) bool { return a.Status >= 400 || retry.Temporary(a) },
		OnRetry:   func(a retry.Attempt, _ time.Duration) { note(a) },
	})
	if err != nil {
		return err
	}
	o := asking.Get(ctx, c.endpoint.base+"/health")
	if o.Err == nil {
		return nil
	}
	if len(o.Attempts) > 0 {
		note(o.Last())
	}
	if errors.Is(o.Err, retry.ErrExhausted) {
		return healthError(o.Last())
	}
	return o.Err
}

func healthError(a retry.Attempt) error {
	if a.Class == "" {
		return fmt.Errorf("GET /health answered HTTP %d", a.Status)
	}
	return errors.New(a.String())
}

// Version is what a service says of itself in GET /version. The zero value is a
// service that does not say it.
type Version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// String is name and version, "" for the zero value.
func (v Version) String() string { return strings.TrimSpace(v.Name + " " + v.Version) }

// Version reads GET /version, which a service may leave out: any answer but a
// success is then the error. Both texts are cut to 100 characters, without what
// does not print.
func (c *Client) Version(ctx context.Context) (Version, error) {
	v, err := get[Version](ctx, c, "/version")
	return Version{printable(v.Name), printable(v.Version)}, err
}

// printable is the first 100 characters of text that print.
func printable(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
	if runes := []rune(clean); len(runes) > 100 {
		clean = string(runes[:100])
	}
	return strings.TrimSpace(clean)
}

// Order reads GET /orders/{id}.
func (c *Client) Order(ctx context.Context, id string) (Order, error) {
	return get[Order](ctx, c, "/orders/"+url.PathEscape(id))
}

// Orders reads a page of GET /orders; after is "" for the first one.
func (c *Client) Orders(ctx context.Context, after string, limit int) (Orders, error) {
	return get[Orders](ctx, c, "/orders?"+pageQuery(after, limit))
}

// Product reads GET /products/{id}.
func (c *Client) Product(ctx context.Context, id int64) (Product, error) {
	return get[Product](ctx, c, "/products/"+strconv.FormatInt(id, 10))
}

// User reads GET /users/{id}.
func (c *Client) User(ctx context.Context, id int64) (User, error) {
	return get[User](ctx, c, "/users/"+strconv.FormatInt(id, 10))
}

// Ledger reads a page of GET /ledger; after is "" for the first one.
func (c *Client) Ledger(ctx context.Context, after string, limit int) (Ledger, error) {
	return get[Ledger](ctx, c, "/ledger?"+pageQuery(after, limit))
}

func pageQuery(after string, limit int) string {
	v := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		v.Set("after", after)
	}
	return v.Encode()
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var value T
	o := c.http.Get(ctx, c.endpoint.base+path)
	last := o.Last()
	switch {
	case o.Err != nil:
		return value, fmt.Errorf("GET %s: %w", path, o.Err)
	case !last.OK():
		return value, fmt.Errorf("GET %s: %w", path, problemOf(last))
	}
	if err := json.Unmarshal(last.Body, &value); err != nil {
		return value, fmt.Errorf("GET %s: the answer is not what the contract says: %w", path, err)
	}
	return value, nil
}
