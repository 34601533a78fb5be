package runs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"sagalab/pkg/internal/osfile"
)

var stageDir = regexp.MustCompile(`^\d+-`)

// stageDirs is the directory of each executed stage, in the order of execution.
func (r Run) stageDirs() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && stageDir.MatchString(e.Name()) {
			dirs = append(dirs, filepath.Join(r.dir, e.Name()))
		}
	}
	number := func(dir string) (n int) { fmt.Sscanf(filepath.Base(dir), "%d-", &n); return n }
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	return dirs, nil
}

// Stages is the newest execution of each stage of load, in the order in which
// their names first appeared. Stages that still run, or whose process died, are
// there with what they recorded.
func (r Run) Stages() ([]Stage, error) { return r.newest(Load) }

// Cases is the newest execution of each sequential case, likewise.
func (r Run) Cases() ([]Stage, error) { return r.newest(Case) }

func (r Run) newest(kind string) ([]Stage, error) {
	dirs, err := r.newestDirs(kind)
	if err != nil {
		return nil, err
	}
	stages := make([]Stage, len(dirs))
	for i, d := range dirs {
		if stages[i], err = r.read(d.path); err != nil {
			return nil, err
		}
	}
	return stages, nil
}

// execution is where an executed stage is.
type execution struct{ stage, path string }

// newestDirs is the newest execution of each stage of a kind, in the order in
// which their names first appeared.
func (r Run) newestDirs(kind string) (list []execution, err error) {
	dirs, infos, err := r.executed()
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, info := range infos {
		if info.Kind != kind {
			continue
		}
		n, known := at[info.Stage]
		if !known {
			n = len(list)
			at[info.Stage] = n
			list = append(list, execution{stage: info.Stage})
		}
		list[n].path = dirs[i]
	}
	return list, nil
}

// Executions is everything that was executed in the run, stages and cases, in
// its order and including what was executed again later, without the first skip
// ones: what touched the service's state.
func (r Run) Executions(skip int) ([]Stage, error) {
	dirs, _, err := r.executed()
	if err != nil {
		return nil, err
	}
	stages := []Stage{}
	for _, dir := range dirs[min(skip, len(dirs)):] {
		s, err := r.read(dir)
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// Executed counts the executions that have begun in the run, also those that other
// processes began.
func (r Run) Executed() (n int, err error) {
	err = r.locked(osfile.Shared, func() error {
		dirs, _, err := r.executed()
		n = len(dirs)
		return err
	})
	return n, err
}

// executed is the directories of the run's executions with what they say of
// themselves, in their order.
func (r Run) executed() (dirs []string, infos []Info, err error) {
	all, err := r.stageDirs()
	if err != nil {
		return nil, nil, fmt.Errorf("run %s: %w", r.ID, err)
	}
	for _, dir := range all {
		info, err := readInfo(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its process died before it had begun
		}
		if err != nil {
			return nil, nil, fmt.Errorf("run %s, stage %s: %w", r.ID, filepath.Base(dir), err)
		}
		dirs, infos = append(dirs, dir), append(infos, info)
	}
	return dirs, infos, nil
}

func (r Run) read(dir string) (Stage, error) {
	s, err := readStage(dir)
	if err != nil {
		err = fmt.Errorf("run %s, stage %s: %w", r.ID, filepath.Base(dir), err)
	}
	return s, err
}

func readStage(dir string) (Stage, error) {
	// the journal is opened before stage.json is read: a stage that finishes in
	// between leaves either a journal that is open here or a finished state
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
			s.State, s.Detail = Interrupted, "its process ended before the stage did"
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
	s.share()
	return s, nil
}

// share lets attempts use their operations' texts where they are the same, as
// they mostly are.
func (s Stage) share() {
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

// salvage finishes a stage whose process died, so that other tools can read its
// tables, too, and removes its journal. Two readers who do it at once write the same.
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

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
