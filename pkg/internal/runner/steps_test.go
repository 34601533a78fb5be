package runner

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// stepsLoad is a stage of purchases in steps at a shop, and where it goes.
func stepsLoad(t testing.TB, url string, stage load.Stage) (Load, Target) {
	endpoint, err := purchase.ParseEndpoint(url)
	if err != nil {
		t.Fatal(err)
	}
	return Load{Stage: stage, Buyers: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}},
		Target{Endpoint: endpoint, Adapter: stepshop.Adapter{Times: purchase.PollTimes{First: 20 * time.Millisecond}},
			Config: retry.Config{Policy: retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute}}}
}

// itemsFail makes each second request for an item fail.
func itemsFail() func(*http.Request) stepshop.Failure {
	var mu sync.Mutex
	n := 0
	return func(r *http.Request) (f stepshop.Failure) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(r.URL.Path, "/items") {
			if n++; n%2 == 1 {
				f.Status = http.StatusServiceUnavailable
			}
		}
		return f
	}
}

// TestRowsOfSteps: steps, polls and logins have rows with kinds of their own, and none of them
// counts as a retry.
func TestRowsOfSteps(t *testing.T) {
	s := stepshop.Start(stepshop.Options{Settle: 50 * time.Millisecond, Fail: itemsFail()})
	defer s.Close()
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", s.URL())
	if err != nil {
		t.Fatal(err)
	}
	l, to := stepsLoad(t, s.URL(), load.Stage{Name: "steps", Requests: 3, VUs: 1})
	if _, err := l.Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	stages, err := run.Executions(0)
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	stage := stages[0]
	if got := strings.Join(stage.Steps, " "); got != "cart item pay" {
		t.Errorf("the steps of the stage are %q", got)
	}
	of := map[int64][]runs.Attempt{}
	for _, a := range stage.Attempts {
		of[a.Index] = append(of[a.Index], a)
	}
	for _, o := range stage.Operations {
		checkStepRows(t, o, of[o.Index])
	}
	retries := int64(0)
	for _, o := range stage.Operations {
		retries += o.Attempts - o.FirstAttempts()
	}
	if len(stage.Operations) != 3 || retries != 3 {
		t.Errorf("%d operations with %d retries, want 3 with 3", len(stage.Operations), retries)
	}
	checkNoToken(t, run, stage)
}

// checkStepRows checks the rows of one purchase with a 503 at its second step.
func checkStepRows(t *testing.T, o runs.Operation, rows []runs.Attempt) {
	t.Helper()
	var list []string
	if o.Index == 0 {
		list = append(list, "login  0")
	}
	list = append(list, "original cart 1", "original item 2", "retry item 3", "original pay 4")
	for range o.Polls {
		list = append(list, "poll pay 4")
	}
	var got []string
	for _, a := range rows {
		got = append(got, fmt.Sprintf("%s %s %d", a.Kind, a.Step, a.Number))
	}
	if strings.Join(got, ", ") != strings.Join(list, ", ") {
		t.Errorf("operation %d has the rows %q, want %q", o.Index, got, list)
	}
	if o.Outcome != purchase.OK || o.Attempts != 4 || o.Steps != 3 || o.Polls < 1 || o.FirstAttempts() != 3 {
		t.Errorf("operation %+v, want 4 attempts at 3 steps and a poll", o)
	}
	last := rows[len(rows)-1]
	if o.AcceptedMS <= 0 || o.UncertaintyMS <= 0 || o.AcceptedMS+o.UncertaintyMS < 20 || o.LatencyMS < o.AcceptedMS+20 || last.Meaning != "confirmed" || last.Key != o.Key {
		t.Errorf("accepted after %v ms, ended after %v ± %v ms by %+v", o.AcceptedMS, o.LatencyMS, o.UncertaintyMS, last)
	}
}

