package fleet

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestStoppedWorker takes one worker out in order: what it recorded is collected, and
// what it had still to send is named as missing.
func TestStoppedWorker(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t)
	workers := []*child{join(t, db, "w0"), join(t, db, "w1")}
	s := newTestbed(t, db, newService(t, 2*time.Millisecond, -1))
	held := s.holdAfter("w1", 100) // so that it is not through before it is stopped
	go func() {
		<-held.reached
		workers[1].Process.Signal(syscall.SIGTERM)
	}()
	got, err := s.send(t.Context(), "open:200/s@4s", 2)
	var lost *runner.LostError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), errStopping.Error()) {
		t.Fatalf("the load ended with %v, want that a worker was stopped", err)
	}
	s.conserved(got)
	for _, h := range got.WorkerResults {
		if h.Worker == "w1" && h.Recorded != h.Started {
			t.Errorf("the stopped worker started %d and delivered %d", h.Started, h.Recorded)
		}
	}
}

// TestFullDiskOfAWorker: it cannot keep what it measures, so it stops sending; what
// it had kept is collected.
func TestFullDiskOfAWorker(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t)
	join(t, db, "w0")
	join(t, db, "small", childBytes+"=40000")
	s := newTestbed(t, db, newService(t, time.Millisecond, -1))
	got, err := s.send(t.Context(), "open:200/s@5s", 2)
	var lost *runner.LostError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "worker small") || !strings.Contains(err.Error(), "file too large") {
		t.Fatalf("the load ended with %v, want that the worker's disk is full", err)
	}
	s.conserved(got)
	for _, h := range got.WorkerResults {
		if small := h.Worker == "small"; small != (h.Lost > 0) || h.Recorded == 0 {
			t.Errorf("partition %d of %s: recorded %d, lost %d", h.Number, h.Worker, h.Recorded, h.Lost)
		}
	}
}

// TestRefusals: what is wrong, and with which worker, is an error before anything is sent.
func TestRefusals(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t)
	join(t, db, "w0")
	join(t, db, "w1")
	s := newTestbed(t, db, newService(t, 0, -1))
	ten, _ := load.ParseStage("x:100x10")
	t.Run("too few", func(t *testing.T) {
		_, err := s.fleet.Recruit(t.Context(), ten, 3)
		if err == nil || !strings.Contains(err.Error(), "2 workers of") || !strings.Contains(err.Error(), "want 3") {
			t.Errorf("Recruit = %v, want that 2 are there", err)
		}
	})
	t.Run("others do not count", func(t *testing.T) {
		now := s.fleet.db.now()
		for _, row := range []string{
			`('a', 'old', 'fleet-0', 'h', 2, ` + now + `, ` + now + `)`,
			`('b', 'gone', '` + Version + `', 'h', 2, 0, ` + now + ` - 3600000000000)`,
		} {
			if _, err := s.fleet.db.exec(t.Context(), s.fleet.db, `INSERT INTO workers (worker_id, name, version, host, cores, joined_at, seen_at) VALUES `+row); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.fleet.Recruit(t.Context(), ten, 3)
		for _, want := range []string{"old on h has protocol version fleet-0, this program " + Version + ": stop that worker and start it from the same build", "gone on h sent its last heartbeat 1h0m"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Recruit = %v, want %q in it", err, want)
			}
		}
		if n, err := s.fleet.Recruit(t.Context(), ten, 0); n != 2 || err != nil {
			t.Errorf("Recruit(0) = %d, %v; want the 2 that count", n, err)
		}
	})
	t.Run("not enough to do", func(t *testing.T) {
		one, _ := load.ParseStage("x:100x1")
		if _, err := s.fleet.Recruit(t.Context(), one, 2); err == nil || !strings.Contains(err.Error(), "among 1 processes at most") {
			t.Errorf("Recruit = %v, want that it says each needs a user and an operation", err)
		}
		if n, err := s.fleet.Recruit(t.Context(), one, 0); n != 1 || err != nil {
			t.Errorf("Recruit(0) = %d, %v; want 1", n, err)
		}
	})
	t.Run("unreachable service", func(t *testing.T) {
		to := s.to
		to.Endpoint, _ = purchase.ParseEndpoint("http://127.0.0.1:9")
		s.refused(t, to, ten, "worker w", "from this worker", "is unreachable", "refused")
	})
	t.Run("a host that a worker's owner does not allow", func(t *testing.T) {
		to := s.to
		to.Endpoint, _ = purchase.ParseEndpoint("http://shop.example", "shop.example")
		s.refused(t, to, ten, "worker w", "shop.example is not on this machine")
	})
	if total, _ := s.requests(); total != 0 {
		t.Errorf("the service got %d requests", total)
	}
}

