package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sagalab/pkg/internal/audit"
)

// readJUnit reads a file of JUnit's XML.
func readJUnit(t *testing.T, path string) (s junitSuites) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = xml.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

// testNames are the names of all tests of a file, sorted, for a comparison.
func testNames(s junitSuites) string {
	var names []string
	for _, suite := range s.Suites {
		for _, c := range suite.Cases {
			names = append(names, suite.Name+"/"+c.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "\n")
}

// readText reads a file, "" when there is none.
func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// document reads what load --json printed: one document and nothing else.
func document(t *testing.T, out string) (d loadDocument) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("not a JSON document alone: %v\n%s", err, out)
	}
	return d
}

// switching is a service whose purchases fail while fail is set; a key that is sent twice gets another order each time while
// forget is set, and each first reply is lost then.
type switching struct {
	*httptest.Server
	fail, forget atomic.Bool
}

func newSwitching(t *testing.T) *switching {
	t.Helper()
	s := &switching{}
	var orders, calls atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.fail.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case s.forget.Load() && calls.Add(1)%2 == 1:
			fmt.Fprintf(w, `{"order_id":"%d"`, orders.Add(1)) // an answer that is cut
		case s.forget.Load():
			fmt.Fprintf(w, `{"order_id":"shared","status":"CONFIRMED"}`)
		default:
			fmt.Fprintf(w, `{"order_id":"%s"}`, r.Header.Get("Idempotency-Key"))
		}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// TestLoadVerdictFiles loads a service in its good and in its bad time: the document, the tests and the summary say the same
// as the exit code, and the tests have the same names.
func TestLoadVerdictFiles(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	summary := filepath.Join(t.TempDir(), "summary.md")
	t.Setenv(summaryVariable, summary)
	service := newSwitching(t)
	junit := filepath.Join(t.TempDir(), "junit.xml")
	load := func(args ...string) (loadDocument, int) {
		out, log, code, _ := invoke(t, append([]string{"load", "--api", service.URL, "--stage", "light:50x5", "--stage", "late:50x5", "--attempts", "1",
			"--threshold", "error_ratio < 10% abort", "--audit", "--require", "K1,K2,K3,K4", "--json", "--junit", junit}, args...)...)
		d := document(t, out)
		if begun := d.Run != ""; int(d.ExitCode) != code || begun != strings.Contains(log, "run "+d.Run+"\n") || begun != strings.Contains(log, "threshold  ") {
			t.Errorf("code %d, document %+v; progress\n%s", code, d, log)
		}
		return d, code
	}
	good, code := load()
	tests := readJUnit(t, junit)
	if code != 0 || good.Verdict != "good" || len(good.Stages) != 2 || good.Stages[0].Summary.Success != 50 || good.Stages[1].Thresholds[0].Verdict != "pass" || good.Audit == nil ||
		tests.Failures+tests.Errors != 0 || tests.Tests != 2+2+len(good.Audit.Verdicts) {
		t.Errorf("a sound service: code %d, %+v, %+v", code, good, tests.junitCounts)
	}
	service.fail.Store(true)
	bad, code := load()
	tried := readJUnit(t, junit)
	if good.Audit == nil || good.Audit.ExitCode() != 0 || !good.Audit.Verdict("C3").NotRequired {
		t.Errorf("the audit in the document is %+v, want it to say what was not required", good.Audit)
	}
	if code != 1 || bad.Verdict != "judged bad" || !strings.HasPrefix(bad.Reason, "a threshold failed: ") || len(bad.Stages) != 1 || len(bad.Stages[0].Failures) != 1 ||
		tried.Failures != 1 || tried.Errors < 3 || testNames(tried) != testNames(tests) {
		t.Errorf("a failing service: code %d, %+v, %+v;\n%s\nwas\n%s", code, bad, tried.junitCounts, testNames(tried), testNames(tests))
	}
	text := readText(t, summary)
	for _, want := range []string{"load: good (exit code 0)", "load: judged bad (exit code 1)", "Run " + good.Run, "Run " + bad.Run, "❌ **bad**", "late: the stage did not run", "**Audit:** "} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary does not say %q:\n%s", want, text)
		}
	}
	service.Close()
	if gone, code := load("--summary", ""); code != 3 || gone.Run != "" || !strings.Contains(gone.Reason, "is unreachable") || readJUnit(t, junit).Errors != 5 || readText(t, summary) != text {
		t.Errorf("a service out of reach: code %d, %+v, %+v", code, gone, readJUnit(t, junit))
	}
}

