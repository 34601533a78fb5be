package fleet

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"sagalab/pkg/runs"
)

// collector collects one load that another process has coordinated. Of coordinator it uses
// what is about partitions and the database; the recorder is not used.
type collector struct {
	*coordinator
	store      runs.Store
	run        runs.Run     // the zero value until there is one
	executions []runs.Stage // that the run already had
	outboxes   []string

	had     []runs.Record      // of executions, each operation once
	known   map[int64]struct{} // the numbers of the operations that are recorded
	added   int                // of them, those that the run did not have
	foreign int                // records that are not of this load
	writer  *runs.Writer       // nil until there is something to record
	read    map[int]string     // the outboxes that were read, by partition
	notes   []string
}

// collect collects from all places and finishes the stage. When ctx ends, what was collected
// until then is recorded, and the rest stays where it is.
func (c *collector) collect(ctx context.Context) (Collected, error) {
	for _, s := range c.executions {
		c.had = append(c.had, c.unknown(recordsOf(s))...)
	}
	err := c.readOutboxes(false)
	if err == nil {
		err = c.gather(ctx)
	}
	if err == nil {
		err = c.readOutboxes(true)
	}
	report, finished := c.finish(err)
	return report, errors.Join(err, finished)
}

// recordsOf makes records of a stage's rows, which are sorted by Index.
func recordsOf(s runs.Stage) []runs.Record {
	list := make([]runs.Record, len(s.Operations))
	at := 0
	for i := range s.Operations {
		list[i].Operation = s.Operations[i]
		for at < len(s.Attempts) && s.Attempts[at].Index < s.Operations[i].Index {
			at++
		}
		from := at
		for at < len(s.Attempts) && s.Attempts[at].Index == s.Operations[i].Index {
			at++
		}
		list[i].Attempts = s.Attempts[from:at]
	}
	return list
}

// unknown returns the records of operations that are not known yet, and notes them.
func (c *collector) unknown(records []runs.Record) (fresh []runs.Record) {
	planned := int64(0) // 0 where the plan does not bound the numbers
	for _, p := range c.partitions {
		planned += int64(p.planned)
	}
	for _, r := range records {
		o := &r.Operation
		if o.Stage != c.stage.Name || o.Index < 0 || o.VirtualUser < 0 || planned > 0 && o.Index >= planned {
			c.foreign++
			continue
		}
		if _, there := c.known[o.Index]; there {
			continue
		}
		c.known[o.Index] = struct{}{}
		c.partitions[o.VirtualUser%int64(len(c.partitions))].recorded++
		c.lag.Record(o.StartTS.Sub(o.ScheduledTS))
		fresh = append(fresh, r)
	}
	return fresh
}

// add records the operations that are not known yet.
func (c *collector) add(records []runs.Record) error {
	fresh := c.unknown(records)
	if len(fresh) == 0 {
		return nil
	}
	if err := c.begin(); err != nil {
		return err
	}
	c.added += len(fresh)
	return c.writer.Append(fresh)
}

// begin begins a new execution of the stage, with the records that the run has, unless that
// was done before. It makes a run when there is none.
func (c *collector) begin() (err error) {
	if c.writer != nil {
		return nil
	}
	info := c.info()
	if len(c.executions) == 0 {
		if c.run, err = c.store.Create("load", c.plan.API); err != nil {
			return err
		}
		c.notes = append(c.notes, fmt.Sprintf("The run of the load's own process, on %s, is not in this store; records that only that run has count as lost.", c.plan.Host))
	}
	if c.writer, err = c.run.Begin(info); err != nil {
		return err
	}
	if !c.start.IsZero() {
		c.writer.UpdateInfo(func(i *runs.Info) { i.Started = c.start })
	}
	return c.writer.Append(c.had)
}

