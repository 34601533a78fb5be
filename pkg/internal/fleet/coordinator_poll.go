package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// partitionState is a partition as its coordinator last read it.
type partitionState struct {
	load.Partition
	planned    int
	name, host string
	phase      string // as in the database, "" before it was claimed
	progress   progress

	workerSeen    int64     // the worker's last heartbeat, by the database's clock
	lastSign      time.Time // when a new heartbeat was last read, by this process's clock
	chunksFetched int       // how many chunks were fetched
	recorded      int
	detail        string // why the partition is lost
}

// ended reports whether the worker has reported the end of its partition.
func (p *partitionState) ended() bool { return p.phase == "ended" || p.phase == "failed" }

// over reports whether the partition will deliver no more records.
func (p *partitionState) over() bool {
	return p.phase == "lost" || p.ended() && p.chunksFetched >= p.progress.Chunks
}

// poll updates this process's heartbeat, reads the progress of all partitions, appends
// what they uploaded, and marks those of silent workers as lost.
func (c *coordinator) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*c.db.timeouts.heartbeatTimeout)
	defer cancel()
	n, err := c.db.exec(ctx, c.db, `UPDATE loads SET seen_at = `+c.db.now()+` WHERE load_id = ?1 AND phase IN ('gathering', 'started', 'stopped')`, c.id)
	if err != nil {
		return vanished(err)
	}
	if n == 0 {
		return fmt.Errorf("%w: the load's row was deleted, or `sagalab fleet collect` took the load over", errVanished)
	}
	if err := c.readProgress(ctx); err != nil {
		return vanished(err)
	}
	if err := c.fetchAll(ctx); err != nil {
		return vanished(err)
	}
	return vanished(c.markLost(ctx))
}

// errVanished is wrapped by the error for rows or tables that are no longer there. Without
// them nothing more can be collected from the workers.
var errVanished = errors.New("the load has vanished from the fleet's database")

// vanished wraps err in errVanished when it is about a table, a schema or a database that
// does not exist.
func vanished(err error) error {
	var e *pgconn.PgError
	switch {
	case err == nil, errors.Is(err, errVanished):
		return err
	case errors.As(err, &e) && slices.Contains([]string{"42P01", "42703", "3F000", "3D000"}, e.Code), strings.Contains(err.Error(), "no such table"):
		return fmt.Errorf("%w: %w", errVanished, err)
	}
	return err
}

