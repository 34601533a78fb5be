package cells

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/runs"
)

// mixCells are a notebook of two stages. The first one's single purchase waits
// until the other notebook's has been sent, too.
var mixCells = []string{
	`import (
	"sagalab/pkg/load"
	"sagalab/pkg/nb"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

var lab = nb.Lab{Name: "mix", API: nb.Env("SAGALAB_API", ""), Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 8 * time.Minute}}
var order = purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}
%%
lab.Setup()
lab.CheckConnectivity()`,
	"%%\nlab.Load(load.Stage{Name: \"first\", Requests: 1, VUs: 1}, order)",
	"%%\nlab.Load(load.Stage{Name: \"second\", Requests: 20, VUs: 4}, order)",
}

// TestTwoRunsAtOnceDoNotMix executes one notebook twice at the same time, against
// two services and with one store.
func TestTwoRunsAtOnceDoNotMix(t *testing.T) {
	e2e.Installation(t)
	notebook := mixNotebook(t)
	store := runs.Store{Dir: t.TempDir()}
	var sent, both sync.WaitGroup
	sent.Add(2)
	for _, name := range []string{"a", "b"} {
		arrive := sync.OnceFunc(sent.Done)
		service := mixService(t, name, func() { arrive(); sent.Wait() })
		p := e2e.Command(t, "run", "--api", service.URL, "--out", t.TempDir(), notebook)
		p.Mark = e2e.MarkVariable + "=" + t.Name() + name
		p.Env = append(p.Env, "SAGALAB_RUNS="+store.Dir, p.Mark)
		both.Go(func() {
			defer arrive() // if it failed before, the other one must not wait for it
			checkMixed(t, name, service.URL, store, p.Finish(t))
		})
	}
	both.Wait()
	if left, err := os.ReadDir(filepath.Join(store.Dir, ".current")); err != nil || len(left) > 0 {
		t.Errorf("bookmarks %v are left, %v; want none", left, err)
	}
}

// mixService is a service whose orders have its name. It meets the other one before
// it answers a purchase.
func mixService(t *testing.T, name string, meet func()) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"status":"ok"}`) })
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		meet()
		fmt.Fprintf(w, `{"order_id":%q}`, name)
	})
	service := httptest.NewServer(mux)
	t.Cleanup(service.Close)
	return service
}

// checkMixed wants what one execution printed, and the run of that id, to be its
// own.
func checkMixed(t *testing.T, name, api string, store runs.Store, got e2e.Ended) {
	if got.Status != 0 {
		t.Errorf("run %s ended with status %d\n%s%s", name, got.Status, got.Out, got.Log)
		return
	}
	ids := regexp.MustCompile(`(?m)^run (\S+)$`).FindAllStringSubmatch(got.Out, -1)
	stages := regexp.MustCompile(`(?m)^stage  (\S+) +(\d+) requests`).FindAllStringSubmatch(got.Out, -1)
	if len(ids) != 1 || len(stages) != 2 || stages[0][1]+stages[0][2] != "first1" || stages[1][1]+stages[1][2] != "second20" {
		t.Errorf("run %s printed\n%swant one run with the stages first of 1 and second of 20 requests", name, got.Out)
		return
	}
	r, err := store.Open(ids[0][1])
	if err != nil || r.API != api {
		t.Errorf("run %s printed run %s at %s, %v; want the one at %s", name, r.ID, r.API, err, api)
		return
	}
	list, err := r.Stages()
	if err != nil {
		t.Error(err)
	}
	for _, s := range list {
		for _, op := range s.Operations {
			if op.OrderID != name {
				t.Errorf("stage %s of run %s has order %q, want %q only", s.Stage, name, op.OrderID, name)
			}
		}
	}
}

// mixNotebook writes the notebook.
func mixNotebook(t *testing.T) string {
	t.Helper()
	var cells []map[string]any
	for _, source := range mixCells {
		cells = append(cells, map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": source, "outputs": []any{}, "execution_count": nil})
	}
	raw, err := json.Marshal(map[string]any{"nbformat": 4, "nbformat_minor": 4, "cells": cells,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mix.ipynb")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
