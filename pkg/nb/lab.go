// Package nb is what a notebook's cell calls: it runs something and shows what
// came of it. A cell's program lives only as long as the cell runs, so whatever
// a later cell needs is in the run on disk. Outside a notebook everything is
// shown as text on standard output.
//
// The functions and methods for cells end the cell's program with one sentence on
// standard error when they fail: a cell has no caller that could take an error.
package nb

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/netlog"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Lab is a notebook's settings, declared in its first cell and read by every
// later one. Policy's zero value means retry.Default.
type Lab struct {
	// Name is the notebook's; runs are found by it.
	Name string
	// API is the service's address, such as "http://localhost:8000/purchase".
	API string
	// Policy is how purchases are retried. The environment variable SAGALAB_POLICY, which
	// `sagalab run --policy` sets, names another one (retry.Named) that takes its place, but
	// not that of a Trial's own.
	Policy retry.Policy
	// AllowHosts names hosts outside this machine that load may be put on, in
	// addition to those in the environment variable SAGALAB_ALLOW_HOST.
	AllowHosts []string
	// Run is the id of an earlier run to look at and to add to; "" begins a new
	// one at set-up.
	Run string
	// SoleClient says that no other client uses the service while this notebook does, so
	// that Audit takes an order which the run does not explain for the service's own. It is
	// known without saying of a service that was started for the notebook by `sagalab run`
	// or OwnService.
	SoleClient bool
	// AskAgain is how many purchases Audit sends again, under their keys, to see whether
	// the answers are the same; a service that has forgotten a key buys again. 0 means 20
	// at a service that `sagalab run`, `sagalab lab` or OwnService started, and none
	// elsewhere; below 0 means none.
	AskAgain int
	// Answers says what answers of a foreign service mean, by the code of the problem, or
	// "http_<status>" without one: {"sold_out": "no_stock", "http_410": "declined"}. The
	// meanings are confirmed, no_stock, no_money, declined, invalid, in_progress,
	// key_reused, turned_away and unclear. Load, figures and Audit go by it; nil is the
	// contract alone.
	Answers map[string]string

	// Adapter says how a service is addressed that does not implement the contract: a Go type,
	// or a file (package adapters). nil is the contract, with Answers. A Go type cannot reach
	// a fleet, whose workers are other processes.
	Adapter purchase.Adapter

	// Traceparent sends a header traceparent with each request of a purchase, by which tracing of the
	// service finds it; `sagalab traces` exports the same ids. The environment variable
	// SAGALAB_TRACEPARENT=yes does, too.
	Traceparent bool

	process      *fault.Process // set in OwnService and OwnDistributed
	participants []Participant  // set in OwnDistributed, as the next
	serve        []string       // the command that starts such a service
}

// Env returns the value of an environment variable, or otherwise when it is empty or not set.
func Env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// Setup checks the settings, begins a new run (or opens l.Run) and prints its id, the
// policy and the machine. All faults of the settings are reported together.
func (l Lab) Setup() { exitOnError(l.setup()) }

func (l Lab) setup() error {
	target, err := l.target()
	policy, unnamed := l.policy()
	if unnamed == nil {
		err = errors.Join(err, policy.Validate())
	}
	if err != nil {
		return err
	}
	if l.Name == "" || l.Name != filepath.Base(l.Name) {
		return fmt.Errorf("Lab.Name is %q, want a plain name such as 01-load-and-retry", l.Name)
	}
	store, err := l.store()
	if err != nil {
		return err
	}
	id, err := session()
	if err != nil {
		return err
	}
	var run runs.Run
	if l.Run != "" {
		run, err = store.Open(l.Run)
	} else {
		run, err = store.CreateIn(id, l.Name, target.Endpoint.String())
	}
	if err != nil {
		return err
	}
	if err := store.SetCurrent(l.Name, id, run); err != nil {
		return err
	}
	printf("Setup complete. API=%s\nPolicy: %s\nRun: %s\nBegun: %s\nMachine: %s\nProgram: %s\n", target.Endpoint, policy, run.ID,
		run.Created.Format(runs.TimeLayout), run.Provenance.Machine(), run.Provenance.Program())
	return nil
}

