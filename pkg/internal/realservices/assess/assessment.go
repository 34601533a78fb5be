package assess

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sagalab/pkg/adapters"
	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Assessment is a run against one service. Make one with New. It is for one goroutine.
type Assessment struct {
	t      testing.TB
	run    runs.Run
	target runner.Target
	client *purchase.Client
}

// New begins a run against the service at url, addressed as file says with the variables vars. Purchases have up to four attempts of
// at most a minute.
func New(t testing.TB, url, file string, vars map[string]string) *Assessment {
	t.Helper()
	contents, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := adapters.Parse(filepath.Base(file), contents, vars)
	if err != nil {
		t.Fatal(err)
	}
	return Of(t, url, adapter)
}

// Of is New with an adapter that was made already.
func Of(t testing.TB, url string, adapter purchase.Adapter) *Assessment {
	t.Helper()
	endpoint, err := purchase.ParseEndpoint(url)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Store{Dir: t.TempDir()}.Create("test", endpoint.String())
	if err != nil {
		t.Fatal(err)
	}
	client, release, err := observe.NewClient(endpoint, adapter, retry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	policy := retry.Policy{MaxAttempts: 4, Backoff: retry.Fixed(50 * time.Millisecond), AttemptTimeout: time.Minute}
	return &Assessment{t, run, runner.Target{Endpoint: endpoint, Adapter: adapter, Config: retry.Config{Policy: policy}, Seed: 1}, client}
}

// Reset sends the reset of the file and reads the state of users and products as Baseline does.
func (a *Assessment) Reset(of observe.Subjects) {
	a.t.Helper()
	if err := a.client.Reset(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	a.Baseline(of)
}

// Baseline reads the state of users and products as it is before a load.
func (a *Assessment) Baseline(of observe.Subjects) {
	a.t.Helper()
	if err := observe.ReadBaseline(a.t.Context(), a.client, a.run, of); err != nil {
		a.t.Fatal(err)
	}
}

// Case makes one purchase and fails the test unless it ends with this outcome and reason.
func (a *Assessment) Case(name string, r purchase.Request, outcome purchase.Outcome, reason string) purchase.Result {
	a.t.Helper()
	result, err := runner.RunCase(a.t.Context(), a.run, a.target, name, r)
	if err != nil || result.Outcome != outcome || string(result.Reason) != reason {
		a.t.Errorf("case %s: %s %q, %v; want %s %q: %+v", name, result.Outcome, result.Reason, err, outcome, reason, result)
	}
	return result
}

// Load sends a load, with faults on its way when there are windows, and returns what these did.
func (a *Assessment) Load(stage load.Stage, buyers purchase.Buyers, windows ...fault.Window) fault.Counts {
	a.t.Helper()
	trial := runner.Trial{Load: runner.Load{Stage: stage, Buyers: buyers}, Faults: fault.Plan{Seed: 1, Windows: windows}}
	counts, _, err := trial.Run(a.t.Context(), a.run, a.target, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return counts
}

// Audit judges the run as that of the service's sole client, after up to again purchases were sent again under their keys.
func (a *Assessment) Audit(again int) audit.Report {
	a.t.Helper()
	evidence, err := observe.CollectEvidence(a.t.Context(), a.client, a.run, audit.DefaultSettle, true)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := observe.AskAgain(a.t.Context(), a.client, a.run, &evidence, again, audit.DefaultSettle); err != nil {
		a.t.Fatal(err)
	}
	return audit.Judge(evidence, audit.Options{})
}
