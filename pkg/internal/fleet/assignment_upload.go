package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/runs"
)

const (
	// deliverEvery is how often a worker delivers: the most that its death can lose.
	deliverEvery = time.Second
	// maxParcels is how many parcels of a share may wait in the database to be taken
	// away. Further ones wait on the worker's disk.
	maxChunks = 16
)

var errQueueFull = errors.New("as many parcels as may wait do wait")

// deliver brings home what was recorded, each second, until done ends. That the
// database is away is watch's business.
func (s *assignment) deliver(done context.Context, stop context.CancelCauseFunc) {
	for sleep(done, deliverEvery) == nil {
		if err := s.uploadAll(done, "sending"); errors.Is(err, errNotOwned) {
			stop(err)
			return
		}
	}
}

// finish delivers what is left and says that the share has ended. It tries again
// as long as it gets on, or has not failed to for timeouts.delivery.
func (s *assignment) uploadRest() (err error) {
	phase := "ended"
	if s.progress.Report == nil {
		phase = "failed"
	}
	gotOn := time.Now()
	for {
		before := s.progress.Chunks
		if err = s.uploadAll(context.Background(), phase); err == nil || errors.Is(err, errNotOwned) {
			return err
		}
		switch {
		case s.progress.Chunks > before:
			gotOn = time.Now()
		case time.Since(gotOn) > s.db.timeouts.deliveryTimeout:
			return fmt.Errorf("the end of the share was not told: %w", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// deliverAll brings home what waits, then tells the phase.
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
			s.pending = &p // and no other until it is delivered: a lost answer leaves open whether it was
		}
		if err := s.upload(ctx, *s.pending); err != nil {
			return err
		}
		s.outbox.Delivered(*s.pending)
		s.pending = nil
	}
	return s.writePhase(ctx, phase)
}

// hand puts a parcel into the database, with what there is to say of the share.
func (s *assignment) upload(ctx context.Context, p runs.Parcel) error {
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

// tell says where the share stands.
func (s *assignment) writePhase(ctx context.Context, phase string) error {
	s.mu.Lock()
	now := s.progress
	s.mu.Unlock()
	return s.writeProgress(ctx, phase, now, func(*sql.Tx) error { return nil })
}

// write writes a share's row together with what also does, unless the share is
// this worker's no more.
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
		s.heard(true)
	}
	return err
}
