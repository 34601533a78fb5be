package purchase

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/retry"
)

// Service is a service that is being read, for the methods of an Adapter.
type Service struct {
	ctx    context.Context
	client *Client
}

// Context returns the context of the read.
func (s Service) Context() context.Context { return s.ctx }

// Endpoint returns the address of the service.
func (s Service) Endpoint() Endpoint { return s.client.endpoint }

// Send sends a request and returns what came of its last attempt. An answer other than 2xx
// is an error: a Problem, or one that wraps a StatusError.
func (s Service) Send(r retry.Request) (retry.Attempt, error) {
	o := s.client.http.Send(s.ctx, s.client.endpoint.base, r)
	last := o.Last()
	switch {
	case o.Err != nil && last.Status != http.StatusNotImplemented: // 501 says as 404 that there is no such call, however often it is tried
		return last, fmt.Errorf("%s: %w", asked(r), withBody(o.Err, last))
	case !last.OK():
		return last, fmt.Errorf("%s: %w", asked(r), problemOf(last))
	}
	return last, nil
}

// withBody returns the error of a request that was given up with what its last answer says.
func withBody(err error, last retry.Attempt) error {
	body := truncate(strings.TrimSpace(string(last.Body)))
	if !errors.Is(err, retry.ErrExhausted) || last.Status == 0 || last.Class != "" || body == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, printable.Line(body))
}

// asked names a request in messages, by its method and path.
func asked(r retry.Request) string { return cmp.Or(r.Method, http.MethodPost) + " " + r.Path }

// Get sends a GET of a path; its error is that of Send.
func (s Service) Get(path string) (retry.Attempt, error) { return s.Send(retry.Get(path)) }

// JSON sends a GET of a path and returns the answer as JSON, from which Get of gjson picks
// values. The error is that of Send, or that the answer is not JSON.
func (s Service) JSON(path string) (gjson.Result, error) {
	a, err := s.Get(path)
	if err != nil {
		return gjson.Result{}, err
	}
	return parseJSON("GET "+path, a)
}

// parseJSON reads an answer as JSON; asked is what was asked.
func parseJSON(asked string, a retry.Attempt) (gjson.Result, error) {
	if !ValidJSON(a.Body) {
		return gjson.Result{}, fmt.Errorf("%s: the answer is not JSON: %s", asked, truncate(string(a.Body)))
	}
	return gjson.ParseBytes(a.Body), nil
}

// Rows sends a GET of a path and makes a value of each element of the array at a gjson path
// in its answer, "@this" for an answer that is the array. The error is that of JSON, or that
// there is no array.
func Rows[T any](s Service, path, array string, row func(gjson.Result) T) ([]T, error) {
	all, err := s.JSON(path)
	if err != nil {
		return nil, err
	}
	list := all.Get(array)
	if !list.IsArray() {
		return nil, fmt.Errorf("GET %s: there is no array at %q in the answer: %s", path, array, truncate(all.Raw))
	}
	var rows []T
	list.ForEach(func(_, value gjson.Result) bool {
		rows = append(rows, row(value))
		return true
	})
	return rows, nil
}

// PathSegment returns a text as a part of a path, between two slashes.
func PathSegment(text string) string { return url.PathEscape(text) }

// read sends a GET and reads the answer as the contract has it.
func read[T any](s Service, path string) (value T, err error) {
	a, err := s.Get(path)
	if err != nil {
		return value, err
	}
	if err := json.Unmarshal(a.Body, &value); err != nil {
		return value, fmt.Errorf("GET %s: the answer is not what the contract says: %w", path, err)
	}
	return value, nil
}

func pageQuery(after string, limit int) string {
	v := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		v.Set("after", after)
	}
	return v.Encode()
}
