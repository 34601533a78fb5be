package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"sagalab/pkg/purchase"
)

// document is openapi.yaml, which every answer in these tests has to fit.
var document = sync.OnceValues(func() (routers.Router, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(purchase.OpenAPI)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// api talks to a service at a base URL and checks each answer against the contract.
type api struct {
	t    testing.TB
	base string
	http *http.Client
}

func newAPI(t testing.TB, base string) *api {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &api{t, base, &http.Client{Transport: transport}}
}

// reply is an answer, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) order(t testing.TB) purchase.Order { return decoded[purchase.Order](t, r) }

func (r reply) problem(t testing.TB) purchase.Problem { return decoded[purchase.Problem](t, r) }

func decoded[T any](t testing.TB, r reply) (v T) {
	t.Helper()
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Errorf("answer %d %.200q: %v", r.status, r.body, err)
	}
	return v
}

// try sends a request; the error is that of the network.
func (a *api) try(method, path, body string, header ...string) (reply, error) {
	req, err := http.NewRequest(method, a.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		a.t.Fatal(err)
	}
	req.GetBody = nil // no hidden second attempt
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "" {
			req.Header.Del(header[i])
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, header: resp.Header}
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		return r, err
	}
	if err := conforms(req, r); err != nil {
		a.t.Errorf("%s %s: got %d %.300q, which the contract does not know: %v", method, path, r.status, r.body, err)
	}
	return r, nil
}

// do is try for when the network has to work.
func (a *api) do(method, path, body string, header ...string) reply {
	a.t.Helper()
	r, err := a.try(method, path, body, header...)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (a *api) buy(r purchase.Request) reply {
	a.t.Helper()
	return a.do("POST", "/purchase", string(r.Body(r.IdempotencyKey)))
}

// conforms checks an answer against openapi.yaml, and problems outside of its
// paths and methods against the schema of problems.
func conforms(req *http.Request, r reply) error {
	router, err := document()
	if err != nil {
		return err
	}
	route, pathParams, err := router.FindRoute(req)
	if err != nil {
		var p purchase.Problem
		if r.header.Get("Content-Type") != purchase.ProblemType || json.Unmarshal(r.body, &p) != nil ||
			p.Status != r.status || p.Code.Status() != r.status || p.Detail == "" {
			return fmt.Errorf("no problem: %w", err)
		}
		return nil
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: pathParams, Route: route},
		Status:                 r.status, Header: r.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	return openapi3filter.ValidateResponse(context.Background(), input.SetBodyBytes(r.body))
}

func get[T any](a *api, path string) T {
	a.t.Helper()
	r := a.do("GET", path, "")
	if r.status != http.StatusOK {
		a.t.Fatalf("GET %s: got %d %s, want 200", path, r.status, r.body)
	}
	return decoded[T](a.t, r)
}

// orders reads all orders, limit at a time.
func (a *api) orders(limit int) (all []purchase.Order) {
	a.t.Helper()
	for after := ""; ; {
		page := get[purchase.Orders](a, fmt.Sprintf("/orders?after=%s&limit=%d", after, limit))
		all = append(all, page.Orders...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

// ledger reads all entries, limit at a time.
func (a *api) ledger(limit int) (all []purchase.Entry) {
	a.t.Helper()
	for after := ""; ; {
		page := get[purchase.Ledger](a, fmt.Sprintf("/ledger?after=%s&limit=%d", after, limit))
		all = append(all, page.Entries...)
		if after = page.Next; after == "" {
			return all
		}
	}
}
