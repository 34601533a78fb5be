package nb

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/adapters"
	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

var order = purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}

// cells is a lab whose cells write to the buffer, at a service that answers
// purchases with h and is healthy.
func cells(t *testing.T, h http.HandlerFunc) (Lab, *bytes.Buffer, *httptest.Server) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"status":"ok"}`) })
	mux.HandleFunc("POST /purchase", h)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	t.Setenv("SAGALAB_SESSION", "test")
	t.Setenv("SAGALAB_ALLOW_HOST", "")
	var b bytes.Buffer
	captureOutput(t, &b)
	return Lab{Name: "test", API: server.URL + "/purchase", Policy: retry.Policy{MaxAttempts: 2, AttemptTimeout: time.Second}}, &b, server
}

func confirm(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"order_id":"o1"}`) }

func TestNotebookFromTopToBottom(t *testing.T) {
	l, text, _ := cells(t, confirm)
	for i, step := range []struct {
		cell func() error
		says string
	}{
		{l.setup, "Setup complete. API=http://127.0.0.1:"},
		{l.checkConnectivity, "Connectivity check OK"},
		{func() error { return l.applyFixture("plenty", purchase.Plenty()) }, "keeps its own users, products and orders"},
		{func() error { return l.runCase("normal", order) }, `Case=normal success=true status=200`},
		{func() error { return l.load(load.Stage{Name: "light", Requests: 5, VUs: 50}, order, nil) }, "50 virtual users share 5 purchases"},
		{func() error { return l.load(load.Stage{Name: "light", Requests: 7, VUs: 2}, order, nil) }, "Stage light completed: success=7 failure=0"},
	} {
		text.Reset()
		if err := step.cell(); err != nil || !strings.Contains(text.String(), step.says) {
			t.Fatalf("cell %d: %v, said %q; want %q", i+1, err, text, step.says)
		}
	}
	if s := l.Stages(); len(s) != 1 || len(s[0].Operations) != 7 {
		t.Errorf("the stage that ran again has %d operations, want the newest 7", len(s[0].Operations))
	}
	if c := l.Cases(); len(c) != 1 || c[0].Stage != "normal" {
		t.Errorf("cases %v, want normal", c)
	}
}