// policy returns how purchases are retried: as SAGALAB_POLICY names it, else as l says.
func (l Lab) policy() (retry.Policy, error) {
	if name := os.Getenv("SAGALAB_POLICY"); name != "" {
		p, err := retry.Named(name)
		if err != nil {
			err = fmt.Errorf("SAGALAB_POLICY: %w", err)
		}
		return p, err
	}
	if l.Policy.MaxAttempts == 0 && l.Policy.AttemptTimeout == 0 {
		return retry.Default(), nil
	}
	return l.Policy, nil
}

// target returns the service with what the environment adds: SAGALAB_AUTHORIZATION
// is sent as the Authorization header and not recorded; SAGALAB_CACERT,
// SAGALAB_CERT and SAGALAB_KEY are files for https (retry.TLSFiles); SAGALAB_TRACEPARENT is
// as Traceparent.
func (l Lab) target() (runner.Target, error) {
	netlog.Quiet()
	policy, unnamed := l.policy()
	endpoint, err := purchase.ParseEndpoint(l.API, l.allowedHosts()...)
	if err != nil {
		return runner.Target{}, errors.Join(err, unnamed)
	}
	header := http.Header{"User-Agent": {"sagalab"}}
	if secret := os.Getenv("SAGALAB_AUTHORIZATION"); secret != "" {
		header.Set("Authorization", secret)
	}
	files := retry.TLSFiles{CACert: os.Getenv("SAGALAB_CACERT"), Cert: os.Getenv("SAGALAB_CERT"), Key: os.Getenv("SAGALAB_KEY")}
	config, err := files.Config()
	adapter, wrong := l.adapter()
	traced, unclear := runner.ParseTraceparent(os.Getenv("SAGALAB_TRACEPARENT"))
	return runner.Target{Endpoint: endpoint, Adapter: adapter, Config: retry.Config{Policy: policy, Header: header, TLS: config}, Traceparent: traced || l.Traceparent},
		errors.Join(err, unnamed, wrong, unclear)
}

// allowedHosts returns the hosts outside this machine that may be addressed.
func (l Lab) allowedHosts() []string {
	allowed := append([]string(nil), l.AllowHosts...)
	for host := range strings.SplitSeq(os.Getenv("SAGALAB_ALLOW_HOST"), ",") {
		if host = strings.TrimSpace(host); host != "" {
			allowed = append(allowed, host)
		}
	}
	return allowed
}

// adapter returns how the service is addressed.
func (l Lab) adapter() (purchase.Adapter, error) {
	answers, err := purchase.AnswersOf(l.Answers)
	switch {
	case err != nil:
		return nil, fmt.Errorf("Lab.Answers: %w", err)
	case isNilPointer(l.Adapter):
		return nil, errors.New("Lab.Adapter is a nil pointer: adapters.Open returns one with an error, which nb.Must(adapters.Open(…)) shows")
	case l.Adapter == nil:
		return purchase.Contract{Answers: answers}, nil
	case answers != nil:
		return nil, fmt.Errorf("Lab.Answers is for services of the contract; what answers mean to %s its method Read says", purchase.NameOf(l.Adapter))
	}
	if err := purchase.CheckMethods(l.Adapter); err != nil {
		return nil, fmt.Errorf("Lab.Adapter: %w", err)
	}
	return l.Adapter, nil
}

