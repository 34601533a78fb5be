package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"sagalab/pkg/internal/shop/store"
)

// The time that a participant has for a saga's call without Target.Timeout, and for a read or a
// fixture.
const (
	defaultTimeout = 2 * time.Second
	readTimeout    = 10 * time.Second
)

// Target says where a participant is.
type Target struct {
	// Calls is the URL to which sagas send their calls, such as http://127.0.0.1:9001. A
	// proxy may stand there.
	Calls string
	// Reads is the URL of the participant itself, for everything else.
	Reads string
	// Timeout bounds one call of a saga, 0 is 2 s.
	Timeout time.Duration
}

// client asks a participant. It is safe for concurrent use.
type client struct {
	Target
	name      string
	http      *http.Client
	fixtureID atomic.Pointer[string]
}

// newClient asks a participant for the fixture that it holds.
func newClient(ctx context.Context, name string, t Target) (*client, error) {
	t.Calls, t.Reads = strings.TrimSuffix(t.Calls, "/"), strings.TrimSuffix(t.Reads, "/")
	if t.Timeout == 0 {
		t.Timeout = defaultTimeout
	}
	c := &client{Target: t, name: name, http: &http.Client{
		Transport:     &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	var held fixture
	if _, err := c.do(ctx, http.MethodGet, "/fixture", nil, &held); err != nil {
		return nil, fmt.Errorf("the %s cannot be reached at %s: %w", name, t.Reads, err)
	}
	c.fixtureID.Store(&held.ID)
	return c, nil
}

// FixtureID returns the name of the fixture that the participant holds, "" when none was ever
// set there.
func (c *client) FixtureID() string { return *c.fixtureID.Load() }

// Close closes the connections that are idle.
func (c *client) Close() { c.http.CloseIdleConnections() }

// call returns the call that sends one step of a saga to a path.
func (c *client) call(path, step string) store.Call {
	return func(cart store.Cart, before store.Effect) (store.Effect, error) {
		body, err := json.Marshal(sagaCall{cart, before})
		if err != nil {
			return store.Effect{}, err
		}
		return c.post(path, step, cart, body)
	}
}

// post sends one step of a saga once.
func (c *client) post(path, step string, cart store.Cart, body []byte) (e store.Effect, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	failed := func(status int, err error) (store.Effect, error) {
		return store.Effect{}, &store.CallError{Participant: c.name, Call: path, Status: status, Cause: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Calls+"/"+path, bytes.NewReader(body))
	if err != nil {
		return failed(0, err)
	}
	// With it, net/http would repeat a request that has a key and whose connection ended.
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/json")
	mark(req.Header, cart, step, c.FixtureID())
	status, text, err := c.send(req)
	switch {
	case err != nil:
		return failed(0, err)
	case status != http.StatusOK:
		return failed(status, errors.New(excerpt(text)))
	}
	if err := json.Unmarshal(text, &e); err != nil || e.At == 0 {
		return failed(0, fmt.Errorf("the answer %q is no effect of a step", excerpt(text)))
	}
	return e, nil
}

// do sends a request that is no call of a saga and reads its JSON answer into answer, unless
// that is nil; found is false for 404. What cannot be reached is store.Unreachable.
func (c *client) do(ctx context.Context, method, path string, body, answer any) (found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var text []byte
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return false, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Reads+path, bytes.NewReader(text))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	status, text, err := c.send(req)
	switch {
	case err != nil:
		return false, store.Unreachable(fmt.Errorf("the %s: %w", c.name, err))
	case status == http.StatusNotFound:
		return false, nil
	case status/100 != 2:
		return false, fmt.Errorf("the %s answered %s %s with HTTP %d: %s", c.name, method, path, status, excerpt(text))
	case answer == nil:
		return true, nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return false, fmt.Errorf("the %s answered %s %s with %q: %w", c.name, method, path, excerpt(text), err)
	}
	return true, nil
}

// send sends a request and reads the whole answer.
func (c *client) send(req *http.Request) (status int, text []byte, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return resp.StatusCode, text, err
}

// reset sets a fixture under a new name.
func (c *client) reset(f fixture) error {
	f.ID = uuid.NewString()
	_, err := c.do(context.Background(), http.MethodPut, "/fixture", f, nil)
	if err == nil {
		c.fixtureID.Store(&f.ID)
	}
	return err
}

// read reads a value with GET; found is false for 404.
func read[T any](c *client, path string) (v T, found bool, err error) {
	found, err = c.do(context.Background(), http.MethodGet, path, nil, &v)
	return v, found, err
}

// IDs lists the products of the stock, or the users of the payments.
func (c *client) IDs() (map[int64]bool, error) {
	list, _, err := read[[]int64](c, "/ids")
	known := make(map[int64]bool, len(list))
	for _, id := range list {
		known[id] = true
	}
	return known, err
}

// Effects reads the effects of some orders that belong in a trace.
func (c *client) Effects(orders []string) (list []store.RecordedEffect, err error) {
	_, err = c.do(context.Background(), http.MethodPost, "/effects", orderIDs{orders}, &list)
	return list, err
}

// excerpt is the beginning of an answer, for an error.
func excerpt(text []byte) string {
	const most = 200
	if len(text) > most {
		text = text[:most]
	}
	return strings.TrimSpace(string(text))
}
