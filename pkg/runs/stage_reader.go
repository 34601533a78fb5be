package runs

import (
	"os"
	"path/filepath"
	"time"
)

// diedDetail is the Detail of a stage whose process died.
const diedDetail = "its process ended before the stage did"

// readStage reads the stage in a directory into memory: from its tables when it has ended,
// else from its journal. When its process died, it also finishes the stage on disk.
func readStage(dir string) (Stage, error) {
	s, err := openStage(dir)
	if err != nil {
		return Stage{}, err
	}
	return s.ReadRows()
}

// openStage opens the stage in a directory: its rows stay in its tables when it has ended,
// and are read into memory from its journal while it runs. When its process died, it
// finishes the stage on disk first. Tables without checksums, of versions 0 and 1, are read
// into memory, which shows whether they are whole.
func openStage(dir string) (Stage, error) {
	// the journal is opened before stage.json is read: of a stage that finishes in
	// between, either the journal is open here or stage.json says that it has ended
	journal, alive, journalErr := openJournal(dir)
	if journalErr == nil {
		defer journal.Close()
	}
	file, err := readStageFile(dir)
	if err != nil {
		return Stage{}, err
	}
	s := Stage{Info: file.Info}
	switch {
	case s.State != Running:
		if journalErr == nil && !alive {
			removeLeftovers(dir, journal)
		}
		return openFinished(dir, file)
	case journalErr != nil:
		return Stage{}, damagedTable(dir, journalFile, journalErr)
	case alive:
		return s, s.readJournal(journal)
	}
	return s.recover(dir, journal)
}

// openFinished opens a stage that has ended.
func openFinished(dir string, file stageFile) (s Stage, err error) {
	s.Info = file.Info
	if s.stored, err = openStored(dir, file.Files); err != nil {
		return Stage{}, err
	}
	if s.stored == nil {
		err = s.readTables(dir, file.Files)
		s.arrangeRows()
	}
	return s, err
}

// readTables reads the rows of a stage that has ended into memory.
func (s *Stage) readTables(dir string, sums fileSums) (err error) {
	if err = sums.check(dir, operationsFile); err == nil {
		s.Operations, err = readTable(filepath.Join(dir, operationsFile), operationColumns)
	}
	if err != nil {
		return damagedTable(dir, operationsFile, err)
	}
	if err = sums.check(dir, attemptsFile); err == nil {
		s.Attempts, err = readTable(filepath.Join(dir, attemptsFile), attemptColumns)
	}
	return damagedTable(dir, attemptsFile, err)
}

// readJournal reads the rows of operations that have ended into memory.
func (s *Stage) readJournal(journal *os.File) error {
	stat, err := journal.Stat()
	if err != nil {
		return err
	}
	_, err = readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
		if kind == ended {
			s.Operations = append(s.Operations, r.Operation)
			s.Attempts = append(s.Attempts, r.Attempts...)
		}
	})
	s.arrangeRows()
	return err
}

// recover finishes the stage of a process that died, from its journal, which stays there.
func (s Stage) recover(dir string, journal *os.File) (Stage, error) {
	if s.salvage(dir, journal) == nil {
		file, err := readStageFile(dir)
		if err != nil {
			return Stage{}, err
		}
		removeLeftovers(dir, journal)
		return openFinished(dir, file)
	}
	// a store that cannot be written to is read all the same
	err := s.replay(journal, func(r Record) {
		s.Operations = append(s.Operations, r.Operation)
		s.Attempts = append(s.Attempts, r.Attempts...)
	})
	s.arrangeRows()
	return s, err
}

// replay calls see with each record of the journal of a process that died, of operations
// that did not end last, and sets the stage's description to how it ended.
func (s *Stage) replay(journal *os.File, see func(Record)) error {
	stat, err := journal.Stat()
	if err != nil {
		return err
	}
	var pending pendingRecords
	damage, err := readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
		if kind == waiting {
			pending.add(r)
			return
		}
		pending.end(r.Operation.Index)
		s.Ended = later(s.Ended, r.Operation.EndTS)
		see(r)
	})
	if err == nil && len(pending) > 0 { // of a damaged journal they may come before what they replace
		_, err = readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
			if kind == ended {
				pending.end(r.Operation.Index)
			}
		})
	}
	if err != nil {
		return err
	}
	for _, r := range pending.unfinished() {
		s.Ended = later(s.Ended, r.Operation.EndTS)
		s.Info.Unfinished++
		see(r)
	}
	s.State, s.Detail = Interrupted, diedDetail
	damage.File = filepath.Base(journal.Name())
	if empty := stat.Size() < int64(journalHead1) && damage.File == journalFile; empty || damage.Bytes > 0 || damage.Records > 0 {
		s.Damage = &damage
		s.Info.Warnings = append(s.Info.Warnings, damage.String())
	}
	return nil
}

// shareTexts makes attempts share the memory of their operations' keys and order
// ids where they are equal, as they mostly are.
func (s Stage) shareTexts() {
	n := 0
	for i := range s.Attempts {
		a := &s.Attempts[i]
		for n < len(s.Operations) && s.Operations[n].Index < a.Index {
			n++
		}
		if n == len(s.Operations) {
			return
		}
		if o := &s.Operations[n]; a.Key == o.Key {
			a.Key = o.Key
		}
		if o := &s.Operations[n]; a.OrderID == o.OrderID {
			a.OrderID = o.OrderID
		}
	}
}

// salvage writes the tables of a stage whose process died, so that other tools can
// read them, record by record. Its journal stays. Readers that do so at once write the same.
func (s Stage) salvage(dir string, journal *os.File) error {
	operations, err := createTable[operationRow](filepath.Join(dir, operationsFile))
	if err != nil {
		return err
	}
	defer operations.discard()
	attempts, err := createTable[Attempt](filepath.Join(dir, attemptsFile))
	if err != nil {
		return err
	}
	defer attempts.discard()
	err = s.replay(journal, func(r Record) {
		operations.add(rowOf(&r.Operation))
		for _, a := range r.Attempts {
			attempts.add(a)
		}
	})
	if err != nil {
		return err
	}
	return finishStage(dir, s.Info, operations, attempts)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
