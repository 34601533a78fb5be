package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/runs"
)

// invoke runs the command line in this process and returns what it wrote and
// the code that it would end with.
func invoke(t *testing.T, args ...string) (out, log string, code int, err error) {
	t.Helper()
	var o, l bytes.Buffer
	c := command(&o, &l)
	c.SetArgs(args)
	ctx, cancel := context.WithTimeout(t.Context(), 3*e2e.Patience)
	defer cancel()
	err = c.ExecuteContext(ctx)
	return o.String(), l.String(), int(codeOf(ctx, err)), err
}

// reference starts the reference service and returns its address.
func reference(t *testing.T) string {
	t.Helper()
	return serving(t, shop.Config{Lab: true})
}

// serving starts the reference service with a config and returns its address.
func serving(t *testing.T, config shop.Config) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := startShop(ctx, os.Stderr, "127.0.0.1:0", config)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := s.wait(); err != nil {
			t.Error(err)
		}
	})
	return s.url()
}

// ruled reports whether the table of an audit has a rule with an answer.
func ruled(out, rule, answer string) bool {
	return regexp.MustCompile(`(?m)^(` + audit.ViolatedMark + `| ) ` + rule + ` +` + answer + ` `).MatchString(out)
}

func TestLoadAndAudit(t *testing.T) {
	api := reference(t)
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	plan := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(plan, []byte(`{"seed":7,"windows":[{"from":"0s","to":"1h","fault":"drop_reply","share":0.3}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	common := []string{"--api", api, "--stage", "light:60x20", "--faults", plan, "--backoff", "10ms", "--seed", "3"}

	// the service's data as they are, before anything was bought
	out, log, code, err := invoke(t, append([]string{"load", "--audit", "--product", "1", "--user", "1", "--stage", "more:5x1"}, common...)...)
	if code != audit.ExitHolds || !ruled(out, "C3", "holds") || strings.Count(out, "stage  ") != 2 {
		t.Fatalf("load under one key: code %d, %v\n%s%s", code, err, out, log)
	}
	// later: the service has orders of before, which are not this run's
	out, log, code, err = invoke(t, append([]string{"load", "--audit"}, common...)...)
	if code != audit.ExitHolds {
		t.Errorf("a service with earlier orders raised an alarm: %v\n%s%s", err, out, log)
	}
	out, log, code, err = invoke(t, append([]string{"load", "--audit", "--fixture", "plenty", "--new-key-per-attempt"}, common...)...)
	if code != audit.ExitViolated || !ruled(out, "C3", "violated") || !strings.Contains(out, "\nC3 violated") || !strings.Contains(out, "was bought 2 times") {
		t.Errorf("load with a new key per attempt: code %d, %v; want double purchases found\n%s%s", code, err, out, log)
	}
	id := e2e.RunID.FindStringSubmatch(out)
	if id == nil {
		t.Fatalf("no run's id in %s", out)
	}
	out, _, code, err = invoke(t, "audit", id[1], "--api", api, "--json")
	var report audit.Report
	if jsonErr := json.Unmarshal([]byte(out), &report); jsonErr != nil || code != audit.ExitViolated || report.Verdict("C3").Answer != audit.Violated {
		t.Errorf("audit --json of the stored run: code %d, %v, %v; want C3 violated\n%.500s", code, err, jsonErr, out)
	}
}

// TestLoadSaysThatAFaultMetNothing plans a fault for after the end of the load: the
// stage, the audit and the stored run say so, and rules that rest on it do not hold.
func TestLoadSaysThatAFaultMetNothing(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	plan := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(plan, []byte(`{"seed":7,"windows":[{"from":"1h","to":"2h","fault":"drop_reply"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	const window = "he planned fault drop_reply (1h0m0s to 2h0m0s) "
	out, log, code, err := invoke(t, "load", "--api", reference(t), "--fixture", "plenty", "--audit", "--stage", "light:40x4", "--faults", plan)
	for _, want := range []string{"       T" + window + "met no request: the load had ended after ", "\nnote: t" + window + "of stage light met no request"} {
		if code != audit.ExitHolds || !strings.Contains(out, want) {
			t.Errorf("load: code %d, %v; want it to say %q\n%s%s", code, err, want, out, log)
		}
	}
	if !ruled(out, "C3", "not exercised") || !ruled(out, "S1", "holds") {
		t.Errorf("want C3 not exercised and S1 to hold\n%s", out)
	}
	out, _, _, err = invoke(t, "runs", "show", "last")
	for _, want := range []string{"beware   T" + window + "met no request", "window   drop_reply (1h0m0s to 2h0m0s): 0 requests while it was open, 0 affected"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("runs show: %v; want it to say %q\n%s", err, want, out)
		}
	}
	out, _, _, err = invoke(t, "runs", "show", "last", "--json")
	var shown struct {
		Stages []struct {
			Warnings     []string
			FaultWindows []runs.FaultWindow `json:"fault_windows"`
		}
	}
	if jsonErr := json.Unmarshal([]byte(out), &shown); err != nil || jsonErr != nil || len(shown.Stages) != 1 || len(shown.Stages[0].FaultWindows) != 1 ||
		!strings.Contains(strings.Join(shown.Stages[0].Warnings, "\n"), window) {
		t.Errorf("runs show --json: %v, %v; want the window and its warning\n%s", err, jsonErr, out)
	}
}

// TestAuditOfAForeignService: a service without calls that read its state, and with refusals of its own.
func TestAuditOfAForeignService(t *testing.T) {
	sold := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		if sold++; sold > 10 {
			w.WriteHeader(http.StatusGone)
			w.Write([]byte(`{"code":"sold_out"}`))
			return
		}
		w.Write([]byte(`{"order_id":"` + r.Header.Get("Idempotency-Key") + `"}`))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	out, log, code, err := invoke(t, "load", "--api", server.URL, "--stage", "light:15x1", "--audit", "--answer", "sold_out=no_stock", "--settle", "1s")
	if code != audit.ExitUnknown || !strings.Contains(out, "the history alone") || !ruled(out, "K4", "holds") {
		t.Errorf("code %d, %v; want it judged by the history alone\n%s%s", code, err, out, log)
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	list, said := strings.CutPrefix(lines[len(lines)-1], "for exit code 0: --require ")
	if !said || !strings.Contains(","+list+",", ",K4,") || strings.Contains(list, "C3") {
		t.Fatalf("the last line is %q, want the rules that are answered", lines[len(lines)-1])
	}
	for _, tt := range []struct {
		require string
		want    int
		says    string
	}{
		{list, 0, "not required; no state was read"}, {"none", 0, "not required; no state was read"}, {"", 0, "not required; "},
		{strings.ToLower(list) + ",c3", 2, "\nfor exit code 0: --require " + list + "\n"}, {"C3", 2, "\nfor exit code 0: --require none\n"}, {"all", 2, "\nfor exit code 0: --require " + list + "\n"},
	} {
		junit := filepath.Join(t.TempDir(), "junit.xml")
		summary := filepath.Join(t.TempDir(), "summary.md")
		out, _, code, err := invoke(t, "audit", "last", "--settle", "1s", "--answer", "sold_out=no_stock", "--require", tt.require, "--junit", junit, "--summary", summary)
		if code != tt.want || !strings.Contains(out, tt.says) || (code == 2) != strings.HasSuffix(out, tt.says) {
			t.Errorf("--require %q: code %d, %v; want %d and %q\n%s", tt.require, code, err, tt.want, tt.says, out)
		}
		text := readText(t, summary)
		if tests := readJUnit(t, junit); (tests.Errors > 0) != (code == 2) || strings.Contains(text, "`--require ") != (code == 2) || !strings.Contains(text, "not required; ") != (tt.require == "all") {
			t.Errorf("--require %q: %+v and\n%s\nwant them to agree with code %d", tt.require, tests.junitCounts, text, code)
		}
		out, _, again, _ := invoke(t, "audit", "last", "--settle", "1s", "--answer", "sold_out=no_stock", "--require", tt.require, "--json")
		var report audit.Report
		if err := json.Unmarshal([]byte(out), &report); err != nil || again != code || report.ExitCode() != code {
			t.Errorf("--require %q --json: %v, code %d, and the document says %d; want %d", tt.require, err, again, report.ExitCode(), code)
		}
	}
}

func TestCommandsRefuseBeforeAnythingIsSent(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("%s %s was sent", r.Method, r.URL) }))
	defer server.Close()
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	t.Setenv("SAGALAB_API", "")
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"windows":[{"from":"0s","to":"1s","fault":"gremlins"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	killing := filepath.Join(t.TempDir(), "killing.json")
	if err := os.WriteFile(killing, []byte(`{"windows":[{"from":"0s","to":"1s","fault":"kill"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	feed := csvFile(t, "user_id,product_id\n1,1\n\n2,2\n")
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"load --api URL", []string{"at least one --stage"}},
		{"load --api URL --stage light", []string{"NAME:REQUESTSxVUS", "heavy:1000x200"}},
		{"load --api URL --stage open:-5/s@0s --stage back:10/s@-1s", []string{"-5", `"open`, `"back`}},
		{"load --api URL --stage light:5x5 --threshold p99<5 --threshold heavy:p99<1s --threshold speed>3", []string{"heavy", "speed"}},
		{"load --api URL --stage light:0x5 --stage :1x1 --attempts 0 --quantity -1 --fixture zoo", []string{"requests is 0", "needs a name", "MaxAttempts is 0", `--quantity: "-1": -1 is below 1`, "--fixture"}},
		{"load --api URL --stage light:5x5 --policy aws --attempts 0", []string{`--policy: no retry policy is named "aws": want one of original, aws-before, `, "MaxAttempts is 0"}},
		{"load --api URL --stage light:5x5 --policy aws-since --backoff -1s", []string{"a wait is -1s"}},
		{"run --policy aws", []string{`--policy: no retry policy is named "aws": want one of original, `}},
		{"load --api URL --stage light:5x5 --faults /no/such/file", []string{"/no/such/file"}},
		{"load --api URL --stage light:5x5 --faults " + broken, []string{"gremlins"}},
		{"load --api URL --stage light:5x5 --faults " + killing, []string{"kill window", "OwnService"}},
		{"load --api URL --stage light:5x5 --answer sold_out", []string{"CODE=MEANING"}},
		{"load --api URL --stage light:5x5 --audit --require K1,X9", []string{"--require", `"X9" is no rule`, "K1, K2, K3"}},
		{"load --api URL --stage light:5x5 --require K1", []string{"give --audit, too"}},
		{"load --api URL --stage light:5x5 --stage heavy:5x5 --stage light:50x5", []string{"light is the name of more than one stage"}},
		{"load --api URL --stage light:5x5 --feed " + feed, []string{"--feed " + feed + ": line 3 is empty"}},
		{"load --api URL --stage light:5x5 --users 1..9 --mix users=1", []string{"--mix says who buys what: leave out --users"}},
		{"worker --fleet fleet.db --feed " + feed, []string{"--feed " + feed + ": line 3 is empty"}},
		{"worker --fleet fleet.db --feed=", []string{"--feed is empty, want"}},
		{"audit last --api URL --require X9", []string{"--require", `"X9" is no rule`, "K1, K2, K3"}},
		{"run --require X9", []string{"--require", `"X9" is no rule`}},
		{"load --stage light:5x5", []string{"requires --api"}},
		{"load --api http://shop.example --stage light:5x5", []string{"not on this machine", "--allow-host"}},
		{"load --api ://x --stage light:5x5", []string{"write it like http://127.0.0.1:8000"}},
		{"audit", []string{"which run?", "sagalab audit last"}},
		{"audit last last~1 --api URL", []string{"audit takes at most 1 argument, and"}},
		{"runs compare a b c", []string{"compare takes at most 2 arguments, and"}},
		{"audit 20200101-000000 --api URL", []string{"no such run"}},
		{"audit ../x --api URL", []string{"no such run"}},
		{"run nothing.ipynb", []string{"nothing.ipynb"}},
		{"serve --addr 8000", []string{"HOST:PORT"}},
		{"lab --jupyter here", []string{"HOST:PORT"}},
		{"dance", []string{"unknown command"}},
	} {
		_, _, code, err := invoke(t, strings.Fields(strings.ReplaceAll(tt.args, "URL", server.URL))...)
		if err == nil || code != 3 {
			t.Errorf("sagalab %s: code %d, %v; want code 3", tt.args, code, err)
			continue
		}
		for _, w := range tt.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("sagalab %s: %v; want it to say %q", tt.args, err, w)
			}
		}
	}
}

// Thresholds decide the exit code, and drops are no failures.
func TestLoadByThresholds(t *testing.T) {
	var slow atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		if slow.Load() > 0 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Write([]byte(`{"order_id":"` + r.Header.Get("Idempotency-Key") + `"}`))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	run := func(args ...string) (string, string, int) {
		out, log, code, _ := invoke(t, append([]string{"load", "--api", server.URL}, args...)...)
		return out, log, code
	}
	out, log, code := run("--stage", "open:100/s@200ms,poisson", "--stage", "users:0..4u@100ms,think=10ms", "--stage", "light:100x5",
		"--threshold", "error_ratio < 1%", "--threshold", "light: p90 < 1m", "--threshold", "max < 1m")
	if code != 0 || strings.Count(out, "stage  ") != 3 || strings.Count(out, "threshold  pass") != 7 {
		t.Errorf("a sound service: code %d\n%s%s", code, out, log)
	}
	if out, log, code = run("--stage", "few:50x5", "--threshold", "p99 < 1m"); code != 2 || !strings.Contains(out, "unclear") || !strings.Contains(out, "needs 1000") {
		t.Errorf("too few samples: code %d, want 2\n%s%s", code, out, log)
	}
	slow.Store(1)
	out, log, code = run("--stage", "first:100000x5", "--stage", "never:5x5", "--attempts", "1", "--threshold", "error_ratio < 1% abort")
	if code != 1 || strings.Contains(out, "stage  never") || !strings.Contains(out, "interrupted") || !strings.Contains(log, "was stopped after") || !strings.Contains(log, "will take about") {
		t.Errorf("a failing service: code %d, want 1 and the rest not run\n%s%s", code, out, log)
	}
	if out, _, code, _ := invoke(t, "runs", "show", "last"); code != 0 || !strings.Contains(out, "first:100000x5") || !strings.Contains(out, "fail     error_ratio") {
		t.Errorf("runs show: code %d\n%s", code, out)
	}
}
