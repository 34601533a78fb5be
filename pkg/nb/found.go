package nb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/runs"
)

// Found is what Lab.Search has found out, or one of its schedules that was executed again.
type Found struct {
	lab    Lab
	search FaultSearch
	result faultsearch.Result
}

// Broken reports whether a schedule was found that breaks a rule.
func (f Found) Broken() bool { return f.result.Witness != nil }

// Sentence says in one sentence what was found out.
func (f Found) Sentence() string { return f.result.Sentence() }

// Rule returns the rule that the witness breaks, such as "C3", "" without one.
func (f Found) Rule() string {
	if f.result.Witness == nil {
		return ""
	}
	return f.result.Witness.Rule
}

// foundFile is a Found on disk, which `sagalab search --replay` reads, too.
type foundFile struct {
	faultsearch.Result
	Search FaultSearch `json:"search"`
}

// foundPath returns where a search of a run is kept.
func foundPath(run runs.Run, name string) string {
	return filepath.Join(run.Dir(), "searches", name+".json")
}

// save keeps f in a run.
func (f Found) save(run runs.Run) error {
	text, err := json.MarshalIndent(foundFile{f.result, f.search}, "", "  ")
	path := foundPath(run, f.search.Name)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("keeping the search %q: %w", f.search.Name, err)
	}
	return nil
}

// Found returns the newest result of a search of the current run by its name, from the disk. A
// name that no search has ends the cell.
func (l Lab) Found(name string) Found {
	f, err := l.found(name)
	exitOnError(err)
	return f
}

func (l Lab) found(name string) (f Found, err error) {
	f.lab = l
	run, err := l.current()
	if err != nil {
		return f, err
	}
	text, err := os.ReadFile(foundPath(run, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("search %q has not run in this run: run its cell first", name)
	}
	var file foundFile
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		return f, fmt.Errorf("search %q: %w", name, err)
	}
	f.result, f.search = file.Result, file.Search
	if len(l.participants) > 0 {
		f.search.Participants = l.participants
	}
	return f, nil
}

// Replay executes the witness again, as often as FaultSearch.Confirm says and once more, at the lab's
// service, and shows what came of it. In OwnDistributed that is the service which was started for
// the cell. Without a witness it ends the cell.
func (f Found) Replay() Found {
	again, err := f.replay()
	exitOnError(err)
	again.showReplayed()
	return again
}

func (f Found) replay() (again Found, err error) {
	w := f.result.Witness
	if w == nil {
		return f, fmt.Errorf("search %q found nothing that could be replayed: %s", f.search.Name, f.result.Sentence())
	}
	again = f
	return again, f.lab.withSearched(f.search, func(ctx context.Context, _ runs.Run, service *faultsearch.Service) (err error) {
		again.result, err = faultsearch.Replay(ctx, service, f.search.options(), faultsearch.Replayed{World: w.World, Schedule: w.Schedule})
		return err
	})
}
