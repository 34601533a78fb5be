package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// foreign is a foreign service: handlers by pattern.
func foreign(t *testing.T, handlers map[string]http.HandlerFunc) *purchase.Client {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, h := range handlers {
		mux.HandleFunc(pattern, h)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	e, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, release, err := NewClient(e, nil, retry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return c
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code); io.WriteString(w, body) }
}

// paged serves n orders, at most most at a time whatever is asked for.
func paged(n, most int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(r.FormValue("after"))
		limit, _ := strconv.Atoi(r.FormValue("limit"))
		page := purchase.Orders{Orders: []purchase.Order{}}
		for i := from; i < min(n, from+min(limit, most)); i++ {
			page.Orders = append(page.Orders, purchase.Order{OrderID: fmt.Sprint(i), Status: purchase.Confirmed})
		}
		if end := from + len(page.Orders); end < n {
			page.Next = strconv.Itoa(end)
		}
		json.NewEncoder(w).Encode(page)
	}
}

var subjects = Subjects{Products: []purchase.ID{1, 9}, Users: []purchase.ID{1}}

func TestStateOfForeignServices(t *testing.T) {
	all := map[string]http.HandlerFunc{
		"GET /orders":        paged(2500, 7), // small pages of its own
		"GET /ledger":        says(`{"entries":[{"entry_id":"e","order_id":"0","user_id":1,"kind":"charge","amount":5,"colour":"red"}],"next":""}`),
		"GET /products/1":    says(`{"product_id":1,"price":5,"stock":3,"reserved":0,"warehouse":"north"}`),
		"GET /products/{id}": status(404, `{"code":"unknown_product","detail":"no such product"}`),
		"GET /users/{id}":    says(`{"user_id":1,"balance":100}`),
	}
	without := func(change map[string]http.HandlerFunc, gone ...string) map[string]http.HandlerFunc {
		m := map[string]http.HandlerFunc{}
		for k, v := range all {
			if !slices.Contains(gone, k) {
				m[k] = v
			}
		}
		for k, v := range change {
			m[k] = v
		}
		return m
	}
	for _, tt := range []struct {
		name     string
		handlers map[string]http.HandlerFunc
		orders   int
		missing  []audit.Call
		failed   map[audit.Call]string
	}{
		{"all calls, small pages, more members than the contract has", all, 2500, nil, nil},
		{"unknown products without a code", without(map[string]http.HandlerFunc{"GET /products/{id}": status(404, "")}, "GET /products/{id}"), 2500, nil, nil},
		{"no products", without(nil, "GET /products/1", "GET /products/{id}"), 2500, []audit.Call{audit.ProductsCall}, nil},
		{"no ledger", without(nil, "GET /ledger"), 2500, []audit.Call{audit.LedgerCall}, nil},
		{"nothing but purchases", map[string]http.HandlerFunc{"POST /purchase": says("{}")}, 0, []audit.Call{audit.OrdersCall, audit.LedgerCall, audit.ProductsCall, audit.UsersCall}, nil},
		{"orders that fail", without(map[string]http.HandlerFunc{"GET /orders": status(500, "oops")}, "GET /orders"), 0, nil, map[audit.Call]string{audit.OrdersCall: "HTTP 500"}},
		{"orders in HTML", without(map[string]http.HandlerFunc{"GET /orders": says("<html>")}, "GET /orders"), 0, nil, map[audit.Call]string{audit.OrdersCall: "not what the contract says"}},
		{"a cursor that does not move", without(map[string]http.HandlerFunc{"GET /orders": says(`{"orders":[{"order_id":"x"}],"next":"same"}`)}, "GET /orders"), 2, nil, map[audit.Call]string{audit.OrdersCall: "does not advance"}},
		{"users forbidden", without(map[string]http.HandlerFunc{"GET /users/{id}": status(403, `{"code":"forbidden","detail":"no"}`)}, "GET /users/{id}"), 2500, nil, map[audit.Call]string{audit.UsersCall: "403 forbidden"}},
	} {
		s, err := ReadState(t.Context(), foreign(t, tt.handlers), subjects)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if len(s.Orders) != tt.orders || !slices.Equal(s.NotOffered, tt.missing) || len(s.Failed) != len(tt.failed) {
			t.Errorf("%s: %d orders, not offered %v, failed %v; want %d, %v, %v", tt.name, len(s.Orders), s.NotOffered, s.Failed, tt.orders, tt.missing, tt.failed)
		}
		for call, want := range tt.failed {
			if !strings.Contains(s.Failed[call], want) {
				t.Errorf("%s: %s failed with %q, want %q", tt.name, call, s.Failed[call], want)
			}
		}
	}
	s, err := ReadState(t.Context(), foreign(t, all), subjects)
	if err != nil || len(s.Products) != 1 || len(s.Ledger) != 1 || len(s.Users) != 1 {
		t.Errorf("state %+v, %v; want the one product that exists, one entry, one user", s, err)
	}
}

