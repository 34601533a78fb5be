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

	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/internal/provenance"
)

// runFile is what every directory of a run has.
const runFile = "run.json"

// TimeLayout is how the moment at which a run began is written for people: with its
// time zone, as an offset, since names of zones are ambiguous.
const TimeLayout = "2006-01-02 15:04:05 -07:00"

// Store is the directory that runs are kept in.
type Store struct{ Dir string }

// Run is one run of a store: what run.json says of it.
type Run struct {
	// ID names the run and its directory: the time it began, and a count where
	// two began in one second.
	ID string `json:"id"`
	// Name is what it was made for, a notebook's name, say.
	Name    string    `json:"name"`
	API     string    `json:"api"`
	Created time.Time `json:"created"`
	// Session is the id of the notebook execution that began it, "" when no notebook
	// did and in runs from before sessions were recorded.
	Session string `json:"session,omitempty"`
	// Provenance is the machine and the program that it was measured with; the zero
	// value in runs from before this was recorded.
	Provenance provenance.Provenance `json:"provenance,omitzero"`

	dir string
}

// Dir is the run's directory.
func (r Run) Dir() string { return r.dir }

// Create begins a run. Each call makes a directory of its own, also when several
// processes call it in the same second.
func (s Store) Create(name, api string) (Run, error) { return s.CreateIn("", name, api) }

// CreateIn begins a run like Create, and notes the session that it belongs to.
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
		err := os.Mkdir(r.dir, 0o755) // fails when it exists: no two processes get one directory
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = writeRunFile(r)
		}
		if err != nil {
			return Run{}, fmt.Errorf("beginning run %s: %w", r.ID, err)
		}
		return r, nil
	}
	return Run{}, fmt.Errorf("a thousand runs began in %s within this second", s.Dir)
}

// locked calls f while no other process, and no other goroutine of this one, holds
// the run's lock: osfile.Exclusive for numbering stages, osfile.Shared for counting
// them. The lock is on run.json, which is never replaced.
func (r Run) locked(how osfile.Mode, f func() error) error {
	mode := os.O_RDONLY
	if how == osfile.Exclusive { // which network file systems refuse to a file that cannot be written to
		mode = os.O_RDWR
	}
	file, err := os.OpenFile(filepath.Join(r.dir, runFile), mode, 0)
	if err != nil {
		return fmt.Errorf("locking run %s: %w", r.ID, err)
	}
	defer file.Close() // which unlocks it
	if err := osfile.Lock(file, how); err != nil {
		return fmt.Errorf("locking run %s: %w", r.ID, err)
	}
	return f()
}

// ErrNoRun is what the error of Open is when the store has no such run.
var ErrNoRun = errors.New("no such run")

// Open finds a run by its id.
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

// List returns the store's runs, the oldest first. A directory that is no run is
// passed over; a store that does not exist has none. When some runs are of a newer
// format, the error says so and the others are returned with it.
func (s Store) List() ([]Run, error) {
	list, newer, err := s.list()
	return list, errors.Join(err, newer)
}

// list returns the runs that can be read. newer joins a *VersionError for each run
// of a newer format.
func (s Store) list() (list []Run, newer, err error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("listing the runs: %w", err)
	}
	for _, e := range entries {
		r, err := s.Open(e.Name())
		var version *VersionError
		switch {
		case err == nil:
			list = append(list, r)
		case errors.As(err, &version):
			newer = errors.Join(newer, err)
		}
	}
	slices.SortStableFunc(list, func(a, b Run) int { return a.Created.Compare(b.Created) })
	return list, newer, nil
}
