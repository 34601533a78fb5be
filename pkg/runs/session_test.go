package runs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/osfile"
)

func TestSessionsHaveRunsOfTheirOwn(t *testing.T) {
	store := Store{Dir: filepath.Join(t.TempDir(), "runs")}
	var list [2]Run
	for i, session := range []string{"a", "b"} {
		if _, err := store.Current("n", session); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Current of session %s before it has a run = %v, want fs.ErrNotExist", session, err)
		}
		var err error
		if list[i], err = store.CreateIn(session, "n", "http://127.0.0.1:1"); err != nil {
			t.Fatal(err)
		}
		if err := store.SetCurrent("n", session, list[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, session := range []string{"a", "b"} {
		got, err := store.Current("n", session)
		if err != nil || got.ID != list[i].ID || got.Session != session {
			t.Errorf("Current of session %s = %+v, %v; want run %s of that session", session, got, err, list[i].ID)
		}
	}
	if err := store.EndSession("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Current("n", "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Current of a session that has ended = %v, want fs.ErrNotExist", err)
	}
	if got, err := store.Current("n", "b"); err != nil || got.ID != list[1].ID {
		t.Errorf("Current of the other session = %v, %v; want %s", got.ID, err, list[1].ID)
	}
	if all, err := store.List(); err != nil || len(all) != 2 {
		t.Errorf("%d runs are left, %v; want both", len(all), err)
	}
}

func TestOldBookmarksGo(t *testing.T) {
	store, r := newRun(t)
	for _, session := range []string{"idle", "used"} {
		if err := store.SetCurrent("n", session, r); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-bookmarkAge - time.Hour)
		if err := os.Chtimes(filepath.Join(store.bookmarks(), "n-"+session), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Current("n", "used"); err != nil { // which makes it young again
		t.Fatal(err)
	}
	if err := store.SetCurrent("n", "new", r); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(store.bookmarks())
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if err != nil || !slices.Equal(left, []string{"n-new", "n-used"}) {
		t.Errorf("bookmarks %v, %v; want those of the sessions new and used", left, err)
	}
}

func TestBookmarkNamesAreChecked(t *testing.T) {
	store, r := newRun(t)
	for _, names := range [][2]string{{"", "s"}, {"n", ""}, {"../n", "s"}, {"n", "../s"}, {"n", ".s"}, {"n", "/"}} {
		_, read := store.Current(names[0], names[1])
		for _, err := range []error{store.SetCurrent(names[0], names[1], r), read} {
			if err == nil || !strings.Contains(err.Error(), "plain names") {
				t.Errorf("a bookmark of notebook %q in session %q = %v, want it refused", names[0], names[1], err)
			}
		}
	}
	if err := store.EndSession("/"); err == nil {
		t.Error("EndSession took a name with a slash")
	}
}

func TestRunsWithoutASessionAreRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "20251101-080000"), 0o755); err != nil {
		t.Fatal(err)
	}
	old := `{"id": "20251101-080000", "name": "01", "api": "http://127.0.0.1:1", "created": "2025-11-01T08:00:00Z"}`
	if err := os.WriteFile(filepath.Join(dir, "20251101-080000", runFile), []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Store{Dir: dir}.Open("20251101-080000")
	if err != nil || r.Name != "01" || r.Session != "" {
		t.Errorf("Open = %+v, %v; want the run without a session", r, err)
	}
}

// The processes and goroutines of TestRunsAndStagesDoNotMix, and how many runs and
// stages each of them makes.
const (
	makers   = 4
	made     = 4
	makerDir = "SAGALAB_TEST_MAKER_DIR"
	makerRun = "SAGALAB_TEST_MAKER_RUN"
)

// makeMany makes runs in the store, and stages of the run shared, all named after
// the maker, who also is in every row.
func makeMany(store Store, shared, maker string) error {
	common, err := store.Open(shared)
	if err != nil {
		return err
	}
	for i := range made {
		r, err := store.CreateIn(maker, maker, "http://"+maker)
		if err != nil {
			return err
		}
		for _, run := range []Run{r, common} {
			stage := fmt.Sprintf("%s.%d", maker, i)
			w, err := run.Begin(Info{Stage: stage, Kind: Load, API: "http://" + maker, Requests: 5})
			if err != nil {
				return err
			}
			if err := errors.Join(w.Append(records(stage, 0, 5)), w.Finish(Complete, "")); err != nil {
				return err
			}
		}
	}
	return nil
}

// makerMain is a process of TestRunsAndStagesDoNotMix: it waits for the end of its
// standard input, so that all begin at once.
func makerMain() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := makeMany(Store{Dir: os.Getenv(makerDir)}, os.Getenv(makerRun), fmt.Sprint("process-", os.Getpid())); err != nil {
		fmt.Println(err)
	}
}