func TestAnEarlierRunCanBeOpened(t *testing.T) {
	l, _, _ := cells(t, confirm)
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	first, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if second, _ := l.current(); second.ID == first.ID {
		t.Error("set-up went on with the old run, want a new one")
	}
	l.Run = first.ID
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if again, _ := l.current(); again.ID != first.ID {
		t.Errorf("current run %s, want %s as named in the settings", again.ID, first.ID)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	good, _, _ := cells(t, confirm)
	for _, tt := range []struct {
		change func(*Lab)
		want   string
	}{
		{func(l *Lab) { l.API = "localhost:8000" }, "http://"},
		{func(l *Lab) { l.API = "http://shop.example/purchase" }, "SAGALAB_ALLOW_HOST=shop.example"},
		{func(l *Lab) { l.Policy.MaxAttempts = -1; l.API = "" }, "MaxAttempts is -1"},
		{func(l *Lab) { l.Name = "../x" }, "Lab.Name"},
		{func(l *Lab) { l.Answers = map[string]string{"sold_out": "none"} }, `Lab.Answers: "sold_out=none": "none" is not a meaning`},
		{func(l *Lab) { l.Run = "20200101-000000" }, "no such run"},
	} {
		l := good
		tt.change(&l)
		if err := l.setup(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("set-up of %+v = %v, want %q", l, err, tt.want)
		}
	}
	t.Setenv("SAGALAB_POLICY", "aws")
	for _, api := range []string{good.API, ""} {
		l := good
		l.API = api
		if err := l.setup(); err == nil || strings.Count(err.Error(), `SAGALAB_POLICY: no retry policy is named "aws": want one of original, `) != 1 {
			t.Errorf("set-up with an unknown policy in the environment = %v", err)
		}
	}
	t.Setenv("SAGALAB_POLICY", "")
	allowed := good
	allowed.API, allowed.AllowHosts = "http://shop.example", []string{"shop.example"}
	if err := allowed.setup(); err != nil {
		t.Errorf("a host that is allowed by name = %v, want nil", err)
	}
}

// The environment's policy takes the place of the notebook's, not of a trial's own.
func TestPolicyOfTheEnvironment(t *testing.T) {
	unavailable := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	l, text, _ := cells(t, unavailable)
	t.Setenv("SAGALAB_POLICY", "grpc")
	if err := l.setup(); err != nil || !strings.Contains(text.String(), "\nPolicy: 4 attempts, 5s each, waits from 100ms, ") {
		t.Fatalf("set-up: %v, said %q", err, text)
	}
	own := Trial{Stage: load.Stage{Name: "own", Requests: 10, VUs: 1}, Order: order, Policy: retry.Policy{MaxAttempts: 4, AttemptTimeout: time.Second}}
	if err := errors.Join(l.checkConnectivity(), l.load(load.Stage{Name: "named", Requests: 10, VUs: 1}, order, nil), l.trial(own)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{13, 40} { // five failures take the tokens down to half: 4 attempts, then 1 for each of 9 purchases
		s := l.Stages()[i]
		attempts := int64(0)
		for _, o := range s.Operations {
			attempts += o.Attempts
		}
		if attempts != want {
			t.Errorf("stage %s under %q made %d attempts, want %d", s.Info.Stage, s.Info.Policy, attempts, want)
		}
	}
}

func TestNothingStartsBeforeOrAfterAFailedCheck(t *testing.T) {
	l, text, server := cells(t, func(w http.ResponseWriter, r *http.Request) { t.Error("load was started") })
	stage := func() error { return l.load(load.Stage{Name: "light", Requests: 1, VUs: 1}, order, nil) }
	if err := stage(); err == nil || !strings.Contains(err.Error(), "run its set-up cell first") {
		t.Errorf("stage before set-up = %v", err)
	}
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if err := stage(); err == nil || !strings.Contains(err.Error(), "run the connectivity check's cell first, lab.CheckConnectivity()") {
		t.Errorf("stage before the check = %v", err)
	}
	server.Close()
	text.Reset()
	if err := l.checkConnectivity(); err == nil || !strings.Contains(err.Error(), "unreachable") || strings.Count(text.String(), "failed") != 3 {
		t.Errorf("check of a closed port = %v, said %q; want three failures told", err, text)
	}
	for name, cell := range map[string]func() error{
		"stage": stage,
		"case":  func() error { return l.runCase("normal", order) },
		"scene": func() error { return l.applyFixture("plenty", purchase.Plenty()) },
	} {
		if err := cell(); err == nil || !strings.Contains(err.Error(), "the connectivity check failed") {
			t.Errorf("%s after a failed check = %v, want it refused", name, err)
		}
	}
}

func TestCheckNamesAWrongPath(t *testing.T) {
	l, _, _ := cells(t, confirm)
	l.API = strings.TrimSuffix(l.API, "/purchase") + "/shop/purchase"
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if err := l.checkConnectivity(); err == nil || !strings.Contains(err.Error(), "; the path /shop of the API's address may be wrong: correct it, and run this cell again") {
		t.Errorf("check of an address with a wrong path = %v, want the path named", err)
	}
}

// healthAtUp is a Go type whose health is asked for at a path that the service does not have.
type healthAtUp struct{ purchase.Adapter }

func (healthAtUp) Health() retry.Request { return retry.Get("/up") }

// TestCheckOfAServiceWithoutItsHealth: something answers, so that no message says to start it.
func TestCheckOfAServiceWithoutItsHealth(t *testing.T) {
	file, err := adapters.Parse("shop.yaml", []byte("health: GET /up\npurchase: {send: POST /purchase, means: [{http: 2xx, is: confirmed}]}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		adapter purchase.Adapter
		remedy  string
	}{
		{nil, "correct the API's address"},
		{file, "correct the API's address, or health: in the file of the adapter shop.yaml"},
		{healthAtUp{purchase.Contract{}}, "correct the API's address, or the method Health of the adapter nb.healthAtUp"},
	} {
		s := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(s.Close)
		l, _, _ := cells(t, confirm)
		l.Adapter, l.API = tt.adapter, s.URL
		if err := l.setup(); err != nil {
			t.Fatal(err)
		}
		if err := l.checkConnectivity(); err == nil || !strings.HasSuffix(err.Error(), "answered HTTP 404): stages and cases will not start; "+tt.remedy+", and run this cell again") {
			t.Errorf("check with %v = %v, want the remedy %q", tt.adapter, err, tt.remedy)
		}
		if err := l.load(load.Stage{Name: "light", Requests: 1, VUs: 1}, order, nil); err == nil || !strings.HasSuffix(err.Error(), "); "+tt.remedy+", and run the check's cell again") {
			t.Errorf("stage after the check with %v = %v, want the remedy %q", tt.adapter, err, tt.remedy)
		}
	}
}

func TestInterruptEndsRunAll(t *testing.T) {
	var seen atomic.Int64
	interrupt := true
	l, _, _ := cells(t, func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 30 && interrupt { // the stop button, as the kernel passes it on
			interruptSelf()
		}
		confirm(w, r)
	})
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if err := l.checkConnectivity(); err != nil {
		t.Fatal(err)
	}
	stage := func(name string, n int) error {
		return l.load(load.Stage{Name: name, Requests: n, VUs: 2}, order, nil)
	}
	err := stage("light", 1_000_000)
	s := l.Stages()
	if err == nil || !strings.Contains(err.Error(), "was interrupted") || len(s) != 1 || s[0].State != runs.Interrupted || len(s[0].Operations) < 28 {
		t.Fatalf("interrupted stage = %v, recorded %v; want what it had, kept", err, s)
	}
	interrupt = false
	sent := seen.Load()
	for _, next := range []string{"medium", "heavy"} { // Run All goes on with these
		if err := stage(next, 10); err == nil || !strings.Contains(err.Error(), `"light" was interrupted`) {
			t.Errorf("stage %s after the interrupt = %v, want it refused", next, err)
		}
	}
	if seen.Load() != sent {
		t.Errorf("%d requests were sent after the interrupt, want none", seen.Load()-sent)
	}
	if err := stage("light", 10); err != nil { // a person runs the cell again
		t.Errorf("the interrupted stage, run again = %v, want it to run", err)
	}
	if err := stage("medium", 10); err != nil {
		t.Errorf("the next stage then = %v, want it to run", err)
	}
}

func TestRehearse(t *testing.T) {
	l, text, _ := cells(t, confirm)
	for _, tt := range []struct {
		statuses []int
		says     string
	}{
		{[]int{503, 201}, "success=true after 2 attempts"},
		{[]int{0, 0}, "remote end closed connection without response"},
		{[]int{402}, "success=false after 1 attempts"},
	} {
		text.Reset()
		if err := l.dryRun(order, tt.statuses); err != nil || !strings.Contains(text.String(), tt.says) {
			t.Errorf("rehearsal of %v: %v, said %q; want %q", tt.statuses, err, text, tt.says)
		}
	}
	for _, bad := range [][]int{nil, {42}, {600}, {-1}} {
		if err := l.dryRun(order, bad); err == nil {
			t.Errorf("rehearsal of %v was accepted", bad)
		}
	}
}

func TestLoadsTrialsAndSearches(t *testing.T) {
	l, text, _ := cells(t, confirm)
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	open := load.Stage{Name: "open", Rate: load.Constant(100, 200*time.Millisecond)}
	search := CapacitySearch{Name: "capacity", From: 10, To: 10, Probe: time.Second, Order: order, Thresholds: []string{"error_ratio < 1%"}}
	for i, step := range []struct {
		cell func() error
		says []string
	}{
		{func() error { return l.load(open, order, []string{"error_ratio < 1%", "max < 1ns"}) }, []string{"Stage open completed: success=20", "error_ratio < 0.01", "pass", "fail"}},
		{func() error { return l.load(open, order, []string{"max < 1ns abort"}) }, []string{"was stopped after", "Stage open stopped"}},
		{func() error { return l.trial(Trial{Stage: open, Order: order, Thresholds: []string{"dropped == 0"}}) }, []string{"Stage open completed", "dropped == 0"}},
		{func() error { return l.capacity(search) }, []string{"offered_per_s", "holds", "Capacity of 10/s or more"}},
	} {
		text.Reset()
		err := step.cell()
		for _, say := range step.says {
			if err != nil || !strings.Contains(text.String(), say) {
				t.Fatalf("cell %d: %v, said %q; want %q", i+1, err, text, say)
			}
		}
	}
	if g := readInterlock(must(l.current())); g.Interrupted != "" {
		t.Errorf("the gate has %q as interrupted, want nothing: a threshold is no person", g.Interrupted)
	}
	for _, err := range []error{
		l.load(open, order, []string{"speed > 3"}), l.load(load.Stage{Name: "x"}, order, nil),
		l.trial(Trial{Stage: open, Order: order, Thresholds: []string{"other: p99 < 1s"}}), l.capacity(CapacitySearch{}),
	} {
		if err == nil {
			t.Error("a cell that makes no sense was accepted")
		}
	}
}

// TestATrialSaysWhatItsFaultsDid runs a fault that takes requests, one that comes
// after the load, and one to connections.
func TestATrialSaysWhatItsFaultsDid(t *testing.T) {
	l, text, _ := cells(t, confirm)
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		window fault.Window
		says   []string
	}{
		{fault.Window{To: time.Hour, Fault: fault.Slow, Probability: 1, Delay: time.Millisecond}, []string{"Faults: slow 20 times, in 20 requests\n", "Stage s completed"}},
		{fault.Window{From: time.Hour, To: 2 * time.Hour, Fault: fault.Slow, Probability: 1, Delay: time.Millisecond},
			[]string{"Faults: none was injected, in 20 requests\n", "Stage s completed", "Note: The planned fault slow (1h0m0s to 2h0m0s) met no request: the load had ended after "}},
	} {
		text.Reset()
		err := l.trial(Trial{Stage: load.Stage{Name: "s", Requests: 20, VUs: 4}, Order: order, Faults: fault.Plan{Windows: []fault.Window{tt.window}}})
		for _, say := range tt.says {
			if err != nil || !strings.Contains(text.String(), say) {
				t.Errorf("a trial with %+v: %v, said %q; want %q", tt.window, err, text, say)
			}
		}
	}
	for _, w := range []fault.Window{{Fault: fault.Slow, Probability: 1, Delay: time.Millisecond}, {To: time.Hour, Fault: fault.Kill, Probability: 1}} {
		text.Reset()
		err := l.trial(Trial{Stage: load.Stage{Name: "s", Requests: 20, VUs: 4}, Order: order, Faults: fault.Plan{Windows: []fault.Window{w}}})
		if err == nil || text.Len() > 0 {
			t.Errorf("a trial with %+v: %v, said %q; want an error and nothing else", w, err, text)
		}
	}
	text.Reset()
	printFaults(fault.Plan{Windows: []fault.Window{{Fault: fault.WireDown}, {Fault: fault.Kill}}},
		fault.Counts{Requests: 7, Faults: map[fault.Kind]int{fault.Failed: 2}, Windows: []fault.WindowCount{{Met: 3, Taken: 3}, {}}})
	if want := "Faults: failed 2 times, wire_down met 3 attempts, in 7 requests\n"; text.String() != want {
		t.Errorf("faults of connections: said %q, want %q", text, want)
	}
	text.Reset()
	if printFaults(fault.Plan{}, fault.Counts{}); text.Len() > 0 {
		t.Errorf("a trial without faults says %q, want nothing", text)
	}
}

func must(r runs.Run, err error) runs.Run {
	if err != nil {
		panic(err)
	}
	return r
}

func TestLargeStagesAreAnnounced(t *testing.T) {
	_, text, _ := cells(t, confirm)
	printExpectedCost(load.Stage{Name: "s", Requests: 1000, VUs: 1})
	if text.Len() > 0 {
		t.Errorf("a small stage is announced: %s", text)
	}
	printExpectedCost(load.Stage{Name: "s", Requests: 1_000_000, VUs: 1})
	if !strings.Contains(text.String(), "1000000 purchases will take about ") || !strings.Contains(text.String(), "MB of memory") {
		t.Errorf("a million requests are announced by %q, want the memory", text)
	}
}

// captureOutput has what cells print written to w for the rest of the test.
func captureOutput(t testing.TB, w io.Writer) {
	before := stdout
	stdout = func() io.Writer { return w }
	t.Cleanup(func() { stdout = before })
}
