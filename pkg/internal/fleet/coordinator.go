package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
)

// coordinator has workers send one load and collects what they record.
type coordinator struct {
	*Fleet
	id         string
	plan       plan
	stage      load.Stage
	recorder   *runner.Recorder
	partitions []*partitionState

	clock clockOffset // of this machine
	start time.Time   // the common start, by this machine's clock
	lag   load.Histogram
	// stopped is true once this process has stopped the load.
	stopped bool
}

// run sends the load and returns how it was executed.
func (g *coordinator) run(ctx context.Context) (runner.SourceResult, error) {
	defer g.endLoad()
	if err := g.prepareAndStart(ctx); err != nil {
		g.stopWorkers(err.Error())
		return runner.SourceResult{}, fmt.Errorf("nothing was sent: %w", err)
	}
	err := g.collect(ctx)
	return g.result(), errors.Join(err, g.recorder.Err, g.lostError())
}

// prepareAndStart enqueues the partitions and sets the common start once all workers are
// ready.
func (g *coordinator) prepareAndStart(ctx context.Context) (err error) {
	text, err := g.plan.encode()
	if err != nil {
		return err
	}
	if g.clock, err = g.db.measureClock(ctx); err != nil {
		return err
	}
	if _, err := g.db.exec(ctx, g.db, `INSERT INTO loads (load_id, plan, phase, reason, start_at, origin, seen_at)
		VALUES (?1, ?2, 'gathering', '', 0, 0, `+g.db.now()+`)`, g.id, text); err != nil {
		return err
	}
	engine, cancel := dbos.WithTimeout(g.engine, openTimeout) // the engine retries without a bound
	defer cancel()
	for n := range g.partitions {
		if _, err := dbos.Enqueue[string](engine, queueName, workflowName, task{g.id, n},
			dbos.WithEnqueueWorkflowID(g.workflowID(n)), dbos.WithEnqueueApplicationVersion(Version)); err != nil {
			return err
		}
	}
	if err := g.awaitReady(ctx); err != nil {
		return err
	}
	var theirs int64
	if err := g.db.QueryRowContext(ctx, `SELECT `+g.db.now()).Scan(&theirs); err != nil {
		return err
	}
	theirs += startDelay.Nanoseconds()
	g.start = g.clock.local(theirs)
	n, err := g.db.exec(ctx, g.db, `UPDATE loads SET phase = 'started', start_at = ?2, origin = ?3 WHERE load_id = ?1 AND phase = 'gathering'`, g.id, theirs, g.start.UnixNano())
	if err == nil && n == 0 {
		err = errVanished
	}
	return err
}

// workflowID is the id of partition n's workflow in the engine.
func (g *coordinator) workflowID(n int) string { return fmt.Sprintf("%s-%d", g.id, n) }

// awaitReady waits until all partitions are claimed and their workers ready. Its error
// has the reasons of the workers that failed to.
func (g *coordinator) awaitReady(ctx context.Context) error {
	for began := time.Now(); ; {
		if err := g.poll(ctx); err != nil {
			return err
		}
		ready, taken := 0, 0
		var troubles []error
		for _, p := range g.partitions {
			switch p.phase {
			case "ready":
				ready++
				taken++
			case "":
			case "taken":
				taken++
			default:
				troubles = append(troubles, fmt.Errorf("worker %s: %s", p.name, cmp.Or(p.progress.Failure, p.phase)))
			}
		}
		switch {
		case len(troubles) > 0:
			return errors.Join(troubles...)
		case ready == len(g.partitions):
			return nil
		case time.Since(began) > g.db.timeouts.readyTimeout:
			return fmt.Errorf("after %v only %d of %d workers were ready, %d had claimed a partition: look at their logs", g.db.timeouts.readyTimeout, ready, len(g.partitions), taken)
		}
		if err := sleep(ctx, pollEvery/2); err != nil {
			return err
		}
	}
}

