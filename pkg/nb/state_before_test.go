package nb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/load"
)

// usedShop is a service of the contract that had four orders before the notebook.
func usedShop(t *testing.T) *httptest.Server {
	var mu sync.Mutex
	var rows []map[string]any
	add := func(key string) string {
		mu.Lock()
		defer mu.Unlock()
		id := fmt.Sprintf("o%d", len(rows)+1)
		rows = append(rows, map[string]any{"order_id": id, "idempotency_key": key, "status": "CONFIRMED", "user_id": 1, "product_id": 1, "quantity": 1, "payment_method_id": 1})
		return id
	}
	for i := range 4 {
		add(fmt.Sprintf("older-%d", i))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(`{"status":"ok"}`)) })
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"order_id":%q}`, add(r.Header.Get("Idempotency-Key")))
	})
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		json.NewEncoder(w).Encode(map[string]any{"orders": rows})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// TestStateBeforeTheLoad: orders that a service had before the notebook's run are not held
// against it, also where the notebook is the only client and applied no fixture.
func TestStateBeforeTheLoad(t *testing.T) {
	stage := func(l Lab) error { return l.load(load.Stage{Name: "light", Requests: 6, VUs: 2}, order, nil) }
	trial := func(l Lab) error {
		return l.trial(Trial{Stage: load.Stage{Name: "light", Requests: 6, VUs: 2}, Order: order})
	}
	single := func(l Lab) error { return l.runCase("one", order) }
	for _, tt := range []struct {
		name string
		runs []func(Lab) error
		lost bool // the state before is not in the run, as in one of an older version
		c4   audit.Answer
		says string
	}{
		{"a stage", []func(Lab) error{stage}, false, audit.Holds, ""},
		{"a trial", []func(Lab) error{trial}, false, audit.Holds, ""},
		{"a case, then a stage", []func(Lab) error{single, stage}, false, audit.Holds, ""},
		{"a state that was not read", []func(Lab) error{stage}, true, audit.Unknown, "4 orders under keys that this run did not send: they may be older than the run"},
	} {
		l, _, _ := cells(t, confirm)
		l.API, l.SoleClient = usedShop(t).URL+"/purchase", true
		for _, cell := range append([]func(Lab) error{Lab.setup, Lab.checkConnectivity}, tt.runs...) {
			if err := cell(l); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		run, err := l.current()
		if err != nil {
			t.Fatal(err)
		}
		if tt.lost {
			if err := os.Remove(filepath.Join(run.Dir(), "ground.json")); err != nil {
				t.Fatal(err)
			}
		}
		report, err := l.audit()
		if err != nil {
			t.Fatal(err)
		}
		if v := report.Verdict("C4"); v.Answer != tt.c4 || !strings.Contains(v.Reason, tt.says) {
			t.Errorf("%s: C4 is %s: %s; want %s", tt.name, v.Answer, v.Reason, tt.c4)
		}
		if n := len(report.Violated()); n > 0 {
			t.Errorf("%s: %d rules are violated, the first is %s", tt.name, n, report.Violated()[0].Rule)
		}
	}
}
