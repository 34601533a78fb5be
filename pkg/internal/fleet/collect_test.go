package fleet

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/procgroup"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// A copy of this test binary coordinates a load when these are set: against an API, with a
// stage, into a store, under a load id.
const (
	childCoordinates = "SAGALAB_FLEET_TEST_COORDINATES"
	childStage       = "SAGALAB_FLEET_TEST_STAGE"
	childStore       = "SAGALAB_FLEET_TEST_STORE"
	childLoad        = "SAGALAB_FLEET_TEST_LOAD"
)

// coordinate sends a load as `sagalab load --fleet` does.
func coordinate(api string) error {
	f, err := Open(context.Background(), os.Getenv(childWhere), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer f.Close()
	stage, err := load.ParseStage(os.Getenv(childStage))
	if err != nil {
		return err
	}
	e, err := purchase.ParseEndpoint(api)
	if err != nil {
		return err
	}
	n, err := f.Recruit(context.Background(), stage, 0)
	if err != nil {
		return err
	}
	run, err := runs.Store{Dir: os.Getenv(childStore)}.Create("load", api)
	if err != nil {
		return err
	}
	to := runner.Target{Endpoint: e, Seed: 7, Config: retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 10 * time.Second}}}
	l := runner.Load{Stage: stage, Buyers: order, LoadID: os.Getenv(childLoad)}
	_, err = l.RecordFrom(context.Background(), run, to, nil, f.Source(l, to, n))
	return err
}

// childWhere is the database of a child that coordinates.
const childWhere = "SAGALAB_FLEET_TEST_WHERE"

// quick are the timeouts of tests that kill: short, and still longer than the pauses of a
// loaded machine.
var quick = timeouts{heartbeatTimeout: 3 * time.Second, readyTimeout: 30 * time.Second, dbOutageMax: 20 * time.Second, orphanTimeout: 10 * time.Second, deliveryTimeout: 10 * time.Second}

var (
	kills    = flag.Int("kills", 3, "how many fleets TestKillsAreAccountedFor kills")
	killSeed = flag.Uint64("seed", 1, "seed of TestKillsAreAccountedFor")
)

// killTotals sums what a series of kills left.
type killTotals struct {
	mu                               sync.Mutex
	fleets, coordinators, workers    int
	planned, recorded, dropped, lost int
	collected, answeredButLost       int
}

// TestKillsAreAccountedFor kills workers and coordinators with SIGKILL at random moments and
// collects what they left: planned = recorded + dropped + lost, by the rows on disk, nothing
// is sent or counted twice, and what the service answered 0.5 s before the kill is not
// lost. With -args -kills 30 it kills 30 fleets.
func TestKillsAreAccountedFor(t *testing.T) {
	var total killTotals
	limit := make(chan struct{}, 3) // at once
	var all sync.WaitGroup
	for i := range *kills {
		all.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			t.Run(fmt.Sprintf("seed=%d,kill=%d", *killSeed, i), func(t *testing.T) { killAndCollect(t, i, &total) })
		})
	}
	all.Wait()
	t.Logf("%d fleets killed (%d coordinators, %d workers): %d planned = %d recorded + %d dropped + %d lost; %d came home by collecting, %d answered 0.5 s before the kill are lost",
		total.fleets, total.coordinators, total.workers, total.planned, total.recorded, total.dropped, total.lost, total.collected, total.answeredButLost)
	if total.planned != total.recorded+total.dropped+total.lost {
		t.Error("the sum is not exact")
	}
}