func TestStateEndsWithItsContext(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := foreign(t, map[string]http.HandlerFunc{"GET /orders": func(w http.ResponseWriter, r *http.Request) {
		cancel(stopped)
		<-r.Context().Done()
	}})
	if _, err := ReadState(ctx, c, subjects); !errors.Is(err, stopped) {
		t.Errorf("State = %v, want the cause of its context", err)
	}
}

func TestQuiescentWaitsForPendingOrders(t *testing.T) {
	var looks atomic.Int64
	order := func() purchase.Order {
		o := purchase.Order{OrderID: "a", Status: purchase.Pending}
		if looks.Add(1) > 5 {
			o.Status = purchase.Confirmed
		}
		return o
	}
	c := foreign(t, map[string]http.HandlerFunc{
		"GET /orders": func(w http.ResponseWriter, r *http.Request) {
			json.NewEncoder(w).Encode(purchase.Orders{Orders: []purchase.Order{order()}})
		},
		"GET /orders/{id}": func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(order()) },
	})
	s, err := ReadQuiescent(t.Context(), c, Subjects{}, nil, nil, time.Minute)
	if err != nil || len(s.Orders) != 1 || s.Orders[0].Status != purchase.Confirmed {
		t.Errorf("Quiescent = %+v, %v; want the order confirmed", s, err)
	}
	var reads atomic.Int64
	late := foreign(t, map[string]http.HandlerFunc{"GET /orders": func(w http.ResponseWriter, r *http.Request) {
		o := []purchase.Order{{OrderID: "a", Status: purchase.Confirmed}, {OrderID: "late", Status: purchase.Confirmed}}
		json.NewEncoder(w).Encode(purchase.Orders{Orders: o[:min(int(reads.Add(1)), 2)]})
	}})
	if s, err = ReadQuiescent(t.Context(), late, Subjects{}, nil, nil, time.Minute); err != nil || len(s.Orders) != 2 {
		t.Errorf("Quiescent = %+v, %v; want the order that came in late, too", s, err)
	}
	stuck := foreign(t, map[string]http.HandlerFunc{
		"GET /orders":      says(`{"orders":[{"order_id":"a","status":"PENDING"}],"next":""}`),
		"GET /orders/{id}": says(`{"order_id":"a","status":"PENDING"}`),
	})
	s, err = ReadQuiescent(t.Context(), stuck, Subjects{}, nil, nil, 300*time.Millisecond)
	if err != nil || len(s.Orders) != 1 || s.Orders[0].Status != purchase.Pending {
		t.Errorf("Quiescent of a stuck saga = %+v, %v; want it to give up with what is pending", s, err)
	}
}