// TestRunsAndStagesDoNotMix has processes and goroutines begin runs in the same
// seconds, and stages of one run at once.
func TestRunsAndStagesDoNotMix(t *testing.T) {
	store, shared := newRun(t)
	var all sync.WaitGroup
	var begin []io.Closer
	for range makers {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), makerDir+"="+store.Dir, makerRun+"="+shared.ID)
		stdin, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		begin = append(begin, stdin)
		all.Go(func() {
			if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("a process: %v\n%s", err, out)
			}
		})
	}
	start := make(chan struct{})
	for n := range makers {
		all.Go(func() {
			<-start
			if err := makeMany(store, shared.ID, fmt.Sprint("goroutine-", n)); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	for _, c := range begin {
		c.Close()
	}
	all.Wait()
	checkUnmixed(t, store, shared)
}

func checkUnmixed(t *testing.T, store Store, shared Run) {
	t.Helper()
	list, err := store.List()
	if err != nil || len(list) != 1+2*makers*made {
		t.Fatalf("%d runs, %v; want %d", len(list), err, 1+2*makers*made)
	}
	for _, r := range list {
		if r.ID == shared.ID {
			continue
		}
		s := onlyStage(t, r)
		if r.Name != r.Session || r.API != "http://"+r.Name || s.API != r.API || !strings.HasPrefix(s.Stage, r.Name+".") {
			t.Errorf("run %s is of %s, its API %s; its stage is %s at %s: want all of one maker", r.ID, r.Name, r.API, s.Stage, s.API)
		}
		checkRows(t, s, records(s.Stage, 0, 5))
	}
	if n, err := shared.Executed(); err != nil || n != 2*makers*made {
		t.Errorf("the shared run counts %d executions, %v; want %d", n, err, 2*makers*made)
	}
	dirs, err := shared.files().stageDirs()
	if err != nil {
		t.Fatal(err)
	}
	for i, dir := range dirs {
		s, err := shared.files().readStage(dir)
		if err != nil {
			t.Fatal(err)
		}
		checkRows(t, s, records(s.Stage, 0, 5))
		if want := fmt.Sprintf("%02d-%s", i+1, fileName(s.Stage)); filepath.Base(dir) != want {
			t.Errorf("execution %d is in %s, want %s", i+1, filepath.Base(dir), want)
		}
	}
}

// TestExecutedCountsNoHalfStage counts while another goroutine begins stages: each
// directory that it can see is counted.
func TestExecutedCountsNoHalfStage(t *testing.T) {
	_, r := newRun(t)
	ended := make(chan error)
	go func() {
		var errs []error
		for range 20 {
			w, err := r.Begin(Info{Stage: "s", Kind: Load})
			if err == nil {
				err = w.Finish(Complete, "")
			}
			errs = append(errs, err)
		}
		ended <- errors.Join(errs...)
	}()
	for {
		n := -1
		err := r.files().locked(osfile.Shared, func() error { // as Executed does
			counted, _, err := r.files().executed()
			dirs, failed := r.files().stageDirs()
			if n = len(counted); n != len(dirs) {
				return fmt.Errorf("%d executions counted of %d directories", n, len(dirs))
			}
			return errors.Join(err, failed)
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}