// killAndCollect kills one fleet. Of three kills the first hits the coordinator, the second
// one or more workers, the third both.
func killAndCollect(t *testing.T, i int, total *killTotals) {
	random := rand.New(rand.NewPCG(*killSeed, uint64(i)))
	where := []string{"sqlite", "postgres"}[i/3%2]
	db := databases[where](t)
	s := newService(t, time.Duration(1+random.IntN(20))*time.Millisecond, -1)
	const workers, planned = 3, 900
	stage := []string{"open:300/s@3s,cap=60", "open:300/s@3s,cap=3", "shared:900x12,think=30ms", "each:75x12,each,think=30ms"}[random.IntN(4)]
	var children []*child
	var dirs []string
	for n := range workers {
		children = append(children, join(t, db, fmt.Sprint("w", n), quick.env()))
		dirs = append(dirs, children[n].dir)
	}
	store, id := runs.Store{Dir: t.TempDir()}, runner.NewLoadID()
	coordinator := startCoordinator(t, db, s.URL, stage, store, id)
	time.Sleep(time.Duration(random.Int64N(int64(4500 * time.Millisecond))))
	killed := time.Now()
	if i%3 != 1 {
		coordinator.kill()
	}
	dead := 0
	if i%3 != 0 {
		dead = 1 + random.IntN(workers-1)
		for _, c := range children[:dead] {
			c.kill()
		}
	}
	<-coordinator.exited
	outboxes := dirs
	if random.IntN(2) == 0 { // the workers come back instead, and deliver what they kept
		outboxes = nil
		for n, c := range children[:dead] {
			joinAt(t, db, fmt.Sprint("w", n, "again"), c.dir, quick.env())
		}
	}
	report := collectWhenSilent(t, db, store, id, outboxes...)
	again := collectWhenSilent(t, db, store, id, outboxes...)
	t.Logf("%s, %s, %d of %d workers killed, coordinator %v: %d planned = %d recorded + %d dropped + %d lost, %d by collecting; %q", where, stage, dead, workers, i%3 != 1, report.Planned, report.Recorded, report.Dropped, report.Lost, report.New, report.Notes)
	if again.Recorded != report.Recorded || again.Lost != report.Lost || again.Dropped != report.Dropped || again.Planned != report.Planned || again.New != 0 || again.Run.ID != report.Run.ID {
		t.Errorf("collected twice it is %+v, before %+v", again, report)
	}
	rows, unaccounted := s.check(t, store, report, killed, planned)
	total.mu.Lock()
	defer total.mu.Unlock()
	total.fleets, total.workers = total.fleets+1, total.workers+dead
	if i%3 != 1 {
		total.coordinators++
	}
	total.planned, total.recorded, total.dropped, total.lost = total.planned+planned, total.recorded+rows, total.dropped+report.Dropped, total.lost+report.Lost
	total.collected, total.answeredButLost = total.collected+report.New, total.answeredButLost+unaccounted
}

// collectWhenSilent collects a load as soon as that is allowed.
func collectWhenSilent(t *testing.T, db string, store runs.Store, id string, outboxes ...string) Collected {
	t.Helper()
	f, err := Open(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.db.timeouts = quick
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		report, err := f.Collect(t.Context(), store, id, outboxes...)
		if errors.Is(err, ErrLoadActive) && time.Since(began) < time.Minute {
			continue
		}
		if err != nil {
			if _, executions, _ := store.FindLoad(id); len(executions) == 0 { // it was killed before it made the load
				return Collected{LoadID: id, Planned: 900, Lost: 900}
			}
			t.Fatal(err)
		}
		return report
	}
}

