package fleet

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/traceid"
	"sagalab/pkg/load"
)

// TestWorkersSendTraceparents whose ids are calculated from the load's id, which the run has. A load
// without an id is refused.
func TestWorkersSendTraceparents(t *testing.T) {
	t.Parallel()
	db := databases["sqlite"](t)
	for i := range 2 {
		join(t, db, fmt.Sprint("w", i))
	}
	behind := newService(t, time.Millisecond, -1)
	to, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []string
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			mu.Lock()
			got = append(got, strings.Join(r.Header["Traceparent"], ", "))
			mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	s := newTestbed(t, db, &service{Server: front})
	s.to.Traceparent = true
	stage, err := load.ParseStage("shared:40x4")
	if err != nil {
		t.Fatal(err)
	}
	l := runner.Load{Stage: stage, Buyers: order}
	if _, err := l.RecordFrom(t.Context(), s.run, s.to, nil, s.fleet.Source(l, s.to, 2)); err == nil || !strings.Contains(err.Error(), "the id of the load, and it has none") {
		t.Errorf("a load without an id: %v", err)
	}
	l.LoadID = runner.NewLoadID()
	if _, err := l.RecordFrom(t.Context(), s.run, s.to, nil, s.fleet.Source(l, s.to, 2)); err != nil {
		t.Fatal(err)
	}
	stages, err := s.run.Stages()
	if err != nil || len(stages) != 1 || !stages[0].Traceparent || stages[0].LoadID != l.LoadID {
		t.Fatalf("%d stages, %v: %+v", len(stages), err, stages)
	}
	var want []string
	for _, a := range stages[0].Attempts {
		trace := traceid.Stage{Load: l.LoadID, Name: "shared", Seed: stages[0].Seed}.Trace(a.Index)
		want = append(want, traceid.Traceparent(trace, trace.Request(int(a.Number))))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(want) != 40 {
		t.Errorf("the service got %d headers, want %d, the first %q and %q", len(got), len(want), got[:1], want[:1])
	}
}
