package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/runs"
)

// maxChunks is how many chunks of a partition may wait in the database to be fetched.
// Further ones wait on the worker's disk.
const maxChunks = 16

var errQueueFull = errors.New("the delivery queue is full")

// deliver uploads what was recorded every uploadEvery until done ends, and stops the
// partition when it is no longer this worker's. heedStop handles a database out of reach.
func (a *assignment) deliver(done context.Context, stop context.CancelCauseFunc) {
	for sleep(done, uploadEvery) == nil {
		if err := a.uploadAll(done, "sending"); errors.Is(err, errNotOwned) {
			stop(err)
			return
		}
	}
}

// uploadRest uploads what is left and reports that the partition has ended. It retries
// until nothing could be uploaded for deliveryTimeout.
func (a *assignment) uploadRest() (err error) {
	phase := "ended"
	if a.progress.Report == nil {
		phase = "failed"
	}
	progressed := time.Now()
	for {
		before := a.progress.Chunks
		if err = a.uploadAll(context.Background(), phase); err == nil || errors.Is(err, errNotOwned) {
			return err
		}
		if err = vanished(err); errors.Is(err, errVanished) {
			return err
		}
		switch {
		case a.progress.Chunks > before:
			progressed = time.Now()
		case time.Since(progressed) > a.db.timeouts.deliveryTimeout:
			return fmt.Errorf("the end of the partition could not be reported: %w", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// uploadAll uploads all chunks that wait in the outbox, then the phase.
func (a *assignment) uploadAll(ctx context.Context, phase string) error {
	for a.outbox != nil {
		if a.pending == nil {
			p, waits, err := a.outbox.Next()
			if err != nil {
				return err
			}
			if !waits {
				break
			}
			a.pending = &p // kept until it is delivered: without a reply it is unknown whether it was
		}
		if err := a.upload(ctx, *a.pending); err != nil {
			return err
		}
		a.outbox.Delivered(*a.pending)
		a.pending = nil
	}
	return a.writePhase(ctx, phase)
}

// upload inserts a chunk into the database, together with the partition's progress. It
// returns errQueueFull when maxChunks wait there.
func (a *assignment) upload(ctx context.Context, p runs.Chunk) error {
	a.mu.Lock()
	seq := a.progress.Chunks
	after := a.progress
	a.mu.Unlock()
	after.Chunks, after.Records = seq+1, after.Records+p.Records
	err := a.writeProgress(ctx, "sending", after, func(tx *sql.Tx) error {
		n, err := a.db.exec(ctx, tx, `INSERT INTO parcels (load_id, number, seq, records, packed)
			SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM parcels WHERE load_id = ?1 AND number = ?2 AND seq < ?3) < ?6
			ON CONFLICT DO NOTHING`, a.LoadID, a.Number, seq, p.Records, p.Packed, maxChunks)
		if err != nil || n > 0 {
			return err
		}
		var there bool
		err = tx.QueryRowContext(ctx, a.db.rebind(`SELECT EXISTS (SELECT 1 FROM parcels WHERE load_id = ?1 AND number = ?2 AND seq = ?3)`),
			a.LoadID, a.Number, seq).Scan(&there)
		if err == nil && !there {
			return errQueueFull
		}
		return err
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.progress.Chunks, a.progress.Records = after.Chunks, after.Records
	return nil
}

// writePhase writes the partition's phase and progress.
func (a *assignment) writePhase(ctx context.Context, phase string) error {
	a.mu.Lock()
	now := a.progress
	a.mu.Unlock()
	return a.writeProgress(ctx, phase, now, func(*sql.Tx) error { return nil })
}

// writeProgress updates the partition's row, and calls also in the same transaction. It
// returns errNotOwned when the partition is no longer this worker's.
func (a *assignment) writeProgress(ctx context.Context, phase string, p progress, also func(*sql.Tx) error) error {
	bounded, cancel := context.WithTimeout(ctx, 2*a.db.timeouts.heartbeatTimeout)
	defer cancel()
	a.mu.Lock()
	p.Latency, _ = a.latency.MarshalBinary() // it never fails
	a.mu.Unlock()
	text, err := p.encode()
	if err != nil {
		return err
	}
	err = a.db.atomically(bounded, func(tx *sql.Tx) error {
		n, err := a.db.exec(bounded, tx, `UPDATE shares SET phase = ?4, progress = ?5
			WHERE load_id = ?1 AND number = ?2 AND worker_id = ?3 AND phase IN ('taken', 'ready', 'sending', ?4)`, a.LoadID, a.Number, a.id, phase, text)
		if err == nil && n == 0 {
			err = errNotOwned
		}
		if err != nil {
			return err
		}
		return also(tx)
	})
	if err == nil {
		a.noteContact()
	}
	return err
}