// check compares what the run has with what the service saw. It returns how many rows there
// are, and how many operations are missing that were answered 0.5 s before the kill.
func (s *service) check(t *testing.T, store runs.Store, report Collected, killed time.Time, planned int) (rows, missing int) {
	t.Helper()
	_, executions, err := store.FindLoad(report.LoadID)
	if err != nil {
		t.Fatal(err)
	}
	recorded := map[string]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(executions); n > 0 {
		for _, op := range executions[n-1].Operations {
			if recorded[op.Key] {
				t.Errorf("key %s is recorded twice", op.Key)
			}
			recorded[op.Key] = true
			if op.Success && s.seen[op.Key] == 0 {
				t.Errorf("key %s is recorded, and the service never saw it", op.Key)
			}
		}
		if rows = len(executions[n-1].Operations); len(executions[n-1].Attempts) != rows {
			t.Errorf("%d attempts of %d operations are recorded", len(executions[n-1].Attempts), rows)
		}
	}
	unrecorded := 0
	for key, n := range s.seen {
		if n > 1 {
			t.Errorf("key %s was sent %d times", key, n)
		}
		if !recorded[key] {
			unrecorded++
		}
	}
	for key, at := range s.answered {
		if !recorded[key] && at.Before(killed.Add(-500*time.Millisecond)) {
			missing++
		}
	}
	if missing > 0 || rows != report.Recorded || report.Planned != planned || planned != rows+report.Dropped+report.Lost || unrecorded > report.Lost {
		t.Errorf("%d rows, %d answered 0.5 s before the kill are missing, the service saw %d more than are recorded; the collection says %+v", rows, missing, unrecorded, report)
	}
	return rows, missing
}

// startCoordinator starts a process that sends a load.
func startCoordinator(t *testing.T, db, api, stage string, store runs.Store, id string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0]), name: "coordinator", exited: make(chan struct{})}
	c.Env = append(os.Environ(), quick.env(), childCoordinates+"="+api, childStage+"="+stage, childStore+"="+store.Dir, childLoad+"="+id, childWhere+"="+db)
	group := procgroup.New(c.Cmd)
	group.EndWithParent()
	if err := group.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		c.Wait()
		group.Close()
		close(c.exited)
	}()
	t.Cleanup(c.kill)
	return c
}

// coordinatorOf returns a coordinator whose plan names an address that was not checked.
func (te *testbed) coordinatorOf(api string) *coordinator {
	stage, err := load.ParseStage("x:10x2")
	if err != nil {
		te.Fatal(err)
	}
	return &coordinator{Fleet: te.fleet, id: runner.NewLoadID(), stage: stage, recorder: runner.NewRecorder(func(runner.Batch) error { return nil }),
		partitions: []*partitionState{{Partition: load.Partition{Of: 1}, planned: 10}},
		plan:       plan{API: api, Stage: stage.String(), Order: &order, Policy: te.to.Config.Policy, Seed: 1, Partitions: 1}}
}

// TestVanishedLoad: a coordinator whose load, partitions, or tables are gone ends with an
// error that says so, and the workers stop.
func TestVanishedLoad(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do   string
		want string
	}{
		"load":      {`DELETE FROM loads`, "its load's row was deleted"},
		"partition": {`DELETE FROM shares WHERE number = 1`, "partition 2 of 2"},
		"tables":    {`DROP SCHEMA sagalab_fleet CASCADE`, "vanished"},
		"engine":    {`DROP SCHEMA sagalab_fleet CASCADE; DROP SCHEMA sagalab_fleet_engine CASCADE`, "vanished"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databases["postgres"](t)
			for i := range 2 {
				join(t, db, fmt.Sprint("w", i), patientBut(func(c *timeouts) {
					c.orphanTimeout, c.deliveryTimeout, c.heartbeatTimeout = 2*time.Second, 2*time.Second, 5*time.Second
				}).env())
			}
			s := newTestbed(t, db, newService(t, time.Millisecond, 100))
			s.fleet.db.timeouts = quick
			var at time.Time
			go func() {
				<-s.reached
				at = time.Now()
				if _, err := s.fleet.db.ExecContext(context.Background(), tt.do); err != nil {
					t.Error(err)
				}
			}()
			got, err := s.send(t.Context(), "open:100/s@10m", 2)
			if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(tt.want, "its ")) || !errors.Is(err, errVanished) {
				t.Errorf("the load ended with %v, want %q", err, tt.want)
			}
			if after := time.Since(at); after > quick.dbOutageMax {
				t.Errorf("it ended after %v, want at most %v", after, quick.dbOutageMax)
			}
			if got.State == runs.Complete {
				t.Error("the run is complete")
			}
			t.Logf("after %v: %v", time.Since(at).Round(time.Millisecond), err)
		})
	}
}
