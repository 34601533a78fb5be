package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	for status, want := range map[int]int{http.StatusOK: 0, http.StatusServiceUnavailable: 1} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != "GET" || r.URL.Path != "/health" {
				t.Errorf("health asked for %s %s", r.Method, r.URL)
			}
			w.WriteHeader(status)
		}))
		out, _, code, err := invoke(t, "health", "--api", s.URL)
		s.Close()
		if code != want || (err == nil) != strings.Contains(out, "is healthy") {
			t.Errorf("health of a service that answers %d ended with %d, %v, %q; want %d", status, code, err, out, want)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"health --api http://127.0.0.1:1", "is not healthy"}, {"health --api ://x", "write it like"}, {"health --apy x", "unknown flag"}, {"health now", "takes no argument"},
	} {
		if _, _, code, err := invoke(t, strings.Fields(tt.args)...); code != 1 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("sagalab %s ended with %d, %v; want 1 and %q: other codes mean nothing to the check of a container", tt.args, code, err, tt.want)
		}
	}
}

// TestWrongPathIsNamed where the address has one and GET /health below it is answered with 404.
func TestWrongPathIsNamed(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	file := fileWith(t, "health: {get: /up}\npurchase: {send: POST /buy, means: [{http: 2xx, is: confirmed}]}\n")
	for _, tt := range []struct{ args, want string }{
		{"health --api " + server.URL + "/shop", "answered HTTP 404; the path /shop of the address may be wrong"},
		{"health --api " + server.URL, "answered HTTP 404"},
		{"load --stage s:1x1 --api " + server.URL + "/shop", "no load was sent; the path /shop of the address may be wrong: correct --api"},
		{"load --stage s:1x1 --api " + server.URL, "no load was sent; correct --api; for a service whose API is not the contract give --adapter FILE, which `sagalab api new FILE` begins"},
		{"load --stage s:1x1 --adapter " + file + " --api " + server.URL, "no load was sent; correct --api, or the part health of the adapter"},
		{"load --stage s:1x1 --adapter " + file + " --api " + server.URL + "/shop", "the path /shop of the address may be wrong: correct --api, or the part health of the adapter"},
		{"api check " + file + " --api " + server.URL, "GET /up answered HTTP 404): nothing was bought; correct --api, or health: in " + file},
		{"api check " + file + " --api http://127.0.0.1:1", "nothing was bought; start the service, or correct --api"},
		{"load --stage s:1x1 --api http://127.0.0.1:1", "no load was sent; start the service, or correct --api"},
	} {
		if _, _, _, err := invoke(t, strings.Fields(tt.args)...); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("sagalab %s: %v, want %q", tt.args, err, tt.want)
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Setenv("SAGALAB_DB", "")
	t.Setenv("SAGALAB_FLEET", "")
	if _, _, code, err := invoke(t, "migrate"); code != 3 || !strings.Contains(err.Error(), "--fleet") {
		t.Errorf("migrate of nothing ended with %d, %v; want 3 and what to give", code, err)
	}
	db, fleet := filepath.Join(t.TempDir(), "shop.db"), filepath.Join(t.TempDir(), "fleet.db")
	for range 2 { // again, when all is there
		out, log, code, err := invoke(t, "migrate", "--db", db, "--fleet", fleet)
		if code != 0 || strings.Count(out, "tables are up to date") != 2 {
			t.Errorf("migrate ended with %d, %v, %q, %q; want 0 and both", code, err, out, log)
		}
	}
}
