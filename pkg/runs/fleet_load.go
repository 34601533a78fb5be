package runs

import (
	"errors"
	"fmt"
	"os"

	"sagalab/pkg/internal/osfile"
)

// FindLoad returns the run that has executions of a fleet's load, and these executions with
// their rows, the oldest first. Without one it returns no executions.
func (s Store) FindLoad(loadID string) (Run, []Stage, error) {
	list, _, err := s.ListAll()
	if err != nil {
		return Run{}, nil, err
	}
	for i := len(list) - 1; i >= 0; i-- { // it is mostly a recent one
		dirs, infos, err := list[i].files().executed()
		if err != nil {
			continue // a damaged run is not that of this load
		}
		var found []Stage
		for n, info := range infos {
			if info.LoadID != loadID || loadID == "" {
				continue
			}
			stage, err := list[i].files().readStage(dirs[n])
			if err != nil {
				return list[i], nil, err
			}
			found = append(found, stage)
		}
		if len(found) > 0 {
			return list[i], found, nil
		}
	}
	return Run{}, nil, nil
}

// ErrOutboxInUse is returned for the outbox of a process that is alive.
var ErrOutboxInUse = errors.New("its worker is alive and has it open")

// ReadOutbox calls see with each record that the file of an Outbox has, also with those that
// were delivered. It returns ErrOutboxInUse while the process that writes the file is alive,
// and an error when records in the middle of the file cannot be read. A last entry that is
// incomplete, as after a kill, is no error.
func ReadOutbox(path string, see func(Record)) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() { // opening a FIFO would wait
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	defer f.Close()
	if errors.Is(osfile.TryLock(f, osfile.Shared), osfile.ErrLocked) {
		return fmt.Errorf("outbox %s: %w", path, ErrOutboxInUse)
	}
	stat, err := f.Stat()
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	damage, err := readJournal(f, stat.Size(), func(kind entryKind, r Record) {
		if kind == ended {
			see(r)
		}
	})
	if err == nil && damage.Records > 0 {
		err = fmt.Errorf("%d bytes cannot be read, at least %d records are missing; all others were read", damage.Bytes, damage.Records)
	}
	if err != nil {
		return fmt.Errorf("outbox %s: %w", path, err)
	}
	return nil
}