// info describes the stage as its coordinator did, or as the plan does.
func (c *collector) info() runs.Info {
	info := runs.Info{Kind: runs.Load, API: c.plan.API, Buyers: c.plan.Buyers, Policy: c.plan.Policy.String(), Seed: c.plan.Seed, Steps: c.plan.Steps, Traceparent: c.plan.Traceparent != ""}
	if c.plan.Order != nil {
		order := *c.plan.Order
		order.IdempotencyKey = ""
		info.Order, info.Buyers = &order, order.String()
	}
	if n := len(c.executions); n > 0 {
		info = c.executions[n-1].Info
		info.State, info.Detail, info.Ended, info.Warnings, info.Report, info.WorkerResults = "", "", time.Time{}, nil, nil, nil
	}
	info.Stage, info.Load, info.LoadID = c.stage.Name, c.stage.String(), c.id
	info.Requests, info.VUs = c.stage.Planned(), c.stage.Connections()
	return info
}

// readOutboxes adds the records of this load in the directories of outboxes. An outbox that
// cannot be read is no error; the last call notes it. The first one leaves out those that
// their workers have open: they deliver them.
func (c *collector) readOutboxes(last bool) error {
	for _, dir := range c.outboxes {
		files, err := keptOutboxes(dir)
		if err != nil {
			return fmt.Errorf("looking for outboxes: %w", err)
		}
		for t, path := range files {
			if _, done := c.read[t.Number]; done || t.LoadID != c.id || t.Number >= len(c.partitions) {
				continue
			}
			unreadable, err := c.readOutbox(path)
			if err != nil {
				return err
			}
			if unreadable == nil {
				c.read[t.Number] = path
			} else if last {
				c.notes = append(c.notes, unreadable.Error())
			}
		}
	}
	return nil
}

// readOutbox adds the records of an outbox. err is of recording them.
func (c *collector) readOutbox(path string) (unreadable, err error) {
	var batch []runs.Record
	unreadable = runs.ReadOutbox(path, func(r runs.Record) {
		if batch = append(batch, r); len(batch) == chunkRecords && err == nil {
			err, batch = c.add(batch), nil
		}
	})
	if err == nil {
		err = c.add(batch)
	}
	return unreadable, err
}

