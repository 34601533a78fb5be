package fleet

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// suffix is the part of a key that a seed decides.
func suffix(key string) string { return key[len("xxxxxxxx-xxxx-"):] }

// TestAFleetsRunIsThatOfOneProcess: three workers send what one process would
// send, purchase by purchase, and it is stored as one run.
func TestAFleetsRunIsThatOfOneProcess(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := database(t)
			for i := range 3 {
				join(t, db, fmt.Sprint("w", i))
			}
			// a cap that all arrivals together stay below, so that none is ever dropped
			for _, text := range []string{"shared:301x30", "each:9x10,each,think=5ms", "open:200/s@2s", "poisson:100..300/s@2s,poisson,cap=3000"} {
				s := newTestbed(t, db, newService(t, time.Millisecond, -1))
				got, err := s.send(t.Context(), text, 0)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				s.conserved(got)
				stage, _ := load.ParseStage(text)
				if _, err := (runner.Load{Stage: stage, Buyers: order}).Run(t.Context(), s.run, s.to, nil); err != nil {
					t.Fatal(err)
				}
				stages, err := s.run.Stages()
				if err != nil {
					t.Fatal(err)
				}
				same(t, got, stages[0])
				if got.State != runs.Complete || len(got.WorkerResults) != 3 || got.Lost() != 0 || got.Report.Started != len(got.Operations) {
					t.Errorf("%s: %s, %d shares, %d lost, %+v; want 3 complete ones", text, got.State, len(got.WorkerResults), got.Lost(), got.Report)
				}
			}
		})
	}
}

// same compares what two executions of a stage have in common, which is the plan.
func same(t *testing.T, fleet, one runs.Stage) {
	t.Helper()
	if len(fleet.Operations) != len(one.Operations) {
		t.Fatalf("%s: the fleet has %d operations, one process %d", fleet.Stage, len(fleet.Operations), len(one.Operations))
	}
	stage, _ := load.ParseStage(fleet.Load)
	began := map[int64]time.Duration{} // how much later than one process each share began
	for i := range fleet.Operations {
		a, b := fleet.Operations[i], one.Operations[i]
		if a.Index != b.Index || suffix(a.Key) != suffix(b.Key) || a.Stage != b.Stage || a.Success != b.Success {
			t.Fatalf("%s: operation %d is %+v, of one process %+v", fleet.Stage, i, a, b)
		}
		// the same place in the schedule, wherever the start of its share was
		at, want := a.ScheduledTS.Sub(fleet.Started), b.ScheduledTS.Sub(one.Started)
		share := a.Index % int64(len(fleet.WorkerResults))
		if _, known := began[share]; !known {
			began[share] = at - want
		}
		if d := (at - want - began[share]).Abs(); stage.Open() && d > time.Microsecond {
			t.Fatalf("%s: operation %d was due after %v, with one process after %v; its share began %v later", fleet.Stage, i, at, want, began[share])
		}
	}
}

// TestUsersComeAndGoInAFleet: how many operations ramping users run is not planned, but
// all of them are recorded, and no user or number twice.
func TestUsersComeAndGoInAFleet(t *testing.T) {
	t.Parallel()
	db := databases["postgres"](t)
	for i := range 2 {
		join(t, db, fmt.Sprint("w", i))
	}
	s := newTestbed(t, db, newService(t, 5*time.Millisecond, -1))
	got, err := s.send(t.Context(), "ramp:0..9u@1s,9u@5s,think=10ms", 2)
	if err != nil {
		t.Fatal(err)
	}
	users, index := map[int64]bool{}, map[int64]bool{}
	for _, op := range got.Operations {
		users[op.VirtualUser], index[op.Index] = true, true
	}
	total, twice := s.requests()
	if len(users) != 9 || len(index) != len(got.Operations) || total != len(got.Attempts) || twice != 0 || got.Lost() != 0 {
		t.Errorf("%d users and %d numbers for %d operations, the service saw %d, %d twice, %d lost; want 9 users, each operation once",
			len(users), len(index), len(got.Operations), total, twice, got.Lost())
	}
}

