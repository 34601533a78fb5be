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
func (c *coordinator) run(ctx context.Context) (runner.SourceResult, error) {
	defer c.endLoad()
	if err := c.prepareAndStart(ctx); err != nil {
		c.stopWorkers(err.Error())
		return runner.SourceResult{}, fmt.Errorf("nothing was sent: %w", err)
	}
	err := c.collect(ctx)
	return c.result(), errors.Join(err, c.recorder.Err, c.lostError())
}

// prepareAndStart enqueues the partitions and sets the common start once all workers are
// ready.
func (c *coordinator) prepareAndStart(ctx context.Context) (err error) {
	text, err := c.plan.encode()
	if err != nil {
		return err
	}
	if c.clock, err = c.db.measureClock(ctx); err != nil {
		return err
	}
	if _, err := c.db.exec(ctx, c.db, `INSERT INTO loads (load_id, plan, phase, reason, start_at, origin, seen_at)
		VALUES (?1, ?2, 'gathering', '', 0, 0, `+c.db.now()+`)`, c.id, text); err != nil {
		return err
	}
	engine, cancel := dbos.WithTimeout(c.engine, openTimeout) // the engine retries without a bound
	defer cancel()
	for n := range c.partitions {
		if _, err := dbos.Enqueue[string](engine, queueName, workflowName, task{c.id, n},
			dbos.WithEnqueueWorkflowID(c.workflowID(n)), dbos.WithEnqueueApplicationVersion(Version)); err != nil {
			return err
		}
	}
	if err := c.awaitReady(ctx); err != nil {
		return err
	}
	var theirs int64
	if err := c.db.QueryRowContext(ctx, `SELECT `+c.db.now()).Scan(&theirs); err != nil {
		return err
	}
	theirs += startDelay.Nanoseconds()
	c.start = c.clock.local(theirs)
	n, err := c.db.exec(ctx, c.db, `UPDATE loads SET phase = 'started', start_at = ?2, origin = ?3 WHERE load_id = ?1 AND phase = 'gathering'`, c.id, theirs, c.start.UnixNano())
	if err == nil && n == 0 {
		err = errVanished
	}
	return err
}

// workflowID is the id of partition n's workflow in the engine.
func (c *coordinator) workflowID(n int) string { return fmt.Sprintf("%s-%d", c.id, n) }

// awaitReady waits until all partitions are claimed and their workers ready. Its error
// has the reasons of the workers that failed to.
func (c *coordinator) awaitReady(ctx context.Context) error {
	for began := time.Now(); ; {
		if err := c.poll(ctx); err != nil {
			return err
		}
		ready, taken := 0, 0
		var troubles []error
		for _, p := range c.partitions {
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
		case ready == len(c.partitions):
			return nil
		case time.Since(began) > c.db.timeouts.readyTimeout:
			return fmt.Errorf("after %v only %d of %d workers were ready, %d had claimed a partition: look at their logs", c.db.timeouts.readyTimeout, ready, len(c.partitions), taken)
		}
		if err := sleep(ctx, pollEvery/2); err != nil {
			return err
		}
	}
}

// collect appends records to the run until every partition has ended or is lost. Its
// error is why this process stopped the load; failures to record are in g.recorder.
func (c *coordinator) collect(ctx context.Context) (stopped error) {
	background := context.WithoutCancel(ctx)
	reached := time.Now() // when the database last answered
	var waiting time.Time // since when nothing was uploaded
	for !c.allOver() {
		before := c.chunksFetched()
		switch err := c.poll(background); {
		case err == nil:
			reached = time.Now()
			if c.chunksFetched() > before {
				waiting = reached
			}
		case errors.Is(err, errVanished):
			if !c.stopped {
				c.stopWorkers(err.Error())
			}
			return errors.Join(stopped, withoutPassword(err, ""))
		case time.Since(reached) > c.db.timeouts.dbOutageMax:
			return errors.Join(stopped, fmt.Errorf("the fleet's database %s was out of reach for %v; what its workers have not uploaded is lost: %w", c.db.name, c.db.timeouts.dbOutageMax, withoutPassword(err, "")))
		default:
			c.resetLiveness()
			waiting = time.Now()
		}
		if !c.stopped {
			if ctx.Err() != nil {
				stopped = context.Cause(ctx)
			}
			if err := cmp.Or(stopped, c.recorder.Err); err != nil {
				c.stopWorkers(err.Error())
				waiting = time.Now()
			}
		}
		if c.stopped && time.Since(waiting) > stopTimeout {
			return errors.Join(stopped, fmt.Errorf("some workers did not end within %v", stopTimeout))
		}
		_ = sleep(background, pollEvery)
	}
	return stopped
}

// chunksFetched counts the chunks that were fetched of all partitions.
func (c *coordinator) chunksFetched() (n int) {
	for _, p := range c.partitions {
		n += p.chunksFetched
	}
	return n
}

// allOver reports whether no partition will deliver any more.
func (c *coordinator) allOver() bool {
	for _, p := range c.partitions {
		if !p.over() {
			return false
		}
	}
	return true
}

// stopWorkers marks the load as stopped, which its workers read every heedStopEvery. While
// the database is out of reach they stop by themselves, after orphanTimeout.
func (c *coordinator) stopWorkers(reason string) {
	c.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), c.db.timeouts.heartbeatTimeout)
	defer cancel()
	_, _ = c.db.exec(ctx, c.db, `UPDATE loads SET phase = 'stopped', reason = ?2 WHERE load_id = ?1 AND phase IN ('gathering', 'started')`, c.id, reason)
	engine, done := dbos.WithTimeout(c.engine, c.db.timeouts.heartbeatTimeout)
	defer done()
	for n, p := range c.partitions {
		if p.phase == "" {
			_ = dbos.CancelWorkflow(engine, c.workflowID(n))
		}
	}
}

// endLoad removes the load from the database, unless records of it may still be in a
// worker's outbox: then Fleet.Collect can add them later.
func (c *coordinator) endLoad() {
	if c.start.IsZero() || c.allOver() && c.lostError() == nil {
		c.deleteLoad()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.db.timeouts.heartbeatTimeout)
	defer cancel()
	_, _ = c.db.exec(ctx, c.db, `UPDATE loads SET phase = 'incomplete' WHERE load_id = ?1 AND phase IN ('started', 'stopped')`, c.id)
}

// deleteLoad removes the load from the database.
func (c *coordinator) deleteLoad() {
	ctx, cancel := context.WithTimeout(context.Background(), c.db.timeouts.heartbeatTimeout)
	defer cancel()
	for _, table := range []string{"parcels", "shares", "loads"} {
		_, _ = c.db.exec(ctx, c.db, `DELETE FROM `+table+` WHERE load_id = ?1`, c.id)
	}
	ids := make([]string, len(c.partitions))
	for n := range ids {
		ids[n] = c.workflowID(n)
	}
	engine, done := dbos.WithTimeout(c.engine, c.db.timeouts.heartbeatTimeout)
	defer done()
	_ = dbos.DeleteWorkflows(engine, ids)
}
