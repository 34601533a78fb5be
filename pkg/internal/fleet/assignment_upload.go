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
func (s *assignment) deliver(done context.Context, stop context.CancelCauseFunc) {
	for sleep(done, uploadEvery) == nil {
		if err := s.uploadAll(done, "sending"); errors.Is(err, errNotOwned) {
			stop(err)
			return
		}
	}
}

// uploadRest uploads what is left and reports that the partition has ended. It retries
// until nothing could be uploaded for deliveryTimeout.
func (s *assignment) uploadRest() (err error) {
	phase := "ended"
	if s.progress.Report == nil {
		phase = "failed"
	}
	progressed := time.Now()
	for {
		before := s.progress.Chunks
		if err = s.uploadAll(context.Background(), phase); err == nil || errors.Is(err, errNotOwned) {
			return err
		}
		if err = vanished(err); errors.Is(err, errVanished) {
			return err
		}
		switch {
		case s.progress.Chunks > before:
			progressed = time.Now()
		case time.Since(progressed) > s.db.timeouts.deliveryTimeout:
			return fmt.Errorf("the end of the partition could not be reported: %w", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// uploadAll uploads all chunks that wait in the outbox, then the phase.
func (s *assignment) uploadAll(ctx context.Context, phase string) error {
	for s.outbox != nil {
		if s.pending == nil {
			p, waits, err := s.outbox.Next()
			if err != nil {
				return err
			}
			if !waits {
				break
			}
			s.pending = &p // kept until it is delivered: without a reply it is unknown whether it was
		}
		if err := s.upload(ctx, *s.pending); err != nil {
			return err
		}
		s.outbox.Delivered(*s.pending)
		s.pending = nil
	}
	return s.writePhase(ctx, phase)
}

// upload inserts a chunk into the database, together with the partition's progress. It
// returns errQueueFull when maxChunks wait there.
func (s *assignment) upload(ctx context.Context, p runs.Chunk) error {
	s.mu.Lock()
	seq := s.progress.Chunks
	after := s.progress
	s.mu.Unlock()
	after.Chunks, after.Records = seq+1, after.Records+p.Records
	err := s.writeProgress(ctx, "sending", after, func(tx *sql.Tx) error {
		n, err := s.db.exec(ctx, tx, `INSERT INTO parcels (load_id, number, seq, records, packed)
			SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM parcels WHERE load_id = ?1 AND number = ?2 AND seq < ?3) < ?6
			ON CONFLICT DO NOTHING`, s.LoadID, s.Number, seq, p.Records, p.Packed, maxChunks)
		if err != nil || n > 0 {
			return err
		}
		var there bool
		err = tx.QueryRowContext(ctx, s.db.rebind(`SELECT EXISTS (SELECT 1 FROM parcels WHERE load_id = ?1 AND number = ?2 AND seq = ?3)`),
			s.LoadID, s.Number, seq).Scan(&there)
		if err == nil && !there {
			return errQueueFull
		}
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress.Chunks, s.progress.Records = after.Chunks, after.Records
	return nil
}

// writePhase writes the partition's phase and progress.
func (s *assignment) writePhase(ctx context.Context, phase string) error {
	s.mu.Lock()
	now := s.progress
	s.mu.Unlock()
	return s.writeProgress(ctx, phase, now, func(*sql.Tx) error { return nil })
}

// writeProgress updates the partition's row, and calls also in the same transaction. It
// returns errNotOwned when the partition is no longer this worker's.
func (s *assignment) writeProgress(ctx context.Context, phase string, p progress, also func(*sql.Tx) error) error {
	bounded, cancel := context.WithTimeout(ctx, 2*s.db.timeouts.heartbeatTimeout)
	defer cancel()
	s.mu.Lock()
	p.Latency, _ = s.latency.MarshalBinary() // it never fails
	s.mu.Unlock()
	text, err := p.encode()
	if err != nil {
		return err
	}
	err = s.db.atomically(bounded, func(tx *sql.Tx) error {
		n, err := s.db.exec(bounded, tx, `UPDATE shares SET phase = ?4, progress = ?5
			WHERE load_id = ?1 AND number = ?2 AND worker_id = ?3 AND phase IN ('taken', 'ready', 'sending', ?4)`, s.LoadID, s.Number, s.id, phase, text)
		if err == nil && n == 0 {
			err = errNotOwned
		}
		if err != nil {
			return err
		}
		return also(tx)
	})
	if err == nil {
		s.noteContact()
	}
	return err
}
