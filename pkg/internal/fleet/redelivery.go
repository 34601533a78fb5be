package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"sagalab/pkg/runs"
)

// outboxPath is the file in which the records of a partition are kept until they are uploaded.
func outboxPath(dir string, t task) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%d.bin", t.LoadID, t.Number))
}

var outboxName = regexp.MustCompile(`^([0-9A-Za-z-]{1,64})-(\d{1,6})\.bin$`)

// keptOutboxes returns the files of outboxPath in a directory, by their partition. A
// directory that does not exist has none.
func keptOutboxes(dir string) (map[task]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	files := map[task]string{}
	for _, e := range entries {
		if m := outboxName.FindStringSubmatch(e.Name()); m != nil && e.Type().IsRegular() {
			n, _ := strconv.Atoi(m[2]) // all digits
			files[task{m[1], n}] = filepath.Join(dir, e.Name())
		}
	}
	return files, err
}

// redeliverKept uploads, until ctx ends, the kept outboxes of loads that are being collected.
// Those that are older than KeptFor it removes.
func (w *worker) redeliverKept(ctx context.Context) {
	unreadable := map[string]bool{} // which are not tried again
	for sleep(ctx, redeliverEvery) == nil {
		files, err := keptOutboxes(w.Dir)
		if err != nil {
			continue // it is reported when a partition is to be recorded there
		}
		for t, path := range files {
			if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > KeptFor {
				w.Logger.Warn("records that were never collected are removed", "load", t.LoadID, "file", path, "age", KeptFor)
				_ = os.Remove(path)
				continue
			}
			if unreadable[path] {
				continue
			}
			switch err := w.redeliver(ctx, t, path); {
			case err == nil, ctx.Err() != nil, errors.Is(err, runs.ErrOutboxInUse):
			case errors.Is(err, errUnreadable):
				unreadable[path] = true
				w.Logger.Error("kept records cannot be read", "load", t.LoadID, "file", path, "error", err)
			default:
				w.Logger.Warn("kept records could not be uploaded, retrying", "load", t.LoadID, "file", path, "error", withoutPassword(err, w.DB))
			}
		}
	}
}

var errUnreadable = errors.New("the outbox cannot be read")

// chunkRecords is how many records a chunk of a redelivery has at most.
const chunkRecords = 2000

// redeliver uploads a kept outbox, all of it, and removes the file, when its load is being
// collected and no other worker delivers the partition. The collector drops what it has.
func (w *worker) redeliver(ctx context.Context, t task, path string) error {
	s := &assignment{worker: w, task: t}
	phase, err := s.adopt(ctx)
	if err != nil || phase == "" {
		return err
	}
	var batch []runs.Record
	var failed error
	flush := func() {
		if failed == nil && len(batch) > 0 {
			failed = s.uploadPatiently(ctx, batch)
		}
		batch = batch[:0]
	}
	err = runs.ReadOutbox(path, func(r runs.Record) {
		if batch = append(batch, r); len(batch) == chunkRecords {
			flush()
		}
	})
	flush()
	if err != nil && !errors.Is(err, runs.ErrOutboxInUse) {
		err = fmt.Errorf("%w: %w", errUnreadable, err)
	}
	s.progress.Redelivered = err == nil && failed == nil
	if err := errors.Join(err, failed, s.writePhase(ctx, phase)); err != nil {
		return err
	}
	w.Logger.Info("kept records were uploaded", "load", t.LoadID, "partition", t.Number+1, "records", s.progress.Records)
	return os.Remove(path)
}

// adopt makes a partition that has ended this worker's, so that it can upload, and returns
// the phase to set afterwards: "" when the partition is not to be uploaded now.
func (a *assignment) adopt(ctx context.Context) (phase string, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.db.timeouts.heartbeatTimeout)
	defer cancel()
	var text, owner string
	rows, err := a.db.query(ctx, `SELECT s.phase, s.progress, s.worker_id FROM shares s JOIN loads l ON l.load_id = s.load_id
		WHERE s.load_id = ?1 AND s.number = ?2 AND l.phase = 'collecting' AND s.phase IN ('lost', 'ended', 'failed')`, a.LoadID, a.Number)
	if err != nil {
		return "", err
	}
	found := rows.Next()
	if found {
		err = rows.Scan(&phase, &text, &owner)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil || !found {
		return "", err
	}
	if a.progress, err = decode[progress](text); err != nil {
		return "", err
	}
	_ = a.latency.UnmarshalBinary(a.progress.Latency) // a damaged histogram counts as empty
	n, err := a.db.exec(ctx, a.db, `UPDATE shares SET worker_id = ?3, phase = 'sending' WHERE load_id = ?1 AND number = ?2 AND worker_id = ?4 AND phase = ?5`,
		a.LoadID, a.Number, a.id, owner, phase)
	if err != nil || n == 0 {
		return "", err
	}
	if phase == "lost" { // it has ended without a report
		phase = "failed"
	}
	return phase, nil
}

// uploadPatiently uploads records as one chunk, and retries for deliveryTimeout.
func (a *assignment) uploadPatiently(ctx context.Context, records []runs.Record) error {
	p, err := runs.Pack(records)
	if err != nil {
		return err
	}
	for began := time.Now(); ; {
		err := a.upload(ctx, p)
		if err == nil || errors.Is(err, errNotOwned) || time.Since(began) > a.db.timeouts.deliveryTimeout {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