// checkNoToken looks for the tokens of a shop in the rows and files of a run.
func checkNoToken(t *testing.T, run runs.Run, stage runs.Stage) {
	t.Helper()
	if text := fmt.Sprintf("%+v", stage); strings.Contains(text, "tok_") {
		t.Errorf("a token is in the rows: %s", text)
	}
	err := filepath.WalkDir(run.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("tok_")) {
			t.Errorf("a token is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// gatedPolls is an adapter by which no purchase ends before the gate is open.
type gatedPolls struct {
	stepshop.Adapter
	open *atomic.Bool
}

func (g gatedPolls) ReadPoll(c purchase.Call, a retry.Attempt) purchase.Answer {
	if !g.open.Load() {
		return purchase.Answer{Meaning: purchase.MeansPending}
	}
	return g.Adapter.ReadPoll(c, a)
}

// TestPollsAreInFlight: a purchase that is asked after is in flight in both models, and its polls
// are shown while they are sent.
func TestPollsAreInFlight(t *testing.T) {
	for _, stage := range []load.Stage{{Name: "closed", Requests: 3, VUs: 3}, {Name: "open", Rate: load.Constant(30, 100*time.Millisecond)}} {
		s := stepshop.Start(stepshop.Options{Settle: time.Millisecond})
		run, err := runs.Store{Dir: t.TempDir()}.Create("t", s.URL())
		if err != nil {
			t.Fatal(err)
		}
		l, to := stepsLoad(t, s.URL(), stage)
		var open atomic.Bool
		to.Adapter = gatedPolls{stepshop.Adapter{Times: purchase.PollTimes{First: 20 * time.Millisecond}}, &open}
		last := live.Snapshot{}
		_, err = l.Run(t.Context(), run, to, func(now live.Snapshot) {
			if now.InFlight == 3 && now.Polls >= 3 {
				open.Store(true)
			}
			last = now
		})
		s.Close()
		if err != nil {
			t.Fatal(err)
		}
		if !open.Load() || last.Done != 3 || last.Success != 3 || last.Polls < 3 || last.Recent.Polls <= 0 {
			t.Errorf("%s: three in flight with polls were shown: %v; at the end %+v", stage.Name, open.Load(), last)
		}
	}
}

// stepsRun is the folder in which this binary makes a run of purchases that never end, and
// stepsShop the address of the shop.
const stepsRun, stepsShop = "SAGALAB_TEST_STEPS_RUN", "SAGALAB_TEST_STEPS_SHOP"

// buyUntilKilled is the process that is killed.
func buyUntilKilled(t testing.TB) {
	run, err := runs.Store{Dir: os.Getenv(stepsRun)}.Create("t", os.Getenv(stepsShop))
	if err != nil {
		t.Fatal(err)
	}
	l, to := stepsLoad(t, os.Getenv(stepsShop), load.Stage{Name: "killed", Requests: 2, VUs: 2})
	l.Run(t.Context(), run, to, func(now live.Snapshot) { // of what is on disk
		if now.Polls >= 8 {
			os.Stdout.WriteString("polled\n")
		}
	})
}

// TestKilledWhilePolling: what a purchase did before it is killed within its polls is on disk: the
// login, all attempts at its steps, and the polls until the last batch.
func TestKilledWhilePolling(t *testing.T) {
	if os.Getenv(stepsRun) != "" {
		buyUntilKilled(t)
		return
	}
	s := stepshop.Start(stepshop.Options{Settle: time.Minute, Fail: itemsFail()})
	defer s.Close()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhilePolling$")
	cmd.Env = append(os.Environ(), stepsRun+"="+dir, stepsShop+"="+s.URL())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "polled\n" {
		t.Errorf("the process says %q, %v", line, err)
	}
	cmd.Process.Kill() // SIGKILL
	cmd.Wait()
	list, err := runs.Store{Dir: dir}.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("%d runs, %v", len(list), err)
	}
	stages, err := list[0].Executions(0)
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	stage := stages[0]
	kinds := map[string]int{}
	for _, a := range stage.Attempts {
		kinds[strings.TrimSpace(a.Kind+" "+a.Step)]++
	}
	if kinds["login"] != 1 || kinds["original cart"] != 2 || kinds["original item"] != 2 || kinds["original pay"] != 2 || kinds["retry item"] < 1 || kinds["poll pay"] < 2 {
		t.Errorf("rows %v, want a login, 2 attempts at each of 3 steps, a retry and polls", kinds)
	}
	for _, o := range stage.Operations {
		if o.Outcome != purchase.Unknown || o.Reason != runs.Unfinished || o.Steps != 3 || o.Polls < 1 || o.AcceptedMS <= 0 || o.OrderID == "" || !strings.Contains(o.Message, "poll") {
			t.Errorf("operation %+v, want it unfinished after 3 steps and polls", o)
		}
		if !o.IsOpen() || o.LatencyMS-o.UncertaintyMS < 0 || o.UncertaintyMS >= o.LatencyMS {
			t.Errorf("operation %+v: how long it took at least is not known", o)
		}
	}
	if len(stage.Operations) != 2 {
		t.Errorf("%d operations, want 2", len(stage.Operations))
	}
	checkNoToken(t, list[0], stage)
}

// TestInterruptedWhilePolling: what an interrupt ends is open above, as what is killed is.
func TestInterruptedWhilePolling(t *testing.T) {
	s := stepshop.Start(stepshop.Options{Settle: time.Minute})
	defer s.Close()
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", s.URL())
	if err != nil {
		t.Fatal(err)
	}
	l, to := stepsLoad(t, s.URL(), load.Stage{Name: "interrupted", Requests: 2, VUs: 2})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l.Run(ctx, run, to, func(now live.Snapshot) {
		if now.Polls >= 8 {
			cancel()
		}
	})
	stages, err := run.Executions(0)
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages, %v", len(stages), err)
	}
	if sum := runs.Summarize(stages[0]); sum.Open != 2 || sum.P50Low >= sum.P50 {
		t.Errorf("%d open, p50 from %v to %v; want 2", sum.Open, sum.P50Low, sum.P50)
	}
	for _, o := range stages[0].Operations {
		if !o.IsOpen() || o.Reason != "pending" || o.UncertaintyMS >= o.LatencyMS || o.LatencyMS-o.UncertaintyMS < o.AcceptedMS/2 {
			t.Errorf("operation %+v, want it open", o)
		}
	}
}
