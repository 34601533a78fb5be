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

const (
	// pollEvery is how often parcels are fetched, and how often whoever gathers says
	// that it lives.
	pollEvery = 200 * time.Millisecond
	// startIn is how long before the agreed start it is agreed on: workers look every
	// 50 ms.
	startIn = time.Second
	// endWait is how long workers may be without a word after a load was stopped.
	endWait = 30 * time.Second
)

// gathering is a load that is being gathered.
type gathering struct {
	*Fleet
	id     string
	plan   plan
	stage  load.Stage
	keeper *runner.Keeper
	shares []*part

	skew  skew      // of this machine's clock
	start time.Time // the agreed one, by this machine's clock
	lag   load.Histogram
	// stopped says that the load was ended from here.
	stopped bool
}

func (g *gathering) run(ctx context.Context) (runner.Ended, error) {
	defer g.forget()
	if err := g.begin(ctx); err != nil {
		g.stop(err.Error())
		return runner.Ended{}, fmt.Errorf("nothing was sent: %w", err)
	}
	err := g.follow(ctx)
	return g.ended(), errors.Join(err, g.keeper.Err, g.lost())
}

// begin has the shares taken and agrees on a start once all are ready.
func (g *gathering) begin(ctx context.Context) (err error) {
	text, err := g.plan.encode()
	if err != nil {
		return err
	}
	if g.skew, err = g.db.measure(ctx); err != nil {
		return err
	}
	if _, err := g.db.exec(ctx, g.db, `INSERT INTO loads (load_id, plan, phase, reason, start_at, origin, seen_at)
		VALUES (?1, ?2, 'gathering', '', 0, 0, `+g.db.now()+`)`, g.id, text); err != nil {
		return err
	}
	engine, cancel := dbos.WithTimeout(g.engine, openWait) // it would try again for ever
	defer cancel()
	for n := range g.shares {
		if _, err := dbos.Enqueue[string](engine, queueName, workflowName, task{g.id, n},
			dbos.WithEnqueueWorkflowID(g.workflow(n)), dbos.WithEnqueueApplicationVersion(Version)); err != nil {
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
	theirs += startIn.Nanoseconds()
	g.start = g.skew.here(theirs)
	_, err = g.db.exec(ctx, g.db, `UPDATE loads SET phase = 'started', start_at = ?2, origin = ?3 WHERE load_id = ?1`, g.id, theirs, g.start.UnixNano())
	return err
}

func (g *gathering) workflow(n int) string { return fmt.Sprintf("%s-%d", g.id, n) }

// awaitReady waits until all shares are taken and their workers ready, and ends
// with the reasons of those that are not.
func (g *gathering) awaitReady(ctx context.Context) error {
	for began := time.Now(); ; {
		if err := g.poll(ctx); err != nil {
			return err
		}
		ready, taken := 0, 0
		var troubles []error
		for _, p := range g.shares {
			switch p.phase {
			case "ready":
				ready++
				taken++
			case "":
			case "taken":
				taken++
			default:
				troubles = append(troubles, fmt.Errorf("worker %s: %s", p.name, orElse(p.now.Failure, p.phase)))
			}
		}
		switch {
		case len(troubles) > 0:
			return errors.Join(troubles...)
		case ready == len(g.shares):
			return nil
		case time.Since(began) > g.db.timeouts.ready:
			return fmt.Errorf("after %v only %d of %d workers were ready, %d had taken a share: look at what they log", g.db.timeouts.ready, ready, len(g.shares), taken)
		}
		if err := sleep(ctx, pollEvery/2); err != nil {
			return err
		}
	}
}

// follow brings records home until every share has ended or is lost. Its error is
// why the load was stopped from here, other than that it could not be recorded.
func (g *gathering) follow(ctx context.Context) (stopped error) {
	background := context.WithoutCancel(ctx)
	reached := time.Now() // the database, last
	var waiting time.Time // since when for the end
	for !g.over() {
		before := g.parcels()
		switch err := g.poll(background); {
		case err == nil:
			reached = time.Now()
			if g.parcels() > before {
				waiting = reached
			}
		case time.Since(reached) > g.db.timeouts.outage:
			return errors.Join(stopped, fmt.Errorf("the fleet's database %s could not be reached for %v, and what its workers still hold is lost: %w", g.db.name, g.db.timeouts.outage, hidden(err, "")))
		default:
			g.hush()
			waiting = time.Now()
		}
		if !g.stopped {
			if ctx.Err() != nil {
				stopped = context.Cause(ctx)
			}
			if err := cmp.Or(stopped, g.keeper.Err); err != nil {
				g.stop(err.Error())
				waiting = time.Now()
			}
		}
		if g.stopped && time.Since(waiting) > endWait {
			return errors.Join(stopped, fmt.Errorf("some workers did not end within %v", endWait))
		}
		_ = sleep(background, pollEvery)
	}
	return stopped
}

// parcels is how many have come home.
func (g *gathering) parcels() (n int) {
	for _, p := range g.shares {
		n += p.parcels
	}
	return n
}

// over says that nothing more will come.
func (g *gathering) over() bool {
	for _, p := range g.shares {
		if !p.over() {
			return false
		}
	}
	return true
}

// stop tells all workers to stop. When the database cannot be reached they notice
// that themselves.
func (g *gathering) stop(reason string) {
	g.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), g.db.timeouts.heartbeat)
	defer cancel()
	_, _ = g.db.exec(ctx, g.db, `UPDATE loads SET phase = 'stopped', reason = ?2 WHERE load_id = ?1`, g.id, reason)
	engine, done := dbos.WithTimeout(g.engine, g.db.timeouts.heartbeat)
	defer done()
	for n, p := range g.shares {
		if p.phase == "" {
			_ = dbos.CancelWorkflow(engine, g.workflow(n))
		}
	}
}

// forget removes the load from the database. A crash leaves it to tidy.
func (g *gathering) forget() {
	ctx, cancel := context.WithTimeout(context.Background(), g.db.timeouts.heartbeat)
	defer cancel()
	for _, table := range []string{"parcels", "shares", "loads"} {
		_, _ = g.db.exec(ctx, g.db, `DELETE FROM `+table+` WHERE load_id = ?1`, g.id)
	}
	ids := make([]string, len(g.shares))
	for n := range ids {
		ids[n] = g.workflow(n)
	}
	engine, done := dbos.WithTimeout(g.engine, g.db.timeouts.heartbeat)
	defer done()
	_ = dbos.DeleteWorkflows(engine, ids)
}
