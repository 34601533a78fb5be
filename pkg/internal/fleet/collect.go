package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// Leftover is a load that its coordinator did not finish, or that is incomplete.
type Leftover struct {
	LoadID, Stage, API string
	// Host is the machine of its coordinator.
	Host string
	// Partitions is the number of its partitions, Waiting how many records of it the
	// database holds, Delivered how many its workers uploaded in all.
	Partitions, Waiting, Delivered int
	// Silent is how long ago its coordinator, or the last collection, was last active.
	Silent time.Duration
}

// Leftovers lists the loads that Collect can bring home, the oldest first.
func (f *Fleet) Leftovers(ctx context.Context) ([]Leftover, error) {
	rows, err := f.db.query(ctx, `SELECT load_id, plan, phase, seen_at, `+f.db.now()+`,
		(SELECT coalesce(sum(records), 0) FROM parcels p WHERE p.load_id = l.load_id) FROM loads l ORDER BY seen_at, load_id`)
	if err != nil {
		return nil, fmt.Errorf("listing the loads of %s: %w", f.db.name, withoutPassword(err, ""))
	}
	defer rows.Close()
	var list []Leftover
	for rows.Next() {
		var l Leftover
		var text, phase string
		var seen, now int64
		if err := rows.Scan(&l.LoadID, &text, &phase, &seen, &now, &l.Waiting); err != nil {
			return nil, err
		}
		l.Silent = max(0, time.Duration(now-seen))
		if phase != "incomplete" && l.Silent <= f.db.timeouts.heartbeatTimeout {
			continue // it is being sent, or collected
		}
		if p, err := decode[plan](text); err == nil { // a damaged plan is listed, too
			l.Stage, l.API, l.Host, l.Partitions = p.Stage, p.API, p.Host, p.Partitions
		}
		list = append(list, l)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Delivered, err = f.deliveredOf(ctx, list[i].LoadID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// deliveredOf returns how many records the workers of a load have uploaded.
func (f *Fleet) deliveredOf(ctx context.Context, loadID string) (n int, err error) {
	rows, err := f.db.query(ctx, `SELECT progress FROM shares WHERE load_id = ?1`, loadID)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return 0, err
		}
		if p, err := decode[progress](text); err == nil {
			n += p.Records
		}
	}
	return n, rows.Err()
}

// Collected reports what of a load is in a run: Planned = Recorded + Dropped + Lost, unless
// the load was stopped on purpose, when what was not started counts as neither. For ramping
// VUs Planned is that sum.
type Collected struct {
	LoadID string
	Run    runs.Run
	Stage  string
	// New counts the operations that the run did not have before.
	New                              int
	Planned, Recorded, Dropped, Lost int
	// Notes are sentences on what is missing and where it may be.
	Notes []string
}

// ErrLoadActive is wrapped by the error for a load that is still being sent or collected.
var ErrLoadActive = errors.New("the load is still active")

// Collect brings what is left of a load into a run of store: what the run of its coordinator
// has, when that is in store, what waits in the fleet's database, what living workers keep in
// their outboxes, and what outboxes in the given directories of this machine have. The stage
// is recorded as a new execution, in the coordinator's run or, without it, in a new one. Each
// operation is counted once, however often and from wherever it is collected.
//
// When nothing is missing, the load is removed from the database and its outboxes from the
// directories. Else both stay for KeptFor, so that another call can add what turns up.
// Collect returns an error that wraps ErrLoadActive while the coordinator is alive.
func (f *Fleet) Collect(ctx context.Context, store runs.Store, loadID string, outboxes ...string) (Collected, error) {
	run, executions, err := store.FindLoad(loadID)
	if err != nil {
		return Collected{}, err
	}
	for _, s := range executions {
		if s.State == runs.Running {
			return Collected{}, fmt.Errorf("%w: run %s is being recorded by a living process", ErrLoadActive, run.ID)
		}
	}
	c := &collector{coordinator: &coordinator{Fleet: f, id: loadID}, store: store, run: run, executions: executions, outboxes: outboxes, known: map[int64]struct{}{}, read: map[int]string{}}
	switch err := c.takeOver(ctx); {
	case errors.Is(err, sql.ErrNoRows) && len(executions) > 0:
		return c.recorded(), nil
	case errors.Is(err, sql.ErrNoRows):
		return Collected{}, fmt.Errorf("load %q is neither in the fleet's database %s nor in a run of %s; `sagalab fleet collect --list` lists those that are", loadID, f.db.name, store.Dir)
	case err != nil:
		return Collected{}, withoutPassword(err, "")
	}
	return c.collect(ctx)
}

// takeOver makes this process the only one that collects the load. It returns sql.ErrNoRows
// when the database does not have it.
func (c *collector) takeOver(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, c.db.timeouts.heartbeatTimeout)
	defer cancel()
	var text, phase, reason string
	var seen, now, startAt, origin int64
	err := c.db.QueryRowContext(bounded, c.db.rebind(`SELECT plan, phase, reason, seen_at, start_at, origin, `+c.db.now()+` FROM loads WHERE load_id = ?1`), c.id).
		Scan(&text, &phase, &reason, &seen, &startAt, &origin, &now)
	if err != nil {
		return err
	}
	if silent := time.Duration(now - seen); phase != "incomplete" && silent <= c.db.timeouts.heartbeatTimeout {
		return fmt.Errorf("%w: the process that sends or collects it was last heard of %v ago; try again after %v", ErrLoadActive, silent.Round(100*time.Millisecond), c.db.timeouts.heartbeatTimeout)
	}
	if c.plan, err = decode[plan](text); err != nil {
		return err
	}
	if c.stage, err = load.ParseStage(c.plan.Stage); err != nil {
		return err
	}
	if err := (load.Partition{Of: c.plan.Partitions}).Validate(c.stage); err != nil {
		return err
	}
	if c.stopped = reason != ""; startAt != 0 {
		c.start = time.Unix(0, origin)
	}
	for n, planned := range c.stage.Split(c.plan.Partitions, c.plan.Seed) {
		c.partitions = append(c.partitions, &partitionState{Partition: load.Partition{Number: n, Of: c.plan.Partitions}, planned: planned})
	}
	n, err := c.db.exec(bounded, c.db, `UPDATE loads SET phase = 'collecting', seen_at = `+c.db.now()+` WHERE load_id = ?1 AND seen_at = ?2 AND phase = ?3`, c.id, seen, phase)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: another process has just begun to collect it", ErrLoadActive)
	}
	return err
}
