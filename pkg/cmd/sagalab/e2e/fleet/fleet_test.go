package fleet

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/runs"
)

// worker is a worker's process, with what it logs.
type worker struct {
	e2e.Program
	log *e2e.Transcript
}

// startWorkers starts workers of a database until the test ends.
func startWorkers(t *testing.T, db string, n int) (list []worker) {
	t.Helper()
	for i := range n {
		w := worker{e2e.Command(t, "worker", "--name", fmt.Sprint("w", i+1), "--allow-host", "127.0.0.1:*,127.0.0.2:*,127.0.0.3:*"), new(e2e.Transcript)}
		w.Env = append(w.Env, "SAGALAB_FLEET="+db)
		w.Stderr = w.log
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		w.log.Until(t, "has joined the fleet")
		list = append(list, w)
	}
	t.Cleanup(func() {
		for _, w := range list {
			w.Process.Signal(syscall.SIGTERM)
		}
		for _, w := range list {
			w.Wait() // killed ones say so
			if strings.Contains(w.log.String(), "s3cret") {
				t.Errorf("a worker's log has a secret in it:\n%s", w.log)
			}
		}
	})
	return list
}

var counterProgram = sync.OnceValues(func() (path string, err error) { return e2e.Build("counter", "./testdata/counter") })

// counter starts a service that counts purchases, on a loopback address.
func counter(t *testing.T, address string) (api string, count func() int) {
	t.Helper()
	path, err := counterProgram()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, address)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.Wait() })
	line := bufio.NewScanner(out)
	line.Scan()
	return line.Text(), func() int {
		resp, err := http.Get(line.Text() + "/count")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		n, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatalf("GET /count: %q", text)
		}
		return n
	}
}

// TestFleetOfAMillion: four workers send a million purchases while PostgreSQL is
// restarted; every one is recorded once, and the percentiles are those of all rows.
func TestFleetOfAMillion(t *testing.T) {
	t.Parallel()
	const million = 1_000_000
	server := postgres.Start(t)
	db := server.Database(t)
	api, count := counter(t, "127.0.0.2:0")
	startWorkers(t, db, 4)
	p := e2e.Command(t, "load", "--api", api, "--workers", "4", "--stage", fmt.Sprintf("million:%dx200", million), "--attempts", "1")
	p.Env = append(p.Env, "SAGALAB_FLEET="+db)
	var out, log e2e.Transcript
	p.Stdout, p.Stderr = &out, &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	for count() < million/4 && len(ended) == 0 {
		time.Sleep(50 * time.Millisecond)
	}
	server.Restart(t, postgres.Fast)
	if err := <-ended; err != nil {
		t.Fatalf("load: %v\n%s%s", err, &out, &log)
	}
	if n := count(); n != million {
		t.Errorf("the service saw %d purchases, want %d", n, million)
	}
	run := e2e.OnlyRun(t, p)
	o, err := run.Overviews("million")
	if err != nil {
		t.Fatal(err)
	}
	s := o[0].Summary
	if s.Requests != million || s.Success != million || s.Lost != 0 || s.Attempts != million || o[0].Info.State != runs.Complete {
		t.Errorf("stored are %+v, %s; want a million successes", s, o[0].Info.State)
	}
	checkExact(t, run, s)
}

// checkExact computes percentiles from the rows again, and looks for each number.
func checkExact(t *testing.T, run runs.Run, s runs.Summary) {
	t.Helper()
	stages, err := run.Stages()
	if err != nil {
		t.Fatal(err)
	}
	for i := range stages[0].Operations {
		if stages[0].Operations[i].Index != int64(i) {
			t.Fatalf("row %d has the index %d", i, stages[0].Operations[i].Index)
		}
	}
	if again := runs.Summarize(stages[0]); again.P50 != s.P50 || again.P90 != s.P90 || again.P99 != s.P99 || again.Maximum != s.Maximum {
		t.Errorf("percentiles of the rows are %+v, of the merged run %+v", again, s)
	}
}

