package observe

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestRunToken is one for all who ask for it at once, and another one in another run.
func TestRunToken(t *testing.T) {
	store := runs.Store{Dir: t.TempDir()}
	first, err := store.Create("a", "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := store.Create("b", "")
	if err != nil {
		t.Fatal(err)
	}
	tokens := make([]string, 16)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() {
			var err error
			if tokens[i], err = RunToken(first); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, token := range tokens {
		if token != tokens[0] || token == "" || len(token) > purchase.MaxRunToken {
			t.Errorf("tokens of one run: got %q and %q, want one of 1 to %d bytes", tokens[0], token, purchase.MaxRunToken)
		}
	}
	if other, err := RunToken(second); err != nil || other == tokens[0] {
		t.Errorf("another run's token: got %q, %v, want another one than %q", other, err, tokens[0])
	}
}

// TestRecordsAreRegularFiles: what stands beside a run is not opened if it is anything else,
// such as a named pipe, which would wait for its other end.
func TestRecordsAreRegularFiles(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("a", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() error{
		filepath.Join(run.Dir(), "lab-run"): func() error { _, err := RunToken(run); return err },
		askedAgainFile(run):                 func() error { _, err := readAskedAgain(run, time.Time{}); return err },
		foreignFile(run):                    func() error { _, err := ForeignFixtures(run, time.Time{}); return err },
	} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := read(); !errors.Is(err, osfile.ErrNotRegular) {
			t.Errorf("%s is a directory: %v, want ErrNotRegular", filepath.Base(name), err)
		}
	}
}
