package runs

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// diedDetail is the Detail of a stage whose process died.
const diedDetail = "its process ended before the stage did"

// readStage reads the stage in a directory: from its tables when it has ended, else
// from its journal. When its process died, it also finishes the stage on disk.
func readStage(dir string) (Stage, error) {
	// the journal is opened before stage.json is read: of a stage that finishes in
	// between, either the journal is open here or stage.json says that it has ended
	journal, alive, err := openJournal(dir)
	if err == nil {
		defer journal.Close()
	}
	file, fileErr := readStageFile(dir)
	if fileErr != nil {
		return Stage{}, fileErr
	}
	s := Stage{Info: file.Info}
	switch {
	case s.State != Running:
		err = s.readTables(dir, file.Files)
	case err != nil:
		err = damagedTable(dir, journalFile, err)
	case alive:
		_, _, err = s.readJournal(journal)
	default:
		err = s.recover(dir, journal)
	}
	if err != nil {
		return Stage{}, err
	}
	slices.SortFunc(s.Operations, func(a, b Operation) int { return cmp.Compare(a.Index, b.Index) })
	slices.SortFunc(s.Attempts, func(a, b Attempt) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number))
	})
	s.shareTexts()
	return s, nil
}

// readTables reads the rows of a stage that has ended.
func (s *Stage) readTables(dir string, sums fileSums) (err error) {
	if err = sums.check(dir, operationsFile); err == nil {
		s.Operations, err = readTable[Operation](filepath.Join(dir, operationsFile))
	}
	if err != nil {
		return damagedTable(dir, operationsFile, err)
	}
	if err = sums.check(dir, attemptsFile); err == nil {
		s.Attempts, err = readTable[Attempt](filepath.Join(dir, attemptsFile))
	}
	return damagedTable(dir, attemptsFile, err)
}

// readJournal reads the rows of operations that have ended, and returns those that wait
// for a retry.
func (s *Stage) readJournal(journal *os.File) (pending pendingRecords, damage Damage, err error) {
	stat, err := journal.Stat()
	if err != nil {
		return nil, Damage{}, err
	}
	damage, err = readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
		if kind == waiting {
			pending.add(r)
			return
		}
		pending.end(r.Operation.Index)
		s.Operations = append(s.Operations, r.Operation)
		s.Attempts = append(s.Attempts, r.Attempts...)
	})
	damage.File = filepath.Base(journal.Name())
	return pending, damage, err
}

// recover reads the journal of a stage whose process died, and finishes the stage on
// disk. The journal stays there.
func (s *Stage) recover(dir string, journal *os.File) error {
	pending, damage, err := s.readJournal(journal)
	if err != nil {
		return err
	}
	stat, err := journal.Stat()
	if err != nil {
		return err
	}
	for i := range s.Operations { // of a damaged journal they may come before what they replace
		pending.end(s.Operations[i].Index)
	}
	for _, r := range pending.unfinished() {
		s.Operations = append(s.Operations, r.Operation)
		s.Attempts = append(s.Attempts, r.Attempts...)
		s.Info.Unfinished++
	}
	s.State, s.Detail = Interrupted, diedDetail
	for i := range s.Operations {
		s.Ended = later(s.Ended, s.Operations[i].EndTS)
	}
	if empty := stat.Size() < int64(journalHead1) && damage.File == journalFile; empty || damage.Bytes > 0 || damage.Records > 0 {
		s.Damage = &damage
		s.Info.Warnings = append(s.Info.Warnings, damage.String())
	}
	_ = s.salvage(dir) // a store that cannot be written to is read all the same
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
// read them. Its journal stays. Readers that do so at once write the same.
func (s Stage) salvage(dir string) error {
	operations, err := createTable[Operation](filepath.Join(dir, operationsFile))
	if err != nil {
		return err
	}
	defer operations.discard()
	attempts, err := createTable[Attempt](filepath.Join(dir, attemptsFile))
	if err != nil {
		return err
	}
	defer attempts.discard()
	for _, op := range s.Operations {
		operations.add(op)
	}
	for _, a := range s.Attempts {
		attempts.add(a)
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
