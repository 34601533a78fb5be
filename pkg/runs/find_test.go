package runs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFind(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	for i, id := range []string{"20260102-150405", "20260102-150405-2", "20260103-090000", "20250101-000000"} {
		r := Run{ID: id, Created: time.Unix(int64(1_700_000_000+i), 0)} // the last one is the newest, whatever its name
		dir := filepath.Join(s.Dir, id)
		if err := errors.Join(os.Mkdir(dir, 0o755), writeJSON(filepath.Join(dir, "run.json"), r)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, want string
		err        error
		says       string
	}{
		{"20260103-090000", "20260103-090000", nil, ""},
		{"20260103", "20260103-090000", nil, ""},
		{"2025", "20250101-000000", nil, ""},
		{"20260102-150405", "20260102-150405", nil, ""}, // an id counts before a beginning
		{"20260102-150405-", "20260102-150405-2", nil, ""},
		{"last", "20250101-000000", nil, ""},
		{"last~0", "20250101-000000", nil, ""},
		{"last~3", "20260102-150405", nil, ""},
		{"20260102", "", ErrAmbiguous, "20260102-150405, 20260102-150405-2"},
		{"2", "", ErrAmbiguous, ""},
		{"3", "", ErrNoRun, "runs ls"},
		{"last~4", "", ErrNoRun, "has 4"},
		{"last~", "", ErrNoRun, "last~1"}, {"last~-1", "", ErrNoRun, "last~1"}, {"last1", "", ErrNoRun, "last~1"},
		{"", "", ErrNoRun, ""}, {"../x", "", ErrNoRun, ""}, {".", "", ErrNoRun, ""},
	} {
		got, err := s.Find(tt.name)
		if got.ID != tt.want || !errors.Is(err, tt.err) || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Find(%q) = %q, %v; want %q, %v with %q", tt.name, got.ID, err, tt.want, tt.err, tt.says)
		}
		if err == nil && got.Dir() != filepath.Join(s.Dir, got.ID) {
			t.Errorf("Find(%q) is in %s", tt.name, got.Dir())
		}
	}
	one, _ := newRun(t)
	if _, err := one.Find("last~1"); err == nil || !strings.HasSuffix(err.Error(), "has 1 run") {
		t.Errorf("the last but one of one run: %v, want that the store has 1 run", err)
	}
	if _, err := (Store{Dir: filepath.Join(s.Dir, "none")}).Find("last"); !errors.Is(err, ErrNoRun) {
		t.Errorf("last of a store that does not exist: %v, want ErrNoRun", err)
	}
}

func TestEntries(t *testing.T) {
	_, r := newRun(t)
	done := begin(t, r, "light", 3)
	if err := errors.Join(done.Append(records("light", 0, 3)), done.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	died, runs := begin(t, r, "heavy", 5), begin(t, r, "soak", 7)
	if err := died.journal.close(); err != nil { // as a process that ends does
		t.Fatal(err)
	}
	defer runs.abandon()
	entries, err := r.Entries()
	if err != nil || len(entries) != 3 {
		t.Fatalf("Entries() = %v, %v; want three", entries, err)
	}
	for i, want := range []struct{ stage, state, dir string }{{"light", Complete, "01-light"}, {"heavy", Interrupted, "02-heavy"}, {"soak", Running, "03-soak"}} {
		if e := entries[i]; e.Stage != want.stage || e.State != want.state || e.Dir != filepath.Join(r.Dir(), want.dir) {
			t.Errorf("entry %d = %+v, want %+v", i, e, want)
		}
	}
}