// isNilPointer reports whether an adapter is a pointer to nothing.
func isNilPointer(a purchase.Adapter) bool {
	v := reflect.ValueOf(a)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// store returns where runs are kept: the directory in SAGALAB_RUNS, which `sagalab run`
// and `sagalab lab` set, else the one for the notebook's directory.
func (l Lab) store() (runs.Store, error) {
	dir, err := jupyter.RunsDir(".")
	return runs.Store{Dir: dir}, err
}

// sessionVariables are the environment variables that identify this cell's session,
// the first one that is set:
//
//   - SAGALAB_SESSION: `sagalab run` gives each notebook that it executes an id.
//   - GONB_JUPYTER_KERNEL_ID: a kernel of JupyterLab has one, which it keeps when it is
//     restarted. gonb finds it in a connection file named kernel-<hexadecimal>.json,
//     which those of VS Code (kernel-v2-<anything>.json) and of nbclient, and so of
//     nbconvert --execute (<temporary>.json), are not.
//   - GONB_TMP_DIR: every gonb process makes a directory of its own, with a random
//     name; no two can have the same one.
var sessionVariables = []string{"SAGALAB_SESSION", protocol.GONB_JUPYTER_KERNEL_ID_ENV, protocol.GONB_TMP_DIR_ENV}

// session returns the id of what executes this cell. The same notebook may be open twice,
// and several may run headless at once, each with a current run of its own.
func session() (string, error) {
	for _, name := range sessionVariables {
		if value := os.Getenv(name); value != "" {
			return filepath.Base(value), nil
		}
	}
	return "", errors.New("this program runs neither in a gonb kernel nor under `sagalab run`, so that its runs could not be told from those of another: set SAGALAB_SESSION to a name that nothing else uses at the same time")
}

// current is the run that set-up began.
func (l Lab) current() (runs.Run, error) {
	store, err := l.store()
	if err != nil {
		return runs.Run{}, err
	}
	id, err := session()
	if err != nil {
		return runs.Run{}, err
	}
	run, err := store.Current(l.Name, id)
	if errors.Is(err, fs.ErrNotExist) {
		return runs.Run{}, fmt.Errorf("notebook %s has no run yet: run its set-up cell first", l.Name)
	}
	return run, err
}

// Stages returns the newest execution of each stage in the current run, or of the named
// ones, in the order named. Of more than runs.MaxInMemory purchases the rows stay on disk,
// where tables, figures and comparisons read them; Operations and Attempts are empty then,
// and a printed line says so. Rows has them in any case.
func (l Lab) Stages(names ...string) []runs.Stage {
	stages := l.storedStages(names)
	if text := onDiskText(stages); text != "" {
		printf("%s", text)
	}
	return stages
}

// Rows returns stages as Stages does, with all rows in memory, in Operations and Attempts: a
// million purchases take about 700 MB.
func (l Lab) Rows(names ...string) []runs.Stage {
	stages := l.storedStages(names)
	for i, s := range stages {
		in, err := s.ReadRows()
		exitOnError(err)
		stages[i] = in
	}
	return stages
}

// onDiskText is the line on stages whose rows are not in memory, "" without any.
func onDiskText(stages []runs.Stage) string {
	n, rows := 0, int64(0)
	for _, s := range stages {
		if s.OnDisk() {
			n += s.OperationCount()
			rows += runs.RowMemory(s.OperationCount(), s.AttemptCount())
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("The rows of %d purchases stay on disk, where tables, figures and comparisons read them: "+
		"Operations and Attempts are empty, lab.Rows() has them in memory (about %d MB)\n", n, rows/1e6)
}

func (l Lab) storedStages(names []string) []runs.Stage {
	all := read(l, func(r runs.Run) ([]runs.Stage, error) { return r.OpenStages(names...) })
	if len(names) == 0 {
		return all
	}
	chosen := make([]runs.Stage, len(names))
	for i, name := range names {
		at := slices.IndexFunc(all, func(s runs.Stage) bool { return s.Stage == name })
		if at < 0 {
			exitOnError(fmt.Errorf("stage %q has not run in this run: run its cell first", name))
		}
		chosen[i] = all[at]
	}
	return chosen
}

// Cases returns the newest execution of each sequential case in the current run.
func (l Lab) Cases() []runs.Stage { return read(l, runs.Run.OpenCases) }

func read(l Lab, what func(runs.Run) ([]runs.Stage, error)) []runs.Stage {
	run, err := l.current()
	exitOnError(err)
	stages, err := what(run)
	exitOnError(err)
	return stages
}
