package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/bookshop"
	"sagalab/pkg/runs"
)

// changedFile writes the bookshop's file with a part replaced.
func changedFile(t *testing.T, old, new string) string {
	t.Helper()
	text := strings.Replace(bookshopFile, old, new, 1)
	if text == bookshopFile {
		t.Fatalf("%q is not in the file", old)
	}
	return fileWith(t, text)
}

// untouched is a service that no request may reach.
func untouched(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was sent", r.Method, r.URL) }))
	t.Cleanup(s.Close)
	return s.URL
}

// TestLoadAndAuditByAdapter: the run has the file, by which it is audited, also after the file has changed; --adapter replaces it.
func TestLoadAndAuditByAdapter(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	api, path := bookshopAt(t), fileWith(t, bookshopFile)
	out, log, code, err := invoke(t, "load", "--api", api, "--adapter", path, "--stage", "s:8x4", "--seed", "3", "--audit", "--settle", "10ms", "--require", "C1,C2,C4")
	if code != 0 || !strings.Contains(out, "8 success      0 failure") || !ruled(out, "T1", "unknown") {
		t.Errorf("load --adapter ended with %d, %v\n%s%s", code, err, out, log)
	}
	run, err := runs.Store{Dir: os.Getenv("SAGALAB_RUNS")}.Find("last")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := recordedAdapter(run); err != nil || a == nil || a.Name != "the bookshop" || a.Contents != bookshopFile || len(a.SHA256) != 64 {
		t.Errorf("the run has the adapter %+v, %v", a, err)
	}
	if err := os.WriteFile(path, []byte("purchase: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, log, code, err = invoke(t, "audit", "last", "--settle", "10ms", "--require", "C1,C2,C4")
	if code != 0 || !strings.Contains(out, "C1") || !strings.Contains(out, "0 violated") {
		t.Errorf("audit by the file of the run ended with %d, %v\n%s%s", code, err, out, log)
	}
	other := changedFile(t, "value: copies.on_shelf", "value: copies.set_aside")
	out, log, code, err = invoke(t, "audit", "last", "--settle", "10ms", "--adapter", other)
	if code != 1 || !ruled(out, "C1", "violated") {
		t.Errorf("audit by another file, which takes no copies for the stock, ended with %d, %v\n%s%s", code, err, out, log)
	}
	if _, _, code, err = invoke(t, "audit", "last", "--answer", "sold_out=no_stock"); code != 3 || err == nil || !strings.Contains(err.Error(), "--answer is for services of the contract") {
		t.Errorf("audit --answer of a run by a file ended with %d, %v", code, err)
	}
}

// TestAuditSaysThatItWaits for a service that is slow to answer, on a line of its own; the report stays alone on stdout.
func TestAuditSaysThatItWaits(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	api, path := bookshopAt(t), fileWith(t, bookshopFile)
	if _, _, code, err := invoke(t, "load", "--api", api, "--adapter", path, "--stage", "s:3x1"); code != 0 {
		t.Fatal(err)
	}
	const settle = 10 * time.Millisecond
	var asked atomic.Bool
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !asked.Swap(true) {
			time.Sleep(settle + slowAfter + time.Second)
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(slow.Close)
	out, log, code, err := invoke(t, "audit", "last", "--api", slow.URL, "--settle", settle.String(), "--json")
	if want := "Reading the state for the audit: still waiting for the service after 5.01s; Ctrl-C ends this\n"; code != 2 || strings.Count(log, want) != 1 || !strings.HasPrefix(out, "{") {
		t.Errorf("audit ended with %d, %v, and %q on stderr, want %q", code, err, log, want)
	}
}

// TestAdapterThatIsRefused: the error says where, and nothing is sent.
func TestAdapterThatIsRefused(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	api, directory := untouched(t), t.TempDir()
	for _, tt := range []struct {
		path, args string
		want       []string
	}{
		{changedFile(t, "is: confirmed", "is: confirmd"), "", []string{"--adapter: ", "shop.yaml:11:50: ", `"confirmd"`}},
		{changedFile(t, "order: order.number", "ordr: order.number"), "", []string{"shop.yaml:8:3: ", "ordr"}},
		{changedFile(t, "{{.Var.session}}", "{{.Var.missing}}"), "", []string{"the environment variable SAGALAB_VAR_missing is not set"}},
		{fileWith(t, bookshopFile) + "2", "", []string{"--adapter: ", "no such file"}},
		{directory, "", []string{"--adapter: " + directory + ": it is a directory, want a file"}},
		{fileWith(t, bookshopFile), "--answer sold_out=no_stock", []string{"--answer is for services of the contract; the part `means` of the adapter's file says what answers mean"}},
	} {
		args := append([]string{"load", "--api", api, "--adapter", tt.path, "--stage", "s:8x4"}, strings.Fields(tt.args)...)
		out, log, code, err := invoke(t, args...)
		for _, want := range tt.want {
			if code != 3 || err == nil || !strings.Contains(err.Error(), want) || out != "" {
				t.Errorf("load %s ended with %d, %v; want 3 and %q\n%s%s", tt.args, code, err, want, out, log)
			}
		}
	}
	if list, err := (runs.Store{Dir: os.Getenv("SAGALAB_RUNS")}).List(); err != nil || len(list) != 0 {
		t.Errorf("%d runs were begun, %v", len(list), err)
	}
}

// TestAuditOfAGoType: only the notebook has the type that asked the service.
func TestAuditOfAGoType(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	t.Setenv("SAGALAB_RUNS", store.Dir)
	run, err := store.Create("06", untouched(t))
	if err != nil {
		t.Fatal(err)
	}
	w, err := run.Begin(runs.Info{Stage: "quiet", Kind: runs.Load, API: run.API, Adapter: &runs.AdapterInfo{Name: "main.Bookshop"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(runs.Complete, ""); err != nil {
		t.Fatal(err)
	}
	const want = "the run addressed the service by the Go type main.Bookshop of a notebook, which this program does not have: audit it there, or give --adapter FILE"
	if out, _, code, err := invoke(t, "audit", "last"); code != 3 || err == nil || err.Error() != want || out != "" {
		t.Errorf("audit of a Go type's run ended with %d, %v, and printed %q; want 3 and %s", code, err, out, want)
	}
}

// TestSecretsOfAnAdapterAreNowhere: the bookshop repeats the session, which a variable has, in its answers, in a reason and in a
// header.
func TestSecretsOfAnAdapterAreNowhere(t *testing.T) {
	const secret = "s3ss10n-0123456789"
	t.Setenv("SAGALAB_VAR_session", secret)
	shop := bookshop.New()
	var sales atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.Header.Get("X-Session"))
		if r.Method == http.MethodPost && sales.Add(1)%3 == 0 {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error": "session %s is unknown"}`, r.Header.Get("X-Session"))
			return
		}
		if r.Method == http.MethodPost && sales.Load()%3 == 1 {
			io.WriteString(w, `{"order": {"number": "`+r.Header.Get("X-Session")+`", "state": "paid", "total": "1.00"}}`)
			return
		}
		shop.ServeHTTP(w, r)
	}))
	defer server.Close()
	texts := everything(t, "--api", server.URL, "--stage", "s:30x3", "--adapter", fileWith(t, bookshopFile))
	if !strings.Contains(texts["load stdout"], "session ") {
		t.Errorf("the answers with the session are not shown:\n%s", texts["load stdout"])
	}
	for name, text := range texts {
		if strings.Contains(text, secret) || strings.Contains(text, secret[8:]) {
			t.Errorf("%s has the session in it:\n%s", name, text)
		}
	}
}
