package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// idempotentService is a service that does each key once and counts what it is asked.
type idempotentService struct {
	mu     sync.Mutex
	asked  int
	orders map[string]bool
}

func (i *idempotentService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch key := r.Header.Get("Idempotency-Key"); {
	case r.URL.Path == "/products/1":
		io.WriteString(w, `{"product_id":1,"stock":5}`)
	case r.Method != "POST":
		w.WriteHeader(404)
	default:
		i.asked++
		i.orders[key] = true
		fmt.Fprintf(w, `{"order_id":%q}`, "order of "+key)
	}
}

func TestTrialUnderFaults(t *testing.T) {
	service := &idempotentService{orders: map[string]bool{}}
	run, to, _ := setup(t, service.ServeHTTP)
	to.Config.Policy.MaxAttempts, to.Seed = 8, 3
	trial := Trial{
		Load:   Load{Stage: load.Stage{Name: "lost", Requests: 100, VUs: 10}, Buyers: order},
		Faults: fault.Plan{Seed: 7, Windows: []fault.Window{{To: time.Hour, Fault: fault.DropReply, Probability: .3}}},
	}
	counts, _, err := trial.Run(t.Context(), run, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	dropped := counts.Faults[fault.DropReply]
	if len(s.Attempts) != counts.Requests || service.asked != counts.Requests || dropped == 0 || counts.Passed+dropped != counts.Requests {
		t.Errorf("%d attempts recorded, the faults saw %d (%d passed, %d dropped), the service %d; want them equal", len(s.Attempts), counts.Requests, counts.Passed, dropped, service.asked)
	}
	if len(service.orders) != 100 || len(s.Attempts) != 100+dropped {
		t.Errorf("%d orders, %d attempts for %d dropped replies; want 100 orders, one more attempt for each reply that was dropped", len(service.orders), len(s.Attempts), dropped)
	}
	var plan fault.Plan
	if err := json.Unmarshal(s.Faults, &plan); err != nil || plan.Seed != 7 || len(plan.Windows) != 1 || s.Seed != 3 || s.API != to.Endpoint.String() {
		t.Errorf("stage.json has plan %s, seed %d, API %s (%v); want what was asked for", s.Faults, s.Seed, s.API, err)
	}
	if _, err := os.Stat(filepath.Join(run.Dir(), "01-lost", "samples.json")); err != nil {
		t.Errorf("samples were not kept: %v", err)
	}

	// the same seeds: the same faults, although keys and orders are others
	again, _, err := trial.Run(t.Context(), run, to, nil)
	if err != nil || again.Faults[fault.DropReply] != dropped || len(service.orders) != 200 {
		t.Errorf("again: %d dropped, %d orders in all, %v; want %d and 200", again.Faults[fault.DropReply], len(service.orders), err, dropped)
	}
}

func TestTrialOnAWireThatGoesDown(t *testing.T) {
	service := &idempotentService{orders: map[string]bool{}}
	run, to, _ := setup(t, service.ServeHTTP)
	to.Config.Policy.MaxAttempts = 100
	trial := Trial{
		Load:   Load{Stage: load.Stage{Name: "down", Requests: 300, VUs: 3}, Buyers: order},
		Faults: fault.Plan{Windows: []fault.Window{{To: 100 * time.Millisecond, Fault: fault.WireDown, Probability: 1}}},
	}
	if _, _, err := trial.Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	s, classes := recorded(t, run), map[string]int{}
	for _, a := range s.Attempts {
		classes[a.Class]++
	}
	sum := runs.Summarize(s)
	if sum.Success != 300 || classes["refused"] == 0 {
		t.Errorf("%d of 300 confirmed, attempts by class %v; want all in the end, and some refused by a closed port", sum.Success, classes)
	}
}

func TestTrialRefusesBadPlans(t *testing.T) {
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) { t.Error("something was sent") })
	bad := Trial{
		Load:   Load{Stage: load.Stage{Name: "s", Requests: 1}, Buyers: purchase.Request{}},
		Faults: fault.Plan{Windows: []fault.Window{{Fault: "gremlins"}}},
	}
	_, _, err := bad.Run(t.Context(), run, to, nil)
	for _, want := range []string{"gremlins", "VUs is 0", "user_id is 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want it to say %q", err, want)
		}
	}
}