// collect appends records to the run until every partition has ended or is lost. Its
// error is why this process stopped the load; failures to record are in g.recorder.
func (g *coordinator) collect(ctx context.Context) (stopped error) {
	background := context.WithoutCancel(ctx)
	reached := time.Now() // when the database last answered
	var waiting time.Time // since when nothing was uploaded
	for !g.allOver() {
		before := g.chunksFetched()
		switch err := g.poll(background); {
		case err == nil:
			reached = time.Now()
			if g.chunksFetched() > before {
				waiting = reached
			}
		case errors.Is(err, errVanished):
			if !g.stopped {
				g.stopWorkers(err.Error())
			}
			return errors.Join(stopped, withoutPassword(err, ""))
		case time.Since(reached) > g.db.timeouts.dbOutageMax:
			return errors.Join(stopped, fmt.Errorf("the fleet's database %s was out of reach for %v; what its workers have not uploaded is lost: %w", g.db.name, g.db.timeouts.dbOutageMax, withoutPassword(err, "")))
		default:
			g.resetLiveness()
			waiting = time.Now()
		}
		if !g.stopped {
			if ctx.Err() != nil {
				stopped = context.Cause(ctx)
			}
			if err := cmp.Or(stopped, g.recorder.Err); err != nil {
				g.stopWorkers(err.Error())
				waiting = time.Now()
			}
		}
		if g.stopped && time.Since(waiting) > stopTimeout {
			return errors.Join(stopped, fmt.Errorf("some workers did not end within %v", stopTimeout))
		}
		_ = sleep(background, pollEvery)
	}
	return stopped
}

// chunksFetched counts the chunks that were fetched of all partitions.
func (g *coordinator) chunksFetched() (n int) {
	for _, p := range g.partitions {
		n += p.chunksFetched
	}
	return n
}

// allOver reports whether no partition will deliver any more.
func (g *coordinator) allOver() bool {
	for _, p := range g.partitions {
		if !p.over() {
			return false
		}
	}
	return true
}

// stopWorkers marks the load as stopped, which its workers read every heedStopEvery. While
// the database is out of reach they stop by themselves, after orphanTimeout.
func (g *coordinator) stopWorkers(reason string) {
	g.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), g.db.timeouts.heartbeatTimeout)
	defer cancel()
	_, _ = g.db.exec(ctx, g.db, `UPDATE loads SET phase = 'stopped', reason = ?2 WHERE load_id = ?1 AND phase IN ('gathering', 'started')`, g.id, reason)
	engine, done := dbos.WithTimeout(g.engine, g.db.timeouts.heartbeatTimeout)
	defer done()
	for n, p := range g.partitions {
		if p.phase == "" {
			_ = dbos.CancelWorkflow(engine, g.workflowID(n))
		}
	}
}

// endLoad removes the load from the database, unless records of it may still be in a
// worker's outbox: then Fleet.Collect can add them later.
func (g *coordinator) endLoad() {
	if g.start.IsZero() || g.allOver() && g.lostError() == nil {
		g.deleteLoad()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.db.timeouts.heartbeatTimeout)
	defer cancel()
	_, _ = g.db.exec(ctx, g.db, `UPDATE loads SET phase = 'incomplete' WHERE load_id = ?1 AND phase IN ('started', 'stopped')`, g.id)
}

// deleteLoad removes the load from the database.
func (g *coordinator) deleteLoad() {
	ctx, cancel := context.WithTimeout(context.Background(), g.db.timeouts.heartbeatTimeout)
	defer cancel()
	for _, table := range []string{"parcels", "shares", "loads"} {
		_, _ = g.db.exec(ctx, g.db, `DELETE FROM `+table+` WHERE load_id = ?1`, g.id)
	}
	ids := make([]string, len(g.partitions))
	for n := range ids {
		ids[n] = g.workflowID(n)
	}
	engine, done := dbos.WithTimeout(g.engine, g.db.timeouts.heartbeatTimeout)
	defer done()
	_ = dbos.DeleteWorkflows(engine, ids)
}
