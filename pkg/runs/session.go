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
)

// bookmarkAge is how long a bookmark is kept after its last use. Sessions that end
// without removing theirs (a closed kernel, a killed program) leave one behind.
const bookmarkAge = 90 * 24 * time.Hour

// A session is one execution of notebook cells: two notebooks that are open at the
// same time, or one notebook that is open twice, have different ones. A session has
// one current run for each notebook name. Its id is in a bookmark, the file
// .current/NAME-SESSION; names and session ids must be valid in a file name.

// SetCurrent makes r the current run of the notebook in the session. It also
// removes bookmarks that have not been used for 90 days.
func (s Store) SetCurrent(notebook, session string, r Run) error {
	path, err := s.bookmark(notebook, session)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("recording the current run: %w", err)
	}
	if err := writeFile(path, []byte(r.ID)); err != nil {
		return fmt.Errorf("recording the current run: %w", err)
	}
	s.removeBookmarks(func(_ string, unused time.Duration) bool { return unused > bookmarkAge })
	return nil
}

// Current returns the current run of the notebook in the session. The error wraps
// fs.ErrNotExist when the session has none.
func (s Store) Current(notebook, session string) (Run, error) {
	path, err := s.bookmark(notebook, session)
	if err != nil {
		return Run{}, err
	}
	id, err := osfile.ReadRegular(path)
	if err != nil {
		return Run{}, fmt.Errorf("reading the current run: %w", err)
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // for bookmarkAge; the run is found without it
	return s.Open(string(id))
}

// EndSession removes the bookmarks of a session that has ended, and no run.
func (s Store) EndSession(session string) error {
	if _, err := s.bookmark("any", session); err != nil {
		return err
	}
	return s.removeBookmarks(func(name string, _ time.Duration) bool { return strings.HasSuffix(name, "-"+session) })
}

// OfSession lists the runs that a session began, the oldest first. Runs of a newer
// format are left out: a newer program began them, so another session did.
func (s Store) OfSession(session string) ([]Run, error) {
	list, _, err := s.ListAll()
	return slices.DeleteFunc(list, func(r Run) bool { return r.Session != session }), err
}

func (s Store) bookmarks() string { return filepath.Join(s.Dir, ".current") }

func (s Store) bookmark(notebook, session string) (string, error) {
	for _, name := range []string{notebook, session} {
		if name == "" || strings.ContainsRune(name, filepath.Separator) || strings.HasPrefix(name, ".") {
			return "", fmt.Errorf("the current run of notebook %q in session %q: want plain names without a slash and without a dot at the beginning", notebook, session)
		}
	}
	return filepath.Join(s.bookmarks(), notebook+"-"+session), nil
}

// removeBookmarks removes the bookmarks for which old returns true, by the name of
// the file and the time since its last use.
func (s Store) removeBookmarks(old func(name string, unused time.Duration) bool) error {
	entries, err := os.ReadDir(s.bookmarks())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !old(e.Name(), time.Since(info.ModTime())) {
			continue // it stays, or another session has just removed it
		}
		if err := os.Remove(filepath.Join(s.bookmarks(), e.Name())); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
