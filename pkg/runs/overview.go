package runs

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Overview has the figures of a stage without its rows.
type Overview struct {
	Info    Info
	Summary Summary
	Reasons []Reason // the most frequent first
}

// Overviews summarizes the newest execution of each stage of load, in the order of
// Stages, column by column from the disk: a million operations take 20 MB of memory,
// with Stages 750 MB. Percentiles are exact. With names, it summarizes only the
// stages of these names; names that the run does not have are ignored.
func (r Run) Overviews(names ...string) ([]Overview, error) {
	dirs, err := r.files().newest(Load)
	if err != nil {
		return nil, err
	}
	list := []Overview{}
	for _, d := range dirs {
		if len(names) > 0 && !slices.Contains(names, d.stage) {
			continue
		}
		o, err := readOverview(d.path)
		if err != nil {
			return nil, fmt.Errorf("run %s, stage %s: %w", r.ID, filepath.Base(d.path), err)
		}
		list = append(list, o)
	}
	return list, nil
}

// Overview summarizes the stage, which must be finished, as Overviews does.
func (w *Writer) Overview() (Overview, error) { return readOverview(w.Dir()) }

func readOverview(dir string) (Overview, error) {
	// in this order: see readStage
	journal, alive, journalErr := openJournal(dir)
	if journalErr == nil {
		defer journal.Close()
	}
	file, err := readStageFile(dir)
	info := file.Info
	if err != nil {
		return Overview{}, err
	}
	var t tally
	switch {
	case info.State != Running:
		err := file.Files.check(dir, operationsFile)
		if err == nil {
			err = t.addFile(filepath.Join(dir, operationsFile))
		}
		if err != nil {
			return Overview{}, damagedTable(dir, operationsFile, err)
		}
	case journalErr == nil && alive:
		stat, err := journal.Stat()
		if err == nil {
			_, err = readJournal(journal, stat.Size(), func(kind entryKind, r Record) {
				if kind == ended {
					t.add(&r.Operation)
				}
			})
		}
		if err != nil {
			return Overview{}, err
		}
	default: // its process died: readStage finishes it
		s, err := readStage(dir)
		return Overview{Info: s.Info, Summary: Summarize(s), Reasons: Reasons(s)}, err
	}
	return Overview{Info: info, Summary: t.summary(info), Reasons: t.reasons()}, nil
}
