package runner

import (
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// TestFaultWindowsAreRecorded runs trials whose windows are hit, come too late, or
// draw nothing, and reads what the run records of them.
func TestFaultWindowsAreRecorded(t *testing.T) {
	for _, tt := range []struct {
		name   string
		window fault.Window
		tested bool
		says   string // of the fault, in the warnings
	}{
		{"hit", fault.Window{To: time.Hour, Fault: fault.DropReply, Probability: .5}, true, ""},
		{"after the load", fault.Window{From: time.Hour, To: 2 * time.Hour, Fault: fault.DropReply, Probability: 1}, false,
			"The planned fault drop_reply (1h0m0s to 2h0m0s) met no request: the load had ended after "},
		{"probability 0", fault.Window{To: time.Hour, Fault: fault.DropReply}, false, "none of the 40 requests that arrived while it was open was drawn"},
		{"a wire's, after the load", fault.Window{From: time.Hour, To: 2 * time.Hour, Fault: fault.WireDown, Probability: 1}, false,
			"The planned fault wire_down (1h0m0s to 2h0m0s) met no request: the load had ended after "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			service := &idempotentService{orders: map[string]bool{}}
			run, to, _ := setup(t, service.ServeHTTP)
			to.Config.Policy.MaxAttempts, to.Seed = 20, 3
			trial := Trial{
				Load:   Load{Stage: load.Stage{Name: "s", Requests: 40, VUs: 4}, Buyers: order},
				Faults: fault.Plan{Seed: 7, Windows: []fault.Window{tt.window}},
			}
			counts, _, err := trial.Run(t.Context(), run, to, nil)
			if err != nil {
				t.Fatal(err)
			}
			s := recorded(t, run)
			if len(s.FaultWindows) != 1 || len(counts.Windows) != 1 {
				t.Fatalf("windows %+v recorded, %+v returned; want one", s.FaultWindows, counts.Windows)
			}
			w, n := s.FaultWindows[0], counts.Windows[0]
			want := runs.FaultWindow{Fault: string(tt.window.Fault), From: tt.window.From, To: tt.window.To, Probability: tt.window.Probability, Met: n.Met, Taken: n.Taken, Detail: n.Detail}
			if !reflect.DeepEqual(w, want) || w.Tested() != tt.tested {
				t.Errorf("window %+v recorded, want %+v, tested: %v", w, want, tt.tested)
			}
			if warned := strings.Join(s.Warnings, "\n"); strings.Contains(warned, "planned fault") == tt.tested || !strings.Contains(warned, tt.says) {
				t.Errorf("warnings %q, want %q in them, and nothing of a fault that was done", warned, tt.says)
			}
			if tt.window.Fault == fault.DropReply && tt.tested && (w.Met != counts.Requests || w.Taken != counts.Faults[fault.DropReply]) {
				t.Errorf("window %+v of counts %+v, want all requests met and all dropped ones taken", w, counts)
			}
		})
	}
}

// patient is a policy whose first attempt lasts until something ends it.
var patient = retry.Policy{MaxAttempts: 2, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: 10 * time.Minute}

// TestWireWindowMeetsAttempts has a service that answers no purchase, so that the
// one attempt under way lasts until the wire goes down.
func TestWireWindowMeetsAttempts(t *testing.T) {
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			io.Copy(io.Discard, r.Body) // without which the server does not see that the client goes
			<-r.Context().Done()
		}
	})
	to.Config.Policy = patient
	checkAllTaken(t, run, to, Trial{Load: light(1, 1), Faults: lasting(fault.WireDown)})
}

// TestKillWindowMeetsAttempts does the same with a service that is killed.
func TestKillWindowMeetsAttempts(t *testing.T) {
	address, err := fault.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	process, err := fault.StartProcess(t.Context(), fault.ProcessConfig{
		Command: []string{os.Args[0]}, Env: append(os.Environ(), killedServer+"="+address), Health: "http://" + address + "/health",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stop()
	run, to, _ := setup(t, nil)
	if to.Endpoint, err = purchase.ParseEndpoint("http://" + address); err != nil {
		t.Fatal(err)
	}
	to.Config.Policy = patient
	checkAllTaken(t, run, to, Trial{Load: light(1, 1), Process: process, Faults: lasting(fault.Kill)})
}

// lasting is a plan of one fault from the start of the stage to after its end.
func lasting(kind fault.Kind) fault.Plan {
	return fault.Plan{Windows: []fault.Window{{To: time.Hour, Fault: kind, Probability: 1}}}
}

// checkAllTaken runs a trial whose fault no attempt can escape.
func checkAllTaken(t *testing.T, run runs.Run, to Target, trial Trial) {
	t.Helper()
	counts, _, err := trial.Run(t.Context(), run, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	n := len(s.Attempts)
	if w := s.FaultWindows[0]; n == 0 || w.Met != n || w.Taken != n || w.Detail != "" || counts.Windows[0].Taken != n || len(runs.FaultWarnings(s.FaultWindows, 0)) > 0 {
		t.Errorf("window %+v recorded, %+v returned of %d attempts; want that it met and took all", w, counts.Windows[0], n)
	}
}

// killedServer makes the test binary a service, at the address that it holds, which
// is healthy and answers no purchase.
const killedServer = "SAGALAB_TEST_KILLED_SERVER"

func serveUntilKilled(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			select {}
		}
	})))
}

func TestKillNeedsAProcess(t *testing.T) {
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) { t.Error("something was sent") })
	trial := Trial{Load: light(1, 1), Faults: fault.Plan{Windows: []fault.Window{{To: time.Second, Fault: fault.Kill, Probability: 1}}}}
	if _, _, err := trial.Run(t.Context(), run, to, nil); err == nil || !strings.Contains(err.Error(), "OwnService") {
		t.Errorf("a kill window without a process = %v, want it refused with advice", err)
	}
	if n, err := run.Executed(); err != nil || n != 0 {
		t.Errorf("%d stages were begun, %v; want none", n, err)
	}
}
