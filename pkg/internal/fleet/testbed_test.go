package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/procgroup"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// A copy of this test binary is a worker when these are set.
const (
	childDB   = "SAGALAB_FLEET_TEST_DB"
	childName = "SAGALAB_FLEET_TEST_NAME"
	childDir  = "SAGALAB_FLEET_TEST_DIR"
	// childBytes is how large a file it may write, as if its disk were full then.
	childBytes = "SAGALAB_FLEET_TEST_BYTES"
	// childAllow are its AllowHosts, separated by spaces.
	childAllow = "SAGALAB_FLEET_TEST_ALLOW"
	// childFeed is its feed's file, "" for none.
	childFeed = "SAGALAB_FLEET_TEST_FEED"
	// childTimeouts are its timeouts, as timeouts.env writes them.
	childTimeouts = "SAGALAB_FLEET_TEST_TIMEOUTS"
)

// patient are the timeouts of tests about something else: on a slow machine, too, no
// living process is taken for dead.
var patient = timeouts{heartbeatTimeout: time.Minute, readyTimeout: 5 * time.Minute, dbOutageMax: 5 * time.Minute, orphanTimeout: 5 * time.Minute, deliveryTimeout: 5 * time.Minute}

// patientBut returns patient timeouts, some of which change makes others.
func patientBut(change func(*timeouts)) timeouts {
	c := patient
	change(&c)
	return c
}

// env is the environment entry that gives a child these timeouts.
func (t timeouts) env() string {
	return fmt.Sprintf("%s=%d %d %d %d %d", childTimeouts, t.heartbeatTimeout, t.readyTimeout, t.dbOutageMax, t.orphanTimeout, t.deliveryTimeout)
}

// parallel is how many tests run beside one another, unless a flag says so: they
// wait for processes and clocks much longer than they compute.
const parallel = 8

func TestMain(m *testing.M) {
	defaultTimeouts = patient
	if text := os.Getenv(childTimeouts); text != "" {
		c := &defaultTimeouts
		if _, err := fmt.Sscan(text, &c.heartbeatTimeout, &c.readyTimeout, &c.dbOutageMax, &c.orphanTimeout, &c.deliveryTimeout); err != nil {
			panic(err)
		}
	}
	if db := os.Getenv(childDB); db != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if n, err := strconv.ParseUint(os.Getenv(childBytes), 10, 63); err == nil {
			if err := limitFiles(n); err != nil {
				panic(err)
			}
		}
		name := os.Getenv(childName)
		var feeds []*buyers.Feed
		if path := os.Getenv(childFeed); path != "" {
			feeds = append(feeds, buyers.FeedFile(path))
		}
		err := Work(ctx, WorkerConfig{Feeds: feeds, DB: db, Name: name, Dir: os.Getenv(childDir), AllowHosts: strings.Fields(os.Getenv(childAllow)), Header: http.Header{workerHeader: {name}}},
			func(name string) { fmt.Println("joined", name) })
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if api := os.Getenv(childCoordinates); api != "" {
		if err := coordinate(api); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if api := os.Getenv(childAlone); api != "" {
		if err := beAlone(api, os.Getenv(childName)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if err := postgres.StopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// databases are where the tests have their fleets meet.
var databases = map[string]func(*testing.T) string{
	"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "fleet.db") },
	"postgres": func(t *testing.T) string { return postgres.Shared(t).Database(t) },
}

// child is a worker in a process of its own.
type child struct {
	*exec.Cmd
	name, dir string
	exited    chan struct{}
}

// join starts a worker and waits until it has joined.
func join(t testing.TB, db, name string, env ...string) *child {
	t.Helper()
	return joinAt(t, db, name, t.TempDir(), env...)
}

// joinAt starts a worker that keeps its records in dir, and waits until it has joined.
func joinAt(t testing.TB, db, name, dir string, env ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0]), name: name, dir: dir, exited: make(chan struct{})}
	c.Env = append(os.Environ(), childDB+"="+db, childName+"="+name, childDir+"="+c.dir, childAllow+"=127.0.0.1:*")
	c.Env = append(c.Env, env...)
	group := procgroup.New(c.Cmd)
	group.EndWithParent()
	var log strings.Builder
	c.Stderr = &log
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := group.Start(); err != nil {
		t.Fatal(err)
	}
	line := bufio.NewScanner(out)
	said := line.Scan()
	go func() {
		io.Copy(io.Discard, out)
		c.Wait()
		group.Close()
		close(c.exited)
	}()
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		select {
		case <-c.exited:
		case <-time.After(5 * time.Minute):
			t.Errorf("worker %s does not end", name)
			c.Process.Kill()
			<-c.exited
		}
		if t.Failed() {
			t.Logf("worker %s logged\n%s", name, &log)
		}
		if strings.Contains(log.String(), "DATA RACE") {
			t.Errorf("worker %s has a data race", name)
		}
	})
	if !said {
		<-c.exited
		t.Fatalf("worker %s did not start: %s", name, &log)
	}
	return c
}

// kill ends the worker at once.
func (c *child) kill() {
	c.Process.Kill()
	<-c.exited
}

// workerHeader is the header by which the service tells workers apart.
const workerHeader = "Sagalab-Worker"

// service is a purchase service that remembers what it saw.
type service struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]int // requests by key
	by   map[string]int // requests by worker
	held map[string]*hold
	// answered is when each key was answered
	answered map[string]time.Time
	total    int
	last     time.Time
	delay    time.Duration
	// reached is closed with the at-th request
	at      int
	reached chan struct{}
}

// hold is what a worker sends after some first requests: it is not answered before
// release is called.
type hold struct {
	after    int
	reached  chan struct{} // closed when there is something to hold
	released chan struct{}
}

func (h *hold) release() { close(h.released) }

