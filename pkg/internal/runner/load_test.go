package runner

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

var order = purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}

// light is a closed stage of orders.
func light(requests, vus int) Load {
	return Load{Stage: load.Stage{Name: "light", Requests: requests, VUs: vus}, Buyers: order}
}

// quick is a policy of three attempts that wastes no time.
var quick = retry.Policy{MaxAttempts: 3, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: 5 * time.Second}

func setup(t *testing.T, h http.HandlerFunc) (runs.Run, Target, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	e, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Store{Dir: t.TempDir()}.Create("test", e.String())
	if err != nil {
		t.Fatal(err)
	}
	return run, Target{Endpoint: e, Config: retry.Config{Policy: quick}}, server
}

func recorded(t *testing.T, run runs.Run) runs.Stage {
	t.Helper()
	stages, err := run.Stages()
	if err != nil || len(stages) != 1 {
		t.Fatalf("Stages() = %d stages, %v; want 1", len(stages), err)
	}
	return stages[0]
}

func TestStageRecordsWhatTheServerSaw(t *testing.T) {
	var seen, confirmed atomic.Int64
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		switch n := seen.Add(1); {
		case n%10 == 0:
			w.WriteHeader(503)
		case n%13 == 0:
			panic(http.ErrAbortHandler)
		default:
			confirmed.Add(1)
			io.WriteString(w, `{"order_id":"o"}`)
		}
	})
	var last live.Snapshot
	if _, err := light(200, 20).Run(t.Context(), run, to, func(s live.Snapshot) { last = s }); err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	if got, want := len(s.Attempts), int(seen.Load()); got != want {
		t.Errorf("%d attempts recorded, the server saw %d", got, want)
	}
	successes, retries, keys := 0, 0, map[string]bool{}
	for i, op := range s.Operations {
		if op.Index != int64(i) || op.Key == "" || keys[op.Key] {
			t.Fatalf("operation %d: index %d, key %q; want each arrival once under a key of its own", i, op.Index, op.Key)
		}
		keys[op.Key] = true
		if op.Success {
			successes++
		}
		retries += int(op.Attempts) - 1
		if op.Success != (op.StatusStr == "success") || op.Success != (op.Outcome == purchase.OK) || op.Success != (op.Reason == "") {
			t.Errorf("operation %d contradicts itself: %+v", i, op)
		}
		if op.LatencyMS < op.ServiceMS+op.WaitMS-.01 || op.EndTS.Sub(op.StartTS) < 0 {
			t.Errorf("operation %d: latency %v ms is less than service %v + wait %v", i, op.LatencyMS, op.ServiceMS, op.WaitMS)
		}
	}
	if successes != int(confirmed.Load()) || retries == 0 {
		t.Errorf("%d successes and %d retries recorded, the server confirmed %d", successes, retries, confirmed.Load())
	}
	if last.Planned != 200 || last.Started != 200 || last.Done != 200 || last.InFlight != 0 || last.Success != successes || last.Failure != 200-successes || last.Retries != retries {
		t.Errorf("last seen %+v, want 200 asked, started and done, %d successes, %d retries", last, successes, retries)
	}
	if s.State != runs.Complete || s.Requests != 200 || s.VUs != 20 || s.API != to.Endpoint.String() || s.Policy == "" {
		t.Errorf("stage.json says %+v", s.Info)
	}
}

// The original notebook's own failure: the service is there for the check and
// then closes every connection without an answer.
func TestServiceThatClosesEveryConnection(t *testing.T) {
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	r, err := RunCase(t.Context(), run, to, "normal", order)
	if err != nil {
		t.Fatal(err)
	}
	if r.Success() || len(r.Operation.Attempts) != 3 || !strings.Contains(strings.ToLower(r.Message()), "remote end closed connection without response") {
		t.Errorf("success %v after %d attempts: %s", r.Success(), len(r.Operation.Attempts), r.Message())
	}
	cases, err := run.Cases()
	if err != nil || len(cases) != 1 || cases[0].Operations[0].Outcome != purchase.Unknown || cases[0].Operations[0].Reason != "eof" {
		t.Errorf("recorded %+v, %v; want one case with outcome unknown and reason eof", cases, err)
	}
}

