package runs

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"sagalab/pkg/internal/oserr"
	"sagalab/pkg/internal/osfile"
)

// The files of an executed stage.
const (
	infoFile       = "stage.json"
	operationsFile = "operations.parquet"
	attemptsFile   = "attempts.parquet"
	journalFile    = "records.bin"
	// journalFile0 is a journal of version 0. A program of then takes a newer journal
	// for an empty one and deletes it, so that a newer one has another name.
	journalFile0 = "journal.bin"
)

// Writer records one stage. Its methods are not safe for concurrent use.
type Writer struct {
	dir        string
	info       Info
	journal    *journal
	operations tableWriter[Operation]
	attempts   tableWriter[Attempt]
	flat       []Attempt
	recorded   int
}

// Begin starts to record a stage in the run. info.State and info.Started are set
// here. The writer must be ended with Finish. Several processes may record stages
// of one run at once: each gets a number and a directory of its own.
func (r Run) Begin(info Info) (*Writer, error) {
	info.State, info.Started = Running, time.Now()
	w := &Writer{info: info}
	if err := r.files().locked(osfile.Exclusive, func() error { return w.open(r) }); err != nil {
		if w.journal != nil {
			w.abandon()
		}
		return nil, fmt.Errorf("recording stage %q: %w", info.Stage, err)
	}
	return w, nil
}

// open makes the stage's directory and files. The run must be locked meanwhile, so
// that Executed counts no directory that has a number but no stage.json yet.
func (w *Writer) open(r Run) (err error) {
	if w.dir, err = r.files().makeStageDir(w.info.Stage); err != nil {
		return err
	}
	if w.journal, err = createJournal(filepath.Join(w.dir, journalFile)); err != nil {
		return err
	}
	if err := writeInfo(w.dir, w.info); err != nil {
		return err
	}
	if w.operations, err = createTable[Operation](filepath.Join(w.dir, operationsFile)); err != nil {
		return err
	}
	w.attempts, err = createTable[Attempt](filepath.Join(w.dir, attemptsFile))
	return err
}

// Dir is the directory of the stage's files.
func (w *Writer) Dir() string { return w.dir }

// Append records a batch. Once it has returned nil, a crash of this process
// loses none of it. An error (a full disk, say) is final: what was recorded
// before stays readable.
func (w *Writer) Append(batch []Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := w.journal.append(batch); err != nil {
		return fmt.Errorf("recording stage %q: %w%s", w.info.Stage, err, diskFullAdvice(err))
	}
	w.recorded += len(batch)
	for _, r := range batch {
		w.operations.add(r.Operation)
		w.flat = append(w.flat, r.Attempts...)
	}
	for _, a := range w.flat {
		w.attempts.add(a)
	}
	w.flat = w.flat[:0]
	return nil
}

func diskFullAdvice(err error) string {
	if oserr.DiskFull(err) {
		return ": free some space, then run the stage again; what was recorded until now is kept"
	}
	return ""
}

// Describe changes what Finish will write of the stage.
func (w *Writer) Describe(change func(*Info)) { change(&w.info) }

// Recorded is how many operations have been appended.
func (w *Writer) Recorded() int { return w.recorded }

// Finish ends the stage in a state with a detail, "" for none. The tables become
// visible together with the new state or, when that fails, the journal stays
// and is read instead.
func (w *Writer) Finish(state, detail string) error {
	w.info.State, w.info.Detail, w.info.Ended = state, detail, time.Now()
	err := errors.Join(w.operations.close(), w.attempts.close())
	if err == nil {
		err = errors.Join(w.operations.publish(), w.attempts.publish())
	}
	if err == nil {
		err = writeInfo(w.dir, w.info)
	}
	if err != nil {
		w.abandon()
		return fmt.Errorf("finishing stage %q: %w%s", w.info.Stage, err, diskFullAdvice(err))
	}
	// closed first: Windows removes no file that is open
	return errors.Join(w.journal.close(), osfile.Remove(filepath.Join(w.dir, journalFile)))
}

// abandon lets go of everything but the journal's file.
func (w *Writer) abandon() {
	w.journal.close()
	if w.operations != nil {
		w.operations.discard()
	}
	if w.attempts != nil {
		w.attempts.discard()
	}
}