func TestSamplerFollowsOrders(t *testing.T) {
	var looks atomic.Int64
	c := foreign(t, map[string]http.HandlerFunc{
		"GET /products/1": says(`{"product_id":1,"stock":3}`),
		"GET /users/1":    status(503, "busy"),
		"GET /orders":     says(`{"orders":[{"order_id":"a"},{"order_id":"gone"}],"next":""}`),
		"GET /orders/a": func(w http.ResponseWriter, r *http.Request) {
			st := purchase.Pending
			if looks.Add(1) > 3 {
				st = purchase.Confirmed
			}
			json.NewEncoder(w).Encode(purchase.Order{OrderID: "a", Status: st})
		},
		"GET /orders/gone": status(404, ""),
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := Sample(ctx, c, Subjects{Products: []purchase.ID{1}, Users: []purchase.ID{1}}, 10*time.Millisecond)
	for looks.Load() < 6 && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	var statuses []purchase.Status
	gone, last := 0, time.Time{}
	for i, x := range s.Stop() {
		if x.Asked.Before(last) || x.Answered.Before(x.Asked) || len(x.Products) != 1 {
			t.Errorf("sample %d: asked %v, answered %v, %d products", i, x.Asked, x.Answered, len(x.Products))
		}
		last = x.Answered
		for _, o := range x.Orders {
			statuses = append(statuses, o.Status)
		}
		gone += len(x.Gone)
	}
	if len(statuses) < 4 || statuses[0] != purchase.Pending || statuses[3] != purchase.Confirmed || gone == 0 {
		t.Errorf("statuses seen %v, %d times gone; want an order followed to its end, and the one that is gone", statuses, gone)
	}
}

func TestSamplerIsBounded(t *testing.T) {
	s := &Sampler{every: time.Millisecond}
	for i := range 3 * maxSamples {
		s.keep(audit.Sample{Asked: time.Unix(int64(i), 0)})
	}
	if len(s.samples) > maxSamples || !slices.IsSortedFunc(s.samples, func(a, b audit.Sample) int { return a.Asked.Compare(b.Asked) }) {
		t.Errorf("%d samples kept, want at most %d in their order", len(s.samples), maxSamples)
	}
	if s.every <= time.Millisecond {
		t.Error("a full sampler does not look less often")
	}
}

func TestEvidenceCountsFromTheBaseline(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	dir := ""
	execute := func(name string) {
		w, err := run.Begin(runs.Info{Stage: name, Kind: runs.Load, Seed: 5})
		if err == nil {
			err = errors.Join(w.Append([]runs.Record{{Operation: runs.Operation{Stage: name, ProductID: 1, UserID: 2}}}), w.Finish(runs.Complete, ""))
		}
		if err != nil {
			t.Fatal(err)
		}
		dir = w.Dir()
	}
	c := foreign(t, map[string]http.HandlerFunc{"PUT /lab/scenario": status(204, ""), "GET /orders": says(`{"orders":[],"next":""}`)})
	execute("before")
	if applied, err := ApplyFixture(t.Context(), c, run, "plenty", purchase.Plenty()); !applied || err != nil {
		t.Fatalf("ApplyFixture = %v, %v, want true, nil", applied, err)
	}
	if _, err := CollectEvidence(t.Context(), c, run, time.Second, true); !errors.Is(err, ErrNothingRan) {
		t.Errorf("Evidence before anything ran = %v, want ErrNothingRan", err)
	}
	execute("one")
	if err := os.WriteFile(filepath.Join(run.Dir(), "samples-1.json"), []byte(`[{"Gone":["kept by an older version"]}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	execute("one")
	if err := SaveSamples(dir, []audit.Sample{{Gone: []string{"x"}}}); err != nil {
		t.Fatal(err)
	}
	e, err := CollectEvidence(t.Context(), c, run, time.Second, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Stages) != 2 || e.Stages[0].Stage != "one" || len(e.Samples) != 2 || e.Samples[1].Gone[0] != "x" || e.Fixture == nil || e.Before != nil || !e.Sealed || e.Seed != "5 (stage one), 5 (stage one)" {
		t.Errorf("evidence of %d stages, %d samples, fixture %v, before %v, seed %q; want both executions since the baseline", len(e.Stages), len(e.Samples), e.Fixture != nil, e.Before, e.Seed)
	}
	file := filepath.Join(dir, samplesFile)
	if err := os.WriteFile(file, []byte(`[{"Gone":["y`), 0o644); err != nil {
		t.Fatal(err)
	}
	const why = "what was read of the service during stage one is not judged: 03-one/samples.json cannot be read: unexpected end of JSON input"
	e, err = CollectEvidence(t.Context(), c, run, time.Second, true)
	if err != nil || len(e.Samples) != 1 || !slices.Contains(e.Notes, why) || e.SamplesDamaged != why {
		t.Errorf("samples that are cut off: %d samples, notes %q, damaged %q, %v; want the other execution's and %q", len(e.Samples), e.Notes, e.SamplesDamaged, err, why)
	}
	noFixtures := foreign(t, map[string]http.HandlerFunc{"GET /orders": says(`{"orders":[{"order_id":"old","status":"CONFIRMED"}],"next":""}`)})
	if applied, err := ApplyFixture(t.Context(), noFixtures, run, "plenty", purchase.Plenty()); applied || err != nil {
		t.Errorf("ApplyFixture at a service without fixtures = %v, %v, want false, nil", applied, err)
	}
	g, err := LoadBaseline(run)
	if err != nil || g.Fixture != nil || g.Before == nil || len(g.Before.Orders) != 1 || g.FirstExecution != 3 {
		t.Errorf("baseline %+v, %v; want what the service had before, after 3 executions", g, err)
	}
}

// ground.json as versions of 2026 wrote it, with a scene and without one.
func TestOldBaselineIsRead(t *testing.T) {
	for _, tt := range []struct{ text, description string }{
		{`{"name":"plenty","after":2,"scene":{"users":[{"user_id":1,"balance":5}],"products":[{"product_id":1,"price":1,"stock":7}]}}`, "plenty"},
		{`{"name":"plenty","after":2,"before":{"at":"2026-11-20T10:00:00Z","orders":[],"products":[],"users":[],"ledger":[]}}`, ownData},
	} {
		run, err := runs.Store{Dir: t.TempDir()}.Create("t", "http://127.0.0.1:1")
		if err == nil {
			err = os.WriteFile(filepath.Join(run.Dir(), "ground.json"), []byte(tt.text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := LoadBaseline(run)
		if err != nil || b.FirstExecution != 2 || b.Description() != tt.description || (b.Fixture == nil) == (b.Before == nil) {
			t.Errorf("%s: %+v, %v", tt.text, b, err)
		}
	}
}