// refused has a stage refused with all of the words.
func (te *testbed) refused(t *testing.T, to runner.Target, stage load.Stage, words ...string) {
	t.Helper()
	l := runner.Load{Stage: stage, Buyers: order}
	_, err := l.RecordFrom(t.Context(), te.run, to, nil, te.fleet.Source(l, to, 2))
	for _, want := range append(words, "nothing was sent") {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the load ended with %v, want %q in it", err, want)
		}
	}
}

// TestNoWorkerClaims: the wait for workers that claim nothing is bounded.
func TestNoWorkerClaims(t *testing.T) {
	t.Parallel()
	s := newTestbed(t, databases["postgres"](t), newService(t, 0, -1))
	s.fleet.db.timeouts.readyTimeout = time.Second
	s.refused(t, s.to, load.Stage{Name: "x", Requests: 10, VUs: 2}, "only 0 of 2 workers were ready")
}

// TestCoordinatorDies: without a coordinator the worker stops by itself, with everything
// uploaded that it recorded.
func TestCoordinatorDies(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t)
	// a worker uploads one or two chunks a second, and none are fetched here: a longer timeout would reach maxChunks
	join(t, db, "w0", patientBut(func(c *timeouts) { c.heartbeatTimeout = 3 * time.Second }).env())
	s := newTestbed(t, db, newService(t, time.Millisecond, 300))
	stage, _ := load.ParseStage("open:100/s@10m")
	g := &coordinator{Fleet: s.fleet, id: "dead", stage: stage, recorder: runner.NewRecorder(func(runner.Batch) error { return nil }),
		partitions: []*partitionState{{Partition: load.Partition{Of: 1}}},
		plan:       plan{API: s.URL, Stage: stage.String(), Order: &order, Policy: s.to.Config.Policy, Seed: 1, Partitions: 1}}
	if err := g.prepareAndStart(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.reached // and nothing is polled from now on
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var phase, text string
		if err := s.fleet.db.QueryRowContext(t.Context(), s.fleet.db.rebind(`SELECT phase, progress FROM shares WHERE load_id = ?1`), "dead").Scan(&phase, &text); err != nil {
			t.Fatal(err)
		}
		if phase == "ended" {
			if p, err := decode[progress](text); err != nil || !strings.HasPrefix(p.Failure, errCoordinatorSilent.Error()) || p.Records != p.Started {
				t.Errorf("the partition ended with %+v, %v; want a silent coordinator as the reason, and all uploaded", p, err)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the partition is still %s", phase)
		}
	}
}

// TestDatabaseGoesAwayForGood: the coordinator keeps what it collected and gives up; the
// worker stops sending and keeps its records on its disk.
func TestDatabaseGoesAwayForGood(t *testing.T) {
	t.Parallel()
	server := postgres.Start(t)
	db := server.Database(t)
	w := join(t, db, "w0", patientBut(func(c *timeouts) { c.orphanTimeout, c.deliveryTimeout = 2*time.Second, 2*time.Second }).env())
	s := newTestbed(t, db, newService(t, time.Millisecond, -1))
	away := false
	s.watch = func(now live.Snapshot) {
		if away || now.Done < 200 {
			return
		}
		away = true
		server.Stop(t, postgres.Immediate)
		s.fleet.db.timeouts = patientBut(func(c *timeouts) { c.heartbeatTimeout, c.dbOutageMax = 2*time.Second, 4*time.Second })
	}
	got, err := s.send(t.Context(), "open:100/s@10m", 1)
	if err == nil || !strings.Contains(err.Error(), "was out of reach for") {
		t.Fatalf("the load ended with %v, want that the database was away", err)
	}
	if total, _ := s.requests(); len(got.Operations) < 200 || total >= 60_000 || got.State == runs.Complete {
		t.Errorf("%d operations were collected, the service saw %d requests, state %s", len(got.Operations), total, got.State)
	}
	kept, err := filepath.Glob(filepath.Join(w.dir, "*.bin"))
	if err != nil || len(kept) != 1 {
		t.Errorf("the worker keeps %v, want its journal", kept)
	}
}