// TestFleetAuditAfterAKill kills one of four workers with SIGKILL while they load
// the reference service: the count of what is lost is exact, and the audit of the
// merged run finds no rule violated.
func TestFleetAuditAfterAKill(t *testing.T) {
	t.Parallel()
	db := postgres.Shared(t).Database(t)
	workers := startWorkers(t, db, 4)
	// before a share's 500 are through, so that some of the dead worker's are missing
	api := inFrontOf(t, e2e.StartServing(t, "", "--lab").URL, 400, func() { workers[3].Process.Kill() })
	p := e2e.Command(t, "load", "--api", api, "--fixture", "plenty", "--fleet", db, "--stage", "open:200/s@10s", "--audit")
	var out, log e2e.Transcript
	p.Stdout, p.Stderr = &out, &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	err := p.Wait()
	if status := p.ProcessState.ExitCode(); status != 2 {
		t.Errorf("load ended with %v, want status 2\n%s%s", err, &out, &log)
	}
	for _, say := range []string{`worker w4 on .* went silent`, `operations are lost with a worker`} {
		if !regexp.MustCompile(say).MatchString(log.String()) {
			t.Errorf("load does not say %s:\n%s", say, &log)
		}
	}
	if !regexp.MustCompile(`rules hold, 0 violated`).MatchString(out.String()) {
		t.Errorf("the audit says\n%s", &out)
	}
	if strings.Contains(out.String()+log.String(), "postgres://postgres:") {
		t.Errorf("a password was printed\n%s%s", &out, &log)
	}
	s := e2e.RecordedStage(t, e2e.OnlyRun(t, p), "open")
	planned, accounted := 0, 0
	for _, h := range s.WorkerResults {
		planned, accounted = planned+h.Planned, accounted+h.Recorded+h.Dropped+h.Lost
	}
	if planned != 2000 || accounted != planned || s.Lost() == 0 || len(s.Operations) != planned-s.Lost() {
		t.Errorf("%d planned, %d accounted for, %d lost, %d rows", planned, accounted, s.Lost(), len(s.Operations))
	}
}

// inFrontOf is the address of a proxy of a service, which calls do before it passes
// the nth purchase on.
func inFrontOf(t *testing.T, service string, nth int64, do func()) (api string) {
	t.Helper()
	target, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	var purchases atomic.Int64
	pass := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 100},
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, 0), // of clients that are killed
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && purchases.Add(1) == nth {
			do()
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// TestCoordinatorIsKilled kills `load --fleet` with SIGKILL: what it collected is stored, and
// the workers stop by themselves.
func TestCoordinatorIsKilled(t *testing.T) {
	t.Parallel()
	db := postgres.Shared(t).Database(t)
	api, count := counter(t, "127.0.0.3:0")
	workers := startWorkers(t, db, 2)
	p := e2e.Command(t, "load", "--api", api, "--fleet", db, "--stage", "open:200/s@10m")
	var log e2e.Transcript
	p.Stderr = &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	log.UntilAny(t, regexp.MustCompile(`(\d+) success`), func(m []string) bool { n, _ := strconv.Atoi(m[1]); return n >= 200 })
	p.Process.Kill()
	p.Wait()
	for _, w := range workers {
		w.log.Until(t, "the process that collects the load was silent")
		w.log.Until(t, "msg=ended")
	}
	before := count()
	time.Sleep(time.Second)
	if after := count(); after != before || before >= 120_000 { // which are all
		t.Errorf("the service got %d purchases, and %d more after the end", before, after-before)
	}
	s := e2e.RecordedStage(t, e2e.OnlyRun(t, p), "open")
	if s.State != runs.Interrupted || len(s.Operations) < 200 {
		t.Errorf("the run is %s with %d operations, want those that were collected", s.State, len(s.Operations))
	}
}