func TestServiceThatDiesMidStage(t *testing.T) {
	var seen atomic.Int64
	var server *httptest.Server
	run, to, server := setup(t, func(w http.ResponseWriter, r *http.Request) {
		switch n := seen.Add(1); {
		case n == 100:
			server.Listener.Close()
			go server.CloseClientConnections()
		case n > 100: // however late the connections are closed on a busy machine
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "{}")
	})
	if _, err := light(300, 10).Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	reasons := map[string]int{}
	for _, op := range s.Operations {
		reasons[op.Reason]++
	}
	if len(s.Operations) != 300 || reasons[""] < 80 || reasons["refused"] < 100 {
		t.Errorf("%d operations, reasons %v; want 300, the first confirmed, the rest refused by a closed port", len(s.Operations), reasons)
	}
}

func TestInterruptedStageKeepsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var seen atomic.Int64
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then does the server notice that a client has gone
		if seen.Add(1) > 50 {
			cancel(ErrInterrupted)
			<-r.Context().Done()
			return
		}
		io.WriteString(w, "{}")
	})
	_, err := light(1000, 5).Run(ctx, run, to, nil)
	s := recorded(t, run)
	if !errors.Is(err, ErrInterrupted) || s.State != runs.Interrupted || s.Detail == "" {
		t.Errorf("Run = %v, recorded as %q %q; want it interrupted", err, s.State, s.Detail)
	}
	ok, interrupted := 0, 0
	for _, op := range s.Operations {
		if op.Success {
			ok++
		}
		// whether it reached the service decides between unknown and failed
		if op.Reason == "interrupted" || op.Reason == "not_sent" && op.Attempts == 0 {
			interrupted++
		}
	}
	// four answers may have been on their way when the interrupt came
	if ok < 46 || ok > 50 || interrupted == 0 || interrupted > 5 || ok+interrupted != len(s.Operations) {
		t.Errorf("%d confirmed and %d interrupted of %d recorded; want 46 to 50, 1 to 5, and no others", ok, interrupted, len(s.Operations))
	}
}

func TestRefusedBeforeAnythingIsSent(t *testing.T) {
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) { t.Error("something was sent") })
	keyed, zero, badPolicy := order, order, to
	keyed.IdempotencyKey, zero.Quantity, badPolicy.Config.Policy.MaxAttempts = "k", 0, 0
	for _, tt := range []struct {
		to    Target
		stage load.Stage
		order purchase.Request
		want  string
	}{
		{to, load.Stage{Name: "s", Requests: 0, VUs: 1}, order, "requests is 0"},
		{to, load.Stage{Name: "s", Requests: 1, VUs: -1}, order, "VUs is -1"},
		{to, load.Stage{Name: "s", Requests: 1, VUs: 1}, zero, "quantity is 0"},
		{to, load.Stage{Name: "s", Requests: 2, VUs: 1}, keyed, "idempotency key"},
		{badPolicy, load.Stage{Name: "s", Requests: 1, VUs: 1}, order, "MaxAttempts is 0"},
	} {
		_, err := Load{Stage: tt.stage, Buyers: tt.order}.Run(t.Context(), run, tt.to, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Load{%+v, %+v}.Run = %v, want %q", tt.stage, tt.order, err, tt.want)
		}
	}
	if stages, err := run.Stages(); err != nil || len(stages) != 0 {
		t.Errorf("refused stages left %d recorded (%v), want none", len(stages), err)
	}
}

func TestKeysComeFromTheSeed(t *testing.T) {
	early, late := time.UnixMilli(1_700_000_000_000), time.UnixMilli(1_800_000_000_000)
	k := idempotencyKey(7, "light", 3, early)
	if u, err := uuid.Parse(k); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		t.Errorf("key %q is no UUID of version 7 (%v)", k, err)
	} else if sec, _ := u.Time().UnixTime(); sec != 1_700_000_000 {
		t.Errorf("key %q carries the time %d, want 1700000000", k, sec)
	}
	const tail = len("01890a5d-ac96-")
	if again := idempotencyKey(7, "light", 3, late); again == k || again[tail:] != k[tail:] {
		t.Errorf("the same seed at another time gave %q after %q, want the same random part only", again, k)
	}
	for _, other := range []string{idempotencyKey(8, "light", 3, early), idempotencyKey(7, "heavy", 3, early), idempotencyKey(7, "light", 4, early)} {
		if other[tail:] == k[tail:] {
			t.Errorf("keys %q and %q share a random part", k, other)
		}
	}
}
