package runner

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/internal/traceid"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// tracedService is a proxy before a service that keeps the traceparent headers of its requests, with
// their methods and paths.
type tracedService struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string][]string
}

func traced(t *testing.T, service string) *tracedService {
	to, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	s := &tracedService{seen: map[string][]string{}}
	proxy := httputil.NewSingleHostReverseProxy(to)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		value := strings.Join(r.Header["Traceparent"], ", ")
		s.seen[value] = append(s.seen[value], r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// stepPaths is how the path of a request of a shop begins and ends, by the row's kind and step.
var stepPaths = map[string][2]string{"login ": {"POST /sessions", ""}, "cart": {"POST /carts", ""}, "item": {"POST /carts/", "/items"}, "pay": {"POST /carts/", "/pay"}, "poll pay": {"GET /orders/", ""}}

// TestTraceparents: each request of a purchase, also a login and a poll, has the trace of its operation and
// the span that its row is found by; no other request has one.
func TestTraceparents(t *testing.T) {
	shop := stepshop.Start(stepshop.Options{Settle: 50 * time.Millisecond, Fail: itemsFail()})
	defer shop.Close()
	s := traced(t, shop.URL())
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, to := stepsLoad(t, s.URL, load.Stage{Name: "steps", Requests: 12, VUs: 3})
	to.Traceparent = true
	if _, err := l.Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	stages, err := run.Executions(0)
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	stage := stages[0]
	if !stage.Traceparent {
		t.Error("stage.json lacks that the header was sent")
	}
	of, numbers, kinds := traceid.Stage{Load: run.ID, Name: "steps", Seed: stage.Seed}, map[int64]int{}, map[string]int{}
	for _, a := range stage.Attempts {
		numbers[a.Index]++
		trace := of.Trace(a.Index)
		got := s.seen[traceid.Traceparent(trace, trace.Request(numbers[a.Index]))]
		kind := a.Step
		if !a.IsAttempt() {
			kind = a.Kind + " " + a.Step
		}
		path := stepPaths[kind]
		if len(got) != 1 || path[0] == "" || !strings.HasPrefix(got[0], path[0]) || !strings.HasSuffix(got[0], path[1]) {
			t.Errorf("operation %d, request %d (%s %s): the service got %q under its ids", a.Index, numbers[a.Index], a.Kind, a.Step, got)
		}
		kinds[a.Kind]++
	}
	if len(s.seen) != len(stage.Attempts) || len(s.seen[""]) > 0 || kinds[runs.Retry] == 0 || kinds[runs.Poll] == 0 || kinds[runs.Login] != 1 {
		t.Errorf("%d values for %d rows %v, and %q without one", len(s.seen), len(stage.Attempts), kinds, s.seen[""])
	}
}

// TestNoTraceparents: without Target.Traceparent no request has the header, and stage.json has no member for it.
func TestNoTraceparents(t *testing.T) {
	shop := stepshop.Start(stepshop.Options{Settle: 10 * time.Millisecond})
	defer shop.Close()
	s := traced(t, shop.URL())
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, to := stepsLoad(t, s.URL, load.Stage{Name: "steps", Requests: 2, VUs: 1})
	if _, err := l.Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	stages, err := run.Executions(0)
	if err != nil || len(stages) != 1 || stages[0].Traceparent {
		t.Fatalf("%d stages, %v, %+v", len(stages), err, stages)
	}
	if len(s.seen) != 1 || len(s.seen[""]) != len(stages[0].Attempts) {
		t.Errorf("the service got %v", s.seen)
	}
}

// TestTraceparentsOfRepeats: a stage that is executed again in its run has other ids, and the header
// passes the chain of faults, which sends a duplicate with the header of the attempt that it doubles.
func TestTraceparentsOfRepeats(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"code":"out_of_stock"}`)
	}))
	defer service.Close()
	s := traced(t, service.URL)
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, to := stepsLoad(t, s.URL, load.Stage{Name: "again", Requests: 5, VUs: 1})
	to.Adapter, to.Traceparent = nil, true
	plan := fault.Plan{Seed: 1, Windows: []fault.Window{{To: time.Minute, Fault: fault.Duplicate, Probability: 1}}}
	for range 2 {
		if _, _, err := (Trial{Load: l, Faults: plan}).Run(t.Context(), run, to, nil); err != nil {
			t.Fatal(err)
		}
	}
	stages, err := run.Executions(0)
	if err != nil || len(stages) != 2 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	for _, stage := range stages {
		of := traceid.Stage{Load: run.ID, Name: "again", Seed: stage.Seed}
		for _, a := range stage.Attempts {
			trace := of.Trace(a.Index)
			value := traceid.Traceparent(trace, trace.Request(int(a.Number)))
			if got := s.seen[value]; len(got) != 2 {
				t.Errorf("operation %d: %d requests have its ids, want the attempt and its duplicate", a.Index, len(got))
			}
		}
	}
	traces := map[string]bool{}
	for value := range s.seen {
		if value != "" { // reads of the trial's sampler
			traces[value[:35]] = true
		}
	}
	if len(traces) != 10 {
		t.Errorf("%d traces, want 10", len(traces))
	}
}
