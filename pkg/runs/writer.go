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

// Writer records one stage. Begin makes it, and Finish must end it. Its methods are
// not safe for concurrent use.
type Writer struct {
	dir        string
	info       Info
	journal    *journal
	operations tableWriter[operationRow]
	attempts   tableWriter[Attempt]
	batch      []Attempt // the attempts of a batch, in one piece
	pending    pendingRecords
	recorded   int
}

// Begin starts to record a stage in the run. It sets info.State and info.Started.
// Several processes may record stages of one run at once: each stage gets a number
// and a directory of its own.
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

// open makes the stage's directory and files. The run must be locked until it
// returns, so that Executed sees no directory without stage.json.
func (w *Writer) open(r Run) (err error) {
	if w.dir, err = r.files().makeStageDir(w.info.Stage); err != nil {
		return err
	}
	if w.journal, err = createJournal(filepath.Join(w.dir, journalFile)); err != nil {
		return err
	}
	if err := writeInfo(w.dir, w.info, nil); err != nil {
		return err
	}
	if w.operations, err = createTable[operationRow](filepath.Join(w.dir, operationsFile)); err != nil {
		return err
	}
	w.attempts, err = createTable[Attempt](filepath.Join(w.dir, attemptsFile))
	return err
}

// Dir returns the directory of the stage's files.
func (w *Writer) Dir() string { return w.dir }

// Append records a batch. Once it has returned nil, a crash of this process loses
// none of its records. After an error, such as a full disk, no more can be recorded;
// what was recorded before stays readable.
func (w *Writer) Append(batch []Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := w.write(ended, batch); err != nil {
		return err
	}
	w.recorded += len(batch)
	w.add(batch)
	if err := errors.Join(w.operations.failed(), w.attempts.failed()); err != nil {
		return fmt.Errorf("recording stage %q: %w%s", w.info.Stage, err, diskFullAdvice(err))
	}
	return nil
}

// AppendWaiting records operations that wait for a retry, with the attempts that ended
// since the last call: they are kept when this process dies before the operation ends.
// The record that Append gets of an operation replaces them; it has to come later.
// Errors are as those of Append.
func (w *Writer) AppendWaiting(batch []Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := w.write(waiting, batch); err != nil {
		return err
	}
	for _, r := range batch {
		w.pending.add(r)
	}
	return nil
}

// write writes to the journal. A file that was removed can be written to, on Unix, and
// is lost.
func (w *Writer) write(kind entryKind, batch []Record) error {
	err := w.journal.append(kind, batch)
	if err == nil {
		err = w.journal.checkPlace()
	}
	if err != nil {
		return fmt.Errorf("recording stage %q: %w%s", w.info.Stage, err, diskFullAdvice(err))
	}
	return nil
}

// add adds records to the tables.
func (w *Writer) add(batch []Record) {
	for _, r := range batch {
		w.pending.end(r.Operation.Index)
		w.operations.add(rowOf(&r.Operation))
		w.batch = append(w.batch, r.Attempts...)
	}
	for _, a := range w.batch {
		w.attempts.add(a)
	}
	w.batch = w.batch[:0]
}

// diskFullAdvice returns what to do about a full disk, "" for another error.
func diskFullAdvice(err error) string {
	if oserr.DiskFull(err) {
		return ": free some space, then run the stage again; what was recorded until now is kept"
	}
	return ""
}

// UpdateInfo calls change with the description of the stage that Finish will write.
func (w *Writer) UpdateInfo(change func(*Info)) { change(&w.info) }

// Recorded returns how many operations have been appended.
func (w *Writer) Recorded() int { return w.recorded }

// Finish ends the stage with a state and a detail, "" for none. It makes the tables
// visible and removes the journal. When it fails, the journal stays, and readers use
// it instead.
func (w *Writer) Finish(state, detail string) error {
	w.info.State, w.info.Detail, w.info.Ended = state, detail, time.Now()
	unfinished := w.pending.unfinished()
	w.info.Unfinished = len(unfinished)
	w.add(unfinished)
	err := w.journal.checkPlace()
	if err == nil {
		err = finishStage(w.dir, w.info, w.operations, w.attempts)
	}
	if err != nil {
		w.abandon()
		return fmt.Errorf("finishing stage %q: %w%s", w.info.Stage, err, diskFullAdvice(err))
	}
	// closed first: Windows removes no file that is open
	return errors.Join(w.journal.close(), osfile.Remove(filepath.Join(w.dir, journalFile)))
}

// finishStage publishes the tables of a stage, and then its stage.json.
func finishStage(dir string, info Info, operations tableWriter[operationRow], attempts tableWriter[Attempt]) error {
	err := errors.Join(operations.close(), attempts.close())
	if err == nil {
		err = errors.Join(operations.publish(), attempts.publish())
	}
	if err != nil {
		return err
	}
	return writeInfo(dir, info, fileSums{operationsFile: operations.sum(), attemptsFile: attempts.sum()})
}

// abandon closes all files and removes all but the journal.
func (w *Writer) abandon() {
	w.journal.close()
	if w.operations != nil {
		w.operations.discard()
	}
	if w.attempts != nil {
		w.attempts.discard()
	}
}
