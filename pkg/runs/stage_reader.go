package runs

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sagalab/pkg/internal/osfile"
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
	var s Stage
	var infoErr error
	if s.Info, infoErr = readInfo(dir); infoErr != nil {
		return Stage{}, infoErr
	}
	switch {
	case s.State != Running:
		if s.Operations, err = readTable[Operation](filepath.Join(dir, operationsFile)); err != nil {
			return Stage{}, fmt.Errorf("%s: %w", operationsFile, err)
		}
		if s.Attempts, err = readTable[Attempt](filepath.Join(dir, attemptsFile)); err != nil {
			return Stage{}, fmt.Errorf("%s: %w", attemptsFile, err)
		}
	case err != nil:
		return Stage{}, fmt.Errorf("its journal: %w", err)
	default:
		if err := readJournal(journal, func(r Record) {
			s.Operations = append(s.Operations, r.Operation)
			s.Attempts = append(s.Attempts, r.Attempts...)
		}); err != nil {
			return Stage{}, err
		}
		if !alive {
			s.State, s.Detail = Interrupted, diedDetail
			for i := range s.Operations {
				s.Ended = later(s.Ended, s.Operations[i].EndTS)
			}
			defer func() {
				journal.Close()
				_ = s.salvage(dir, journal.Name()) // a store that cannot be written to is read all the same
			}()
		}
	}
	slices.SortFunc(s.Operations, func(a, b Operation) int { return cmp.Compare(a.Index, b.Index) })
	slices.SortFunc(s.Attempts, func(a, b Attempt) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Number, b.Number))
	})
	s.shareTexts()
	return s, nil
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
// read them, and removes its journal. Readers that do so at once write the same.
func (s Stage) salvage(dir, journal string) error {
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
	err = errors.Join(operations.close(), attempts.close())
	if err == nil {
		err = errors.Join(operations.publish(), attempts.publish())
	}
	if err == nil {
		err = writeInfo(dir, s.Info)
	}
	if err != nil {
		return err
	}
	return osfile.Remove(journal)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