// TestBadDatabases are refused with a sentence that has no password in it.
func TestBadDatabases(t *testing.T) {
	t.Parallel()
	server := postgres.Shared(t)
	other := server.Database(t)
	wrong := strings.Replace(other, "@", "s3cret@", 1)
	for _, tt := range []struct{ db, want string }{
		{"", "a fleet needs a database"},
		{"mysql://root:s3cret@h/x", "is not the database of a fleet"},
		{"postgres://u:s3cret@127.0.0.1:1/x?connect_timeout=2", "127.0.0.1:1"},
		{"postgres://u:s3cret@h:port/x", "postgres"},
		{wrong, "password authentication failed"},
		{filepath.Join(t.TempDir(), "fleet.db"), "there is no fleet database"},
	} {
		f, err := Open(t.Context(), tt.db, slog.New(slog.DiscardHandler))
		if err == nil {
			f.Close()
			t.Errorf("%s was accepted", tt.db)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Open(%s) = %v, want %q and no password", tt.db, err, tt.want)
		}
	}
}

// TestWorkerInBadPlace: a worker needs a path at which it can make the database.
func TestWorkerInBadPlace(t *testing.T) {
	t.Parallel()
	notes := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(notes, []byte("dear diary, this is no database at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	for db, want := range map[string]string{
		filepath.Join(t.TempDir(), "missing", "fleet.db"): "name a file in a directory that can be written to",
		notes: "file is not a database",
	} {
		err := Work(t.Context(), WorkerConfig{DB: db}, func(string) { t.Errorf("a worker joined in %s", db) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a worker of %s: %v, want %q", db, err, want)
		}
	}
}

// TestClockIsMeasured: the offset that was put between two clocks is found, to
// within the error that is stated.
func TestClockIsMeasured(t *testing.T) {
	t.Parallel()
	db, err := openDatabase(t.Context(), postgres.Shared(t).Database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	s, err := db.measureClock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// the server is on this machine, so that the truth is 0
	if s.offset.Abs() > s.bound || s.bound <= 0 {
		t.Errorf("the clock of the same machine is ahead by %v ± %v", s.offset, s.bound)
	}
	at := time.Now().Truncate(time.Microsecond)
	if got := (clockOffset{offset: time.Minute}).local(at.UnixNano()); !got.Equal(at.Add(time.Minute)) {
		t.Errorf("the database's %v is %v on a clock that is a minute ahead, want %v", at, got, at.Add(time.Minute))
	}
}

func TestPasswordsAreRemoved(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{
		"postgres://u:pass@h:5432/db?sslmode=require": "postgres://h:5432/db",
		"/var/lib/fleet.db":                           "/var/lib/fleet.db",
		"postgres://u:p%zz@h/db":                      "postgres://…@h/db",
	} {
		if got := addressWithoutPassword(where); got != want {
			t.Errorf("addressWithoutPassword(%s) = %s, want %s", where, got, want)
		}
	}
	for text, where := range map[string]string{
		"dial postgres://u:pa55@h failed":      "",
		"cannot parse user=u password=pa55 x":  "",
		"server said pa55 is wrong":            "postgres://u:pa55@h/db",
		"parse \"postgres://u:pa55@h:port/x\"": "postgres://u:pa55@h:port/x",
	} {
		if got := withoutPassword(fmt.Errorf("%s", text), where).Error(); strings.Contains(got, "pa55") {
			t.Errorf("withoutPassword(%q) = %q", text, got)
		}
	}
}

// TestStartTogether: processes that open an empty database at the same time all succeed.
func TestStartTogether(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 5 {
				db := database(t)
				var wg sync.WaitGroup
				for range 6 {
					wg.Go(func() {
						if err := Migrate(t.Context(), db, slog.New(slog.DiscardHandler)); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
			}
		})
	}
}
