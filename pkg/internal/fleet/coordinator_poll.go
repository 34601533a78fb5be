package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// part is a share as whoever gathers knows it.
type partitionState struct {
	load.Share
	planned    int
	name, host string
	phase      string // as in the database, "" before it was taken
	progress   progress

	workerSeen    int64     // the worker's last sign of life, by the database's clock
	lastSign      time.Time // when it was noticed
	chunksFetched int       // how many were fetched
	recorded      int
	detail        string // why it is lost
}

func (p *partitionState) ended() bool { return p.phase == "ended" || p.phase == "failed" }

// over says that nothing more will come of it.
func (p *partitionState) over() bool {
	return p.phase == "lost" || p.ended() && p.chunksFetched >= p.progress.Chunks
}

// poll says that this process lives, looks where the shares stand, and brings
// home what they delivered.
func (g *coordinator) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*g.db.timeouts.heartbeatTimeout)
	defer cancel()
	if _, err := g.db.exec(ctx, g.db, `UPDATE loads SET seen_at = `+g.db.now()+` WHERE load_id = ?1`, g.id); err != nil {
		return err
	}
	if err := g.readProgress(ctx); err != nil {
		return err
	}
	if err := g.fetchAll(ctx); err != nil {
		return err
	}
	return g.markLost(ctx)
}

// look reads where the shares stand.
func (g *coordinator) readProgress(ctx context.Context) error {
	rows, err := g.db.query(ctx, `SELECT s.number, s.phase, s.progress, coalesce(w.name, ''), coalesce(w.host, ''), coalesce(w.seen_at, 0)
		FROM shares s LEFT JOIN workers w ON w.worker_id = s.worker_id WHERE s.load_id = ?1`, g.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number int
		var seen int64
		var phase, text, name, host string
		if err := rows.Scan(&number, &phase, &text, &name, &host, &seen); err != nil {
			return err
		}
		now, err := decode[progress](text)
		if err != nil || number < 0 || number >= len(g.partitions) {
			return fmt.Errorf("share %d: %w", number, err)
		}
		g.partitions[number].update(phase, name, host, now, seen)
	}
	return rows.Err()
}

func (p *partitionState) update(phase, name, host string, now progress, seen int64) {
	p.phase, p.progress = phase, now
	if name != "" { // it is gone once the worker has left
		p.name, p.host = name, host
	}
	if seen != p.workerSeen || p.lastSign.IsZero() {
		p.workerSeen, p.lastSign = seen, time.Now()
	}
}

// hush forgets how long workers have been silent: while the database is away
// nobody is heard.
func (g *coordinator) resetLiveness() {
	for _, p := range g.partitions {
		if !p.lastSign.IsZero() {
			p.lastSign = time.Now()
		}
	}
}

// bury gives up workers that are silent. From then on they can deliver nothing
// more, so that what is lost stays lost.
func (g *coordinator) markLost(ctx context.Context) error {
	for n, p := range g.partitions {
		if p.phase == "" || p.over() || p.ended() || time.Since(p.lastSign) <= g.db.timeouts.heartbeatTimeout {
			continue
		}
		buried, err := g.db.exec(ctx, g.db, `UPDATE shares SET phase = 'lost' WHERE load_id = ?1 AND number = ?2 AND phase IN ('taken', 'ready', 'sending')`, g.id, n)
		if err != nil {
			return err
		}
		if buried == 0 { // it has just ended
			continue
		}
		p.detail = "it went silent before the start"
		if !g.start.IsZero() {
			p.detail = fmt.Sprintf("it went silent %v after the start", max(0, p.lastSign.Sub(g.start)).Round(100*time.Millisecond))
		}
		if err := g.fetchAll(ctx); err != nil { // what came before it was given up
			return err
		}
		p.phase = "lost"
	}
	return nil
}

// fetchMost is how many parcels are fetched at once.
const fetchMax = 8

// fetchAll brings home what was delivered, and tells where the load stands.
func (g *coordinator) fetchAll(ctx context.Context) error {
	for more := true; more; {
		taken, err := g.fetch(ctx)
		if err != nil {
			return err
		}
		more = taken == fetchMax
	}
	if !g.start.IsZero() {
		g.recorder.Keep(g.batch(nil))
	}
	return nil
}

// fetch takes some parcels home: they are removed from the database once they are
// in the run on disk.
func (g *coordinator) fetch(ctx context.Context) (int, error) {
	rows, err := g.db.query(ctx, `SELECT number, seq, records, packed FROM parcels WHERE load_id = ?1 ORDER BY seq, number LIMIT ?2`, g.id, fetchMax)
	if err != nil {
		return 0, err
	}
	taken, err := g.appendChunks(rows)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	return len(taken), g.db.atomically(ctx, func(tx *sql.Tx) error {
		for _, t := range taken {
			if _, err := g.db.exec(ctx, tx, `DELETE FROM parcels WHERE load_id = ?1 AND number = ?2 AND seq = ?3`, g.id, t.number, t.seq); err != nil {
				return err
			}
		}
		return nil
	})
}

type fetched struct{ number, seq int }

func (g *coordinator) appendChunks(rows *sql.Rows) (taken []fetched, err error) {
	defer rows.Close()
	for rows.Next() {
		var t fetched
		var p runs.Parcel
		if err := rows.Scan(&t.number, &t.seq, &p.Records, &p.Packed); err != nil {
			return taken, err
		}
		taken = append(taken, t)
		if t.number < 0 || t.number >= len(g.partitions) { // nobody of ours
			continue
		}
		share := g.partitions[t.number]
		if t.seq != share.chunksFetched { // delivered again, because an answer was lost
			continue
		}
		records, err := runs.Unpack(p)
		if err != nil { // it will not get better, and its records are lost
			share.detail = err.Error()
		}
		for i := range records {
			o := &records[i].Operation
			g.lag.Record(o.StartTS.Sub(o.ScheduledTS))
		}
		share.chunksFetched++
		if g.recorder.Keep(g.batch(records)) {
			share.recorded += len(records)
		}
	}
	return taken, rows.Err()
}

// batch is what came home, and where all shares together stand.
func (g *coordinator) batch(records []runs.Record) runner.Batch {
	b := runner.Batch{Records: records, Elapsed: max(0, time.Since(g.start))}
	for _, p := range g.partitions {
		b.Started += p.progress.Started
		b.Dropped += p.progress.Dropped
		b.InFlight += p.progress.InFlight
		b.Lag.P50, b.Lag.P99, b.Lag.Max = max(b.Lag.P50, p.progress.Lag.P50), max(b.Lag.P99, p.progress.Lag.P99), max(b.Lag.Max, p.progress.Lag.Max)
	}
	return b
}