// TestKilledWorker kills one of four workers once it has delivered something, and
// while it still waits for answers: the others go on, it is named, and everything is
// accounted for.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := database(t)
			var workers []*child
			for i := range 4 {
				workers = append(workers, join(t, db, fmt.Sprint("w", i)))
			}
			s := newTestbed(t, db, newService(t, 2*time.Millisecond, -1))
			s.fleet.db.timeouts.heartbeatTimeout = 15 * time.Second
			const answered = 50 // of the worker's 300
			held := s.holdAfter("w2", answered)
			go func() {
				s.delivered("w2")
				workers[2].kill()
				held.release()
			}()
			got, err := s.send(t.Context(), "open:300/s@4s", 4)
			var lost *runner.LostError
			if !errors.As(err, &lost) {
				t.Fatalf("the load ended with %v, want that something is lost", err)
			}
			t.Log(err)
			s.conserved(got)
			if lost.Lost < 300-answered || lost.Lost != got.Lost() || lost.Lost >= 300 || got.State != runs.Interrupted {
				t.Errorf("%d operations of 300 are lost, stored are %d, state %s", lost.Lost, got.Lost(), got.State)
			}
			for _, h := range got.WorkerResults {
				if dead := h.Worker == "w2"; dead != (h.Lost > 0) || dead != (h.Detail != "") {
					t.Errorf("share %d of worker %s lost %d: %q", h.Number, h.Worker, h.Lost, h.Detail)
				}
				if h.Worker == "w2" && h.Recorded == 0 {
					t.Error("nothing of what the dead worker recorded is kept")
				}
			}
			// it is over for good: the next load has three workers, and nothing is re-run
			before, _ := s.requests()
			all, err := s.fleet.Members(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n, err := countFree(all, 0, db); n != 3 || err != nil {
				t.Errorf("%d workers are free afterwards, %v; want 3", n, err)
			}
			join(t, db, "w2") // comes back, and must not take its share up again
			time.Sleep(time.Second)
			if after, twice := s.requests(); after != before || twice != 0 {
				t.Errorf("the service got %d more requests after the end, %d twice", after-before, twice)
			}
		})
	}
}

// TestPostgresRestartsAmid restarts the database in the middle of a load, once in
// order and once as in a crash: nothing is lost.
func TestPostgresRestartsAmid(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]postgres.Mode{"fast": postgres.Fast, "immediate": postgres.Immediate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := postgres.Start(t)
			db := server.Database(t)
			for i := range 3 {
				join(t, db, fmt.Sprint("w", i))
			}
			s := newTestbed(t, db, newService(t, 2*time.Millisecond, 500))
			restarted := make(chan struct{})
			go func() {
				defer close(restarted)
				<-s.reached
				server.Stop(t, mode)
				time.Sleep(2 * time.Second)
				server.Begin(t)
			}()
			got, err := s.send(t.Context(), "open:300/s@6s", 3)
			<-restarted
			if err != nil {
				t.Fatal(err)
			}
			s.conserved(got)
			if got.Lost() != 0 || len(got.Operations) != 1800 {
				t.Errorf("%d operations are recorded and %d lost, want 1800 and none", len(got.Operations), got.Lost())
			}
		})
	}
}

// TestStoppedLoad: an interrupt stops every worker, and what they recorded is collected.
func TestStoppedLoad(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := database(t)
			for i := range 3 {
				join(t, db, fmt.Sprint("w", i))
			}
			s := newTestbed(t, db, newService(t, time.Millisecond, 500))
			ctx, cancel := context.WithCancelCause(t.Context())
			var stopped time.Time
			go func() {
				<-s.reached
				stopped = time.Now()
				cancel(runner.ErrInterrupted)
			}()
			got, err := s.send(ctx, "open:300/s@60s", 0)
			if !errors.Is(err, runner.ErrInterrupted) {
				t.Fatalf("the load ended with %v, want the interrupt", err)
			}
			total, twice := s.requests()
			t.Logf("the last request came %v after the interrupt, all was collected after %v", s.last.Sub(stopped), time.Since(stopped))
			if total > len(got.Attempts) || total < len(got.Attempts)-interrupted(got) || twice != 0 || got.State != runs.Interrupted || total >= 300*60 {
				t.Errorf("%d attempts are recorded, the service saw %d, %d twice; state %s", len(got.Attempts), total, twice, got.State)
			}
			if got.Lost() != 0 || got.Report.Started != len(got.Operations) {
				t.Errorf("%d of %d started operations are recorded, %d lost", len(got.Operations), got.Report.Started, got.Lost())
			}
		})
	}
}