// readProgress reads the rows of all partitions.
func (c *coordinator) readProgress(ctx context.Context) error {
	rows, err := c.db.query(ctx, `SELECT s.number, s.phase, s.progress, coalesce(w.name, ''), coalesce(w.host, ''), coalesce(w.seen_at, 0)
		FROM shares s LEFT JOIN workers w ON w.worker_id = s.worker_id WHERE s.load_id = ?1`, c.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	there := make([]bool, len(c.partitions))
	for rows.Next() {
		var number int
		var seen int64
		var phase, text, name, host string
		if err := rows.Scan(&number, &phase, &text, &name, &host, &seen); err != nil {
			return err
		}
		now, err := decode[progress](text)
		if err == nil && (number < 0 || number >= len(c.partitions)) {
			err = fmt.Errorf("this load has only %d", len(c.partitions))
		}
		if err != nil {
			return fmt.Errorf("partition %d: %w", number, err)
		}
		there[number] = true
		c.partitions[number].update(phase, name, host, now, seen)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for n, p := range c.partitions {
		if p.phase != "" && !there[n] {
			return fmt.Errorf("%w: the row of partition %d of %d, worker %s, was deleted", errVanished, n+1, len(c.partitions), p.name)
		}
	}
	return nil
}

// update stores what was read of the partition's row and its worker's.
func (p *partitionState) update(phase, name, host string, now progress, seen int64) {
	p.phase, p.progress = phase, now
	if name != "" { // a worker that has left has no row
		p.name, p.host = name, host
	}
	if seen != p.workerSeen || p.lastSign.IsZero() {
		p.workerSeen, p.lastSign = seen, time.Now()
	}
}

// resetLiveness counts silences from now on: while the database is out of reach, no
// heartbeat can be read.
func (c *coordinator) resetLiveness() {
	for _, p := range c.partitions {
		if !p.lastSign.IsZero() {
			p.lastSign = time.Now()
		}
	}
}

// markLost marks the partitions of workers that are silent for longer than
// heartbeatTimeout as lost. After that they can upload nothing more, so that what is
// counted as lost stays lost.
func (c *coordinator) markLost(ctx context.Context) error {
	for n, p := range c.partitions {
		if p.phase == "" || p.over() || p.ended() || time.Since(p.lastSign) <= c.db.timeouts.heartbeatTimeout {
			continue
		}
		marked, err := c.db.exec(ctx, c.db, `UPDATE shares SET phase = 'lost' WHERE load_id = ?1 AND number = ?2 AND phase IN ('taken', 'ready', 'sending')`, c.id, n)
		if err != nil {
			return err
		}
		if marked == 0 { // it has just ended
			continue
		}
		p.detail = "it went silent before the start"
		if !c.start.IsZero() {
			p.detail = fmt.Sprintf("it went silent %v after the start", max(0, p.lastSign.Sub(c.start)).Round(100*time.Millisecond))
		}
		if err := c.fetchAll(ctx); err != nil { // what was uploaded before
			return err
		}
		p.phase = "lost"
	}
	return nil
}

// fetchMax is how many chunks one query fetches.
const fetchMax = 8

// fetchAll appends all uploaded chunks to the run, and reports the load's progress to the
// recorder.
func (c *coordinator) fetchAll(ctx context.Context) error {
	for more := true; more; {
		taken, err := c.fetch(ctx)
		if err != nil {
			return err
		}
		more = taken == fetchMax
	}
	if !c.start.IsZero() {
		c.recorder.Record(c.batch(nil))
	}
	return nil
}

// fetch appends up to fetchMax chunks to the run and returns how many. They are deleted
// from the database once they are in the run on disk.
func (c *coordinator) fetch(ctx context.Context) (int, error) {
	rows, err := c.db.query(ctx, `SELECT number, seq, records, packed FROM parcels WHERE load_id = ?1 ORDER BY seq, number LIMIT ?2`, c.id, fetchMax)
	if err != nil {
		return 0, err
	}
	taken, err := c.appendChunks(rows)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	return len(taken), c.deleteChunks(ctx, taken)
}

// fetched identifies a chunk.
type fetched struct{ number, seq int }

// appendChunks appends the chunks in rows to the run, and returns which they were.
func (c *coordinator) appendChunks(rows *sql.Rows) (taken []fetched, err error) {
	defer rows.Close()
	for rows.Next() {
		var t fetched
		var chunk runs.Chunk
		if err := rows.Scan(&t.number, &t.seq, &chunk.Records, &chunk.Packed); err != nil {
			return taken, err
		}
		taken = append(taken, t)
		if t.number < 0 || t.number >= len(c.partitions) { // of no partition of this load
			continue
		}
		p := c.partitions[t.number]
		if t.seq != p.chunksFetched { // uploaded again, because the reply to the first upload was lost
			continue
		}
		records, err := runs.Unpack(chunk)
		if err != nil { // a damaged chunk stays damaged: its records are lost
			p.detail = err.Error()
		}
		for i := range records {
			o := &records[i].Operation
			c.lag.Record(o.StartTS.Sub(o.ScheduledTS))
		}
		p.chunksFetched++
		if c.recorder.Record(c.batch(records)) {
			p.recorded += len(records)
		}
	}
	return taken, rows.Err()
}

// batch returns records with the summed progress of all partitions.
func (c *coordinator) batch(records []runs.Record) runner.Batch {
	b := runner.Batch{Records: records, Progress: load.Progress{Elapsed: max(0, time.Since(c.start))}}
	for _, p := range c.partitions {
		b.Started += p.progress.Started
		b.Dropped += p.progress.Dropped
		b.InFlight += p.progress.InFlight
		b.Lag.P50, b.Lag.P99, b.Lag.Max = max(b.Lag.P50, p.progress.Lag.P50), max(b.Lag.P99, p.progress.Lag.P99), max(b.Lag.Max, p.progress.Lag.Max)
	}
	return b
}