// gather fetches what waits in the database until nothing more is to be expected: every
// partition has ended or its worker is silent, and no worker has uploaded a kept outbox for
// heartbeatTimeout.
func (c *collector) gather(ctx context.Context) error {
	began := time.Now()
	active, reached := began, began // when something was fetched, and when the database last answered
	for {
		changed, err := c.step(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errVanished):
			return err
		case err != nil && time.Since(reached) > c.db.timeouts.dbOutageMax:
			return fmt.Errorf("the fleet's database %s was out of reach for %v: %w", c.db.name, c.db.timeouts.dbOutageMax, withoutPassword(err, ""))
		case err != nil:
			c.resetLiveness()
			active = time.Now()
		default:
			reached = time.Now()
			if changed {
				active = reached
			}
			if c.settled(time.Since(active) > c.db.timeouts.heartbeatTimeout) {
				return nil
			}
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// settled reports whether all partitions will deliver nothing more. quiet is true when
// nothing has changed for long enough that no worker has a kept outbox of a partition.
func (c *collector) settled(quiet bool) bool {
	for n, p := range c.partitions {
		full := p.ended() && p.progress.Report != nil && p.recorded >= p.progress.Started
		switch _, read := c.read[n]; {
		case p.phase == "", full:
		case !p.ended() && p.phase != "lost":
			return false
		case !read && !p.progress.Redelivered && !quiet:
			return false
		}
	}
	return true
}

// step updates the heartbeat, reads the partitions, and fetches what they uploaded. changed
// reports whether there was anything new.
func (c *collector) step(ctx context.Context) (changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.db.timeouts.heartbeatTimeout)
	defer cancel()
	n, err := c.db.exec(ctx, c.db, `UPDATE loads SET seen_at = `+c.db.now()+` WHERE load_id = ?1 AND phase = 'collecting'`, c.id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: its row was deleted", errVanished)
	}
	if err != nil {
		return false, vanished(err)
	}
	before := c.phases()
	if err := c.readProgress(ctx); err != nil {
		return false, vanished(err)
	}
	for more := true; more; {
		if more, err = c.fetchOnce(ctx); err != nil {
			return false, err
		}
		changed = changed || more
	}
	if err := c.markSilent(ctx); err != nil {
		return false, vanished(err)
	}
	return changed || c.phases() != before, nil
}

// phases returns the phases of all partitions, to compare them.
func (c *collector) phases() string {
	list := make([]string, len(c.partitions))
	for n, p := range c.partitions {
		list[n] = p.phase
	}
	return strings.Join(list, " ")
}

// fetchOnce adds up to fetchMax chunks, and deletes them once they are in the run on disk.
func (c *collector) fetchOnce(ctx context.Context) (any bool, err error) {
	rows, err := c.db.query(ctx, `SELECT number, seq, records, packed FROM parcels WHERE load_id = ?1 ORDER BY seq, number LIMIT ?2`, c.id, fetchMax)
	if err != nil {
		return false, vanished(err)
	}
	var taken []fetched
	var chunks []runs.Chunk
	for rows.Next() && err == nil {
		var t fetched
		var chunk runs.Chunk
		err = rows.Scan(&t.number, &t.seq, &chunk.Records, &chunk.Packed)
		taken, chunks = append(taken, t), append(chunks, chunk)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return false, vanished(err)
	}
	for i, chunk := range chunks {
		records, err := runs.Unpack(chunk)
		if err != nil { // a damaged chunk stays damaged: its records are lost
			c.notes = append(c.notes, fmt.Sprintf("Partition %d: %v.", taken[i].number+1, err))
		}
		if err := c.add(records); err != nil {
			return false, err
		}
	}
	if len(taken) == 0 {
		return false, nil
	}
	return true, vanished(c.deleteChunks(ctx, taken))
}

// markSilent marks partitions whose workers are silent for longer than heartbeatTimeout as
// lost, so that another worker may deliver them.
func (c *collector) markSilent(ctx context.Context) error {
	for n, p := range c.partitions {
		if p.phase == "" || p.phase == "lost" || p.ended() || time.Since(p.lastSign) <= c.db.timeouts.heartbeatTimeout {
			continue
		}
		marked, err := c.db.exec(ctx, c.db, `UPDATE shares SET phase = 'lost' WHERE load_id = ?1 AND number = ?2 AND phase IN ('taken', 'ready', 'sending')`, c.id, n)
		if err != nil {
			return err
		}
		if marked > 0 {
			p.phase = "lost"
		}
	}
	return nil
}

// deleteChunks removes chunks that are in the run on disk from the database.
func (c *coordinator) deleteChunks(ctx context.Context, taken []fetched) error {
	return c.db.atomically(ctx, func(tx *sql.Tx) error {
		for _, t := range taken {
			if _, err := c.db.exec(ctx, tx, `DELETE FROM parcels WHERE load_id = ?1 AND number = ?2 AND seq = ?3`, c.id, t.number, t.seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// finish records how the load ended, unless the run says so already, and removes what is no
// longer needed. failed is why the collection ended early, nil when it did not.
func (c *collector) finish(failed error) (Collected, error) {
	for _, p := range c.partitions {
		p.chunksFetched = p.progress.Chunks
		p.progress.Started = max(p.progress.Started, p.recorded)
		if p.phase == "lost" && p.detail == "" {
			p.detail = "it died, or was silent for too long"
		}
	}
	result := c.result()
	report := Collected{LoadID: c.id, Stage: c.stage.Name, New: c.added}
	for _, s := range result.Shares {
		if s.Planned == 0 { // the plan does not say how many
			s.Planned = s.Recorded + s.Dropped + s.Lost
		}
		report.Planned, report.Recorded, report.Dropped, report.Lost = report.Planned+s.Planned, report.Recorded+s.Recorded, report.Dropped+s.Dropped, report.Lost+s.Lost
	}
	if c.foreign > 0 {
		c.notes = append(c.notes, fmt.Sprintf("%d records are not of this load and were left out.", c.foreign))
	}
	if n := len(c.executions); c.writer != nil || n == 0 || !c.accounted(c.executions[n-1].Info, result.Shares) {
		if err := c.begin(); err != nil {
			return report, err
		}
		state, detail := c.state(report, failed)
		c.writer.UpdateInfo(func(info *runs.Info) {
			info.Report, info.WorkerResults = &result.Report, result.Shares
			info.Warnings = append(result.Warnings, c.notes...)
		})
		if err := c.writer.Finish(state, detail); err != nil {
			return report, err
		}
	}
	report.Run, report.Notes = c.run, append(c.notes, c.missing()...)
	return report, c.release(report.Lost == 0 && failed == nil)
}

// accounted reports whether a recorded stage has these results of its workers.
func (c *collector) accounted(info runs.Info, shares []runs.WorkerResult) bool {
	if len(info.WorkerResults) != len(shares) {
		return false
	}
	for n, s := range info.WorkerResults {
		if s.Recorded != shares[n].Recorded || s.Lost != shares[n].Lost || s.Dropped != shares[n].Dropped {
			return false
		}
	}
	return true
}

// state returns the state of the stage and a sentence on it.
func (c *collector) state(report Collected, failed error) (state, detail string) {
	switch {
	case failed != nil:
		return runs.Interrupted, "collecting it ended early: " + withoutPassword(failed, "").Error()
	case report.Lost > 0:
		return runs.Interrupted, fmt.Sprintf("collected after its coordinator ended: %d of %d operations are lost", report.Lost, report.Planned)
	case c.stopped:
		return runs.Interrupted, "it was stopped; collected after its coordinator ended"
	}
	return runs.Complete, ""
}

// missing returns a sentence for each partition of which operations are missing.
func (c *collector) missing() (list []string) {
	for n, p := range c.partitions {
		s := c.partitionResult(p)
		if s.Lost == 0 {
			continue
		}
		text := fmt.Sprintf("Partition %d: %d of %d operations are lost", n+1, s.Lost, max(s.Planned, s.Started))
		if unsent := s.Planned - s.Started - s.Dropped; unsent > 0 && p.progress.Report != nil {
			text += fmt.Sprintf(", of which %d were never started", unsent)
		}
		switch _, read := c.read[n]; {
		case p.phase == "":
			text += "; no worker had claimed it"
		case p.progress.Report != nil && p.recorded >= p.progress.Started:
			text += "; its worker stopped early, and all it recorded is here"
		case read, p.progress.Redelivered:
			text += "; its outbox was read"
		default:
			text += fmt.Sprintf("; worker %s on machine %s may keep records of it: start a worker there with the same --dir, or name that directory with --outbox, and collect again", cmp.Or(p.name, "(unknown)"), cmp.Or(p.host, "(unknown)"))
		}
		list = append(list, text+".")
	}
	return list
}

// release removes the load and its outboxes when it is complete, and else leaves it for
// another collection.
func (c *collector) release(complete bool) error {
	if complete {
		c.deleteLoad()
		for _, path := range c.read {
			_ = os.Remove(path) // it is removed after KeptFor by a worker of that directory
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.db.timeouts.heartbeatTimeout)
	defer cancel()
	_, err := c.db.exec(ctx, c.db, `UPDATE loads SET phase = 'incomplete' WHERE load_id = ?1 AND phase = 'collecting'`, c.id)
	return err
}

// recorded reports what the run has of a load that the database no longer has.
func (c *collector) recorded() Collected {
	s := c.executions[len(c.executions)-1]
	report := Collected{LoadID: c.id, Run: c.run, Stage: s.Stage, Planned: s.Requests, Recorded: len(s.Operations)}
	for _, h := range s.WorkerResults {
		report.Dropped += h.Dropped
	}
	if report.Planned == 0 {
		report.Planned = report.Recorded + report.Dropped + s.Lost()
	}
	report.Lost = report.Planned - report.Recorded - report.Dropped
	report.Notes = []string{"The fleet's database no longer has this load; the run is as it was."}
	return report
}
