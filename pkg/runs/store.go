package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/internal/provenance"
)

// Store is a directory of runs. It need not exist. Several processes may use one
// store at the same time.
type Store struct{ Dir string }

// ErrNoRun is wrapped by the error for a run that the store does not have.
var ErrNoRun = errors.New("no such run")

// Create makes a run with a directory of its own, also when several processes call
// it in the same second. name and api are those of Run.
func (s Store) Create(name, api string) (Run, error) { return s.CreateIn("", name, api) }

// CreateIn makes a run as Create does, and records the session that begins it.
func (s Store) CreateIn(session, name, api string) (Run, error) {
	now := time.Now()
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return Run{}, fmt.Errorf("making the directory of runs: %w", err)
	}
	for n := 1; n < 1000; n++ {
		r := Run{ID: now.UTC().Format("20060102-150405"), Name: name, API: api, Created: now, Session: session, Provenance: provenance.Here()}
		if n > 1 {
			r.ID += fmt.Sprintf("-%d", n)
		}
		r.dir = filepath.Join(s.Dir, r.ID)
		err := os.Mkdir(r.dir, 0o755) // fails when it exists, so that each process gets another one
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = writeRunFile(r)
		}
		if err != nil {
			return Run{}, fmt.Errorf("creating run %s: %w", r.ID, err)
		}
		return r, nil
	}
	return Run{}, fmt.Errorf("%s has a thousand runs that began in this second", s.Dir)
}

// Open returns the run with an id. The error wraps ErrNoRun when there is none.
func (s Store) Open(id string) (Run, error) {
	if id == "" || id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return Run{}, fmt.Errorf("run %q: %w: an id looks like 20260102-150405", id, ErrNoRun)
	}
	r, err := readRunFile(filepath.Join(s.Dir, id))
	if errors.Is(err, fs.ErrNotExist) {
		return Run{}, fmt.Errorf("run %q: %w in %s", id, ErrNoRun, s.Dir)
	}
	if err != nil {
		return Run{}, fmt.Errorf("run %q: %w", id, err)
	}
	return r, nil
}

// UnreadableRun is a run whose run.json is damaged, or of a newer format.
type UnreadableRun struct {
	ID, Dir string
	Err     error // wraps a *DamageError or a *VersionError
}

// List returns the store's runs, the oldest first. It ignores directories that are
// not runs, and runs whose run.json is damaged, which ListAll returns; a store that
// does not exist has none. When some runs are of a newer format, the error names them,
// and the other runs are returned with it.
func (s Store) List() ([]Run, error) {
	list, unreadable, err := s.ListAll()
	for _, u := range unreadable {
		var version *VersionError
		if errors.As(u.Err, &version) {
			err = errors.Join(err, u.Err)
		}
	}
	return list, err
}

// ListAll returns the store's runs that can be read, the oldest first, and those that
// cannot, by their ids.
func (s Store) ListAll() (list []Run, unreadable []UnreadableRun, err error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("listing the runs: %w", err)
	}
	for _, e := range entries {
		r, err := s.Open(e.Name())
		switch {
		case err == nil:
			list = append(list, r)
		case e.IsDir() && !errors.Is(err, ErrNoRun):
			unreadable = append(unreadable, UnreadableRun{e.Name(), filepath.Join(s.Dir, e.Name()), err})
		}
	}
	slices.SortStableFunc(list, func(a, b Run) int { return a.Created.Compare(b.Created) })
	return list, unreadable, nil
}