// What cannot be written is refused before load is sent, and a wrong flag leaves files alone.
func TestVerdictFilesAreChecked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was sent", r.Method, r.URL) }))
	defer server.Close()
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept.xml")
	if err := os.WriteFile(kept, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ args, variable, want string }{
		{"load --api URL --stage light:5x5 --junit DIR/none/x.xml", "", "--junit: "},
		{"load --api URL --stage light:5x5 --summary DIR", "", "--summary: "},
		{"load --api URL --stage light:5x5", dir, summaryVariable + ": "},
		{"load --api URL --stage light:5 --junit DIR/kept.xml", "", "light"},
		{"load --stage light:5x5 --junit DIR/kept.xml", "", "requires --api"},
		{"audit last --junit DIR/none/x.xml", "", "--junit: "},
		{"audit last --settle 0s --junit DIR/kept.xml", "", "--settle"},
		{"runs compare last last~1 --gate p99<1% --junit DIR/none/x.xml", "", "--junit: "},
		{"runs compare last last~1 --gate p99<x --junit DIR/kept.xml", "", "p99<x"},
	} {
		t.Setenv(summaryVariable, tt.variable)
		_, _, code, err := invoke(t, strings.Fields(strings.NewReplacer("URL", server.URL, "DIR", dir).Replace(tt.args))...)
		if code != 3 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("sagalab %s: code %d, %v; want 3 and %q", tt.args, code, err, tt.want)
		}
	}
	if got := readText(t, kept); got != "before" {
		t.Errorf("the file has %q, want what it had before", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil || !os.IsNotExist(err) {
		t.Errorf("%v, want %v", err, fs.ErrNotExist)
	}
}

// TestAuditWithoutTheService audits stored runs whose service is gone: the answers alone are judged, which leaves rules open,
// and what they show to be violated is.
func TestAuditWithoutTheService(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	service := newSwitching(t)
	for _, forget := range []bool{false, true} {
		service.forget.Store(forget)
		if out, log, code, err := invoke(t, "load", "--api", service.URL, "--stage", "light:20x1", "--backoff", "1ms"); code != 0 {
			t.Fatalf("load ended with %d, %v\n%s%s", code, err, out, log)
		}
	}
	service.Close()
	junit, summary := filepath.Join(t.TempDir(), "junit.xml"), filepath.Join(t.TempDir(), "summary.md")
	const note = "the recorded answers alone are judged"
	out, _, code, err := invoke(t, "audit", "last~1", "--junit", junit, "--summary", summary)
	if tests := readJUnit(t, junit); code != 2 || !strings.Contains(out, note) || !ruled(out, "K4", "holds") || !strings.Contains(out, "judged by the history alone") ||
		tests.Failures != 0 || tests.Errors == 0 || !strings.Contains(readText(t, summary), note) {
		t.Errorf("code %d, %v, %+v; want 2 and what was judged\n%s", code, err, tests.junitCounts, out)
	}
	out, _, code, err = invoke(t, "audit", "last", "--json", "--junit", junit)
	var report audit.Report
	if jsonErr := json.Unmarshal([]byte(out), &report); jsonErr != nil || code != 1 || report.Verdict("K4").Answer != audit.Violated || !strings.Contains(report.Notes[0], note) || readJUnit(t, junit).Failures == 0 {
		t.Errorf("code %d, %v, %v; want K4 violated\n%s", code, err, jsonErr, out)
	}
	if _, _, code, err = invoke(t, "audit", "last~7", "--junit", junit); code != 3 || readJUnit(t, junit).Errors != 1 {
		t.Errorf("audit of no run: code %d, %v, %+v", code, err, readJUnit(t, junit))
	}
}

func TestCompareVerdictFiles(t *testing.T) {
	service := newSwitching(t)
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	for range 2 {
		if _, _, code, err := invoke(t, "load", "--api", service.URL, "--stage", "light:20x1"); code != 0 {
			t.Fatal(err)
		}
	}
	junit, summary := filepath.Join(t.TempDir(), "junit.xml"), filepath.Join(t.TempDir(), "summary.md")
	out, _, code, err := invoke(t, "runs", "compare", "last~1", "last", "--gate", "error_ratio < +100pp", "--gate", "p99 < +1%", "--junit", junit, "--summary", summary)
	if tests := readJUnit(t, junit); code != 2 || tests.junitCounts != (junitCounts{Tests: 2, Errors: 1}) || !strings.Contains(readText(t, summary), "light: p99 \\< +1%") {
		t.Errorf("code %d, %v, %+v\n%s", code, err, tests.junitCounts, out)
	}
	if _, _, code, err := invoke(t, "runs", "compare", "last~1", "gone", "--gate", "p99 < +1%", "--junit", junit); code != 3 || readJUnit(t, junit).Errors != 1 {
		t.Errorf("code %d, %v, %+v", code, err, readJUnit(t, junit))
	}
}