// holdAfter holds what a worker sends after its first requests.
func (s *service) holdAfter(worker string, requests int) *hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := &hold{requests, make(chan struct{}), make(chan struct{})}
	s.held[worker] = h
	return h
}

func newService(t *testing.T, delay time.Duration, at int) *service {
	s := &service{seen: map[string]int{}, by: map[string]int{}, held: map[string]*hold{}, answered: map[string]time.Time{}, delay: delay, at: at, reached: make(chan struct{})}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == "GET" {
		io.WriteString(w, `{"status":"ok"}`)
		return
	}
	var asked struct {
		Key string `json:"idempotency_key"`
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	s.mu.Lock()
	s.seen[asked.Key]++
	s.total++
	s.last = time.Now()
	if s.total == s.at {
		close(s.reached)
	}
	worker := r.Header.Get(workerHeader)
	s.by[worker]++
	h := s.held[worker]
	if h != nil && s.by[worker] <= h.after {
		h = nil
	} else if h != nil && s.by[worker] == h.after+1 {
		close(h.reached)
	}
	s.mu.Unlock()
	if err != nil {
		w.WriteHeader(400)
		return
	}
	if h != nil {
		select {
		case <-h.released:
		case <-r.Context().Done():
		}
	}
	time.Sleep(s.delay)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"order_id":"o-%s","idempotency_key":%q,"user_id":1,"product_id":1,"quantity":1,"payment_method_id":1,"amount":1000,"status":"CONFIRMED"}`, asked.Key, asked.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered[asked.Key] = time.Now()
}

// requests is how many purchases were asked for; twice how many keys came more
// than once.
func (s *service) requests() (total, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.seen {
		if n > 1 {
			twice++
		}
	}
	return s.total, twice
}

var order = purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}

// testbed is a fleet, a service and a store.
type testbed struct {
	*testing.T
	*service
	db    string
	fleet *Fleet
	run   runs.Run
	to    runner.Target
	watch func(live.Snapshot) // of what was collected, may be nil
}

func newTestbed(t *testing.T, db string, s *service) *testbed {
	t.Helper()
	f, err := Open(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("closing the fleet: %v", err)
		}
	})
	e, err := purchase.ParseEndpoint(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Store{Dir: t.TempDir()}.Create("fleet", e.String())
	if err != nil {
		t.Fatal(err)
	}
	policy := retry.Policy{MaxAttempts: 1, AttemptTimeout: 10 * time.Minute}
	return &testbed{T: t, service: s, db: db, fleet: f, run: run, to: runner.Target{Endpoint: e, Seed: 7, Config: retry.Config{Policy: policy}}}
}

// send has the fleet send a stage, and returns what is stored of it.
func (te *testbed) send(ctx context.Context, text string, workers int) (runs.Stage, error) {
	te.Helper()
	return te.sendOf(ctx, text, workers, order)
}

// sendOf is send with the buyers.
func (te *testbed) sendOf(ctx context.Context, text string, workers int, b purchase.Buyers) (runs.Stage, error) {
	te.Helper()
	stage, err := load.ParseStage(text)
	if err != nil {
		te.Fatal(err)
	}
	n, err := te.fleet.Recruit(ctx, stage, workers)
	if err != nil {
		te.Fatal(err)
	}
	l := runner.Load{Stage: stage, Buyers: b}
	_, sent := l.RecordFrom(ctx, te.run, te.to, te.watch, te.fleet.Source(l, te.to, n))
	stages, err := te.run.Stages()
	if err != nil {
		te.Fatal(err)
	}
	for _, st := range stages {
		if st.Stage == stage.Name {
			return st, sent
		}
	}
	te.Fatalf("stage %s is not stored: %v", stage.Name, sent)
	return runs.Stage{}, nil
}

// delivered waits until a worker has uploaded some of what it recorded.
func (te *testbed) delivered(worker string) {
	for te.Context().Err() == nil {
		var text string
		err := te.fleet.db.QueryRowContext(te.Context(), te.fleet.db.rebind(`SELECT progress FROM shares JOIN workers ON workers.worker_id = shares.worker_id WHERE name = ?1`), worker).Scan(&text)
		if p, wrong := decode[progress](text); err == nil && wrong == nil && p.Records > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// interrupted is how many attempts were cut off, before or after the service saw
// them.
func interrupted(st runs.Stage) (n int) {
	for _, a := range st.Attempts {
		if a.Class == string(retry.Interrupted) {
			n++
		}
	}
	return n
}

// conserved checks that what was planned is recorded, dropped or lost, exactly, and
// that the service saw everything that is recorded, but for what was cut off, and
// nothing twice.
func (te *testbed) conserved(st runs.Stage) {
	te.Helper()
	recorded, planned, dropped, lost := 0, 0, 0, 0
	for _, h := range st.WorkerResults {
		planned, recorded, dropped, lost = planned+h.Planned, recorded+h.Recorded, dropped+h.Dropped, lost+h.Lost
		if h.Planned != h.Recorded+h.Dropped+h.Lost {
			te.Errorf("partition %d planned %d, and recorded %d, dropped %d, lost %d", h.Number, h.Planned, h.Recorded, h.Dropped, h.Lost)
		}
	}
	if planned != st.Report.Planned || recorded != len(st.Operations) || lost != st.Lost() {
		te.Errorf("%d planned of %d, %d recorded of %d in the tables, %d lost of %d", planned, st.Requests, recorded, len(st.Operations), lost, st.Lost())
	}
	total, twice := te.requests()
	if twice > 0 || total < len(st.Attempts)-interrupted(st) || total > len(st.Attempts)+lost {
		te.Errorf("the service saw %d requests, %d keys twice; %d attempts are recorded and %d operations lost", total, twice, len(st.Attempts), lost)
	}
}
