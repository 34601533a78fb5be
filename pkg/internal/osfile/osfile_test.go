package osfile

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
)

// holdKey names, for a copy of this test binary, the file that it is to lock.
const holdKey = "SAGALAB_OSFILE_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdKey); path != "" {
		hold(path)
		return
	}
	os.Exit(m.Run())
}

// hold locks a file, says so and waits to be killed.
func hold(path string) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err == nil {
		err = Lock(f, Exclusive)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	fmt.Scanln() // until the parent ends or kills it
}

func open(t *testing.T, path string, flag int) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, flag, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestModes(t *testing.T) {
	for _, tt := range []struct {
		first, second Mode
		excluded      bool
	}{
		{Exclusive, Exclusive, true},
		{Exclusive, Shared, true},
		{Shared, Exclusive, true},
		{Shared, Shared, false},
	} {
		path := filepath.Join(t.TempDir(), "locked")
		first := open(t, path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
		if err := TryLock(first, tt.first); err != nil {
			t.Fatal(err)
		}
		second := open(t, path, os.O_RDONLY)
		if err := TryLock(second, tt.second); errors.Is(err, ErrLocked) != tt.excluded || (err == nil) == tt.excluded {
			t.Errorf("mode %d after %d: TryLock = %v, want it excluded: %v", tt.second, tt.first, err, tt.excluded)
		}
		if _, err := first.WriteString("written"); err != nil {
			t.Errorf("a locked file cannot be written: %v", err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "written" {
			t.Errorf("a locked file cannot be read: %q, %v", text, err)
		}
		first.Close()
		if err := TryLock(second, tt.second); err != nil {
			t.Errorf("mode %d after the other was closed: TryLock = %v", tt.second, err)
		}
	}
}

func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locked")
	first := open(t, path, os.O_RDWR|os.O_CREATE)
	if err := Lock(first, Exclusive); err != nil {
		t.Fatal(err)
	}
	second := open(t, path, os.O_RDWR)
	var closed atomic.Bool
	locked := make(chan error)
	go func() {
		err := Lock(second, Exclusive)
		if !closed.Load() {
			err = errors.Join(err, errors.New("it did not wait"))
		}
		locked <- err
	}()
	runtime.Gosched() // a Lock that does not wait is seen more often
	closed.Store(true)
	first.Close()
	if err := <-locked; err != nil {
		t.Errorf("Lock while another open has the lock: %v, want it to return once that is closed", err)
	}
	second.Close()
	var at *fs.PathError
	if err := Lock(second, Exclusive); !errors.As(err, &at) || at.Path != path {
		t.Errorf("Lock of a closed file = %v, want an error that names it", err)
	}
}

// TestKilledHolderReleases kills a process that has a lock.
func TestKilledHolderReleases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locked")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), holdKey+"="+path)
	if _, err := holder.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err == nil {
		err = holder.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if lines.Scan(); lines.Text() != "locked" {
		t.Errorf("the holder says %q", lines.Text())
	}
	f := open(t, path, os.O_RDWR)
	if err := TryLock(f, Shared); !errors.Is(err, ErrLocked) {
		t.Errorf("TryLock = %v while another process has the lock, want ErrLocked", err)
	}
	holder.Process.Kill()
	holder.Wait()
	if err := TryLock(f, Exclusive); err != nil {
		t.Errorf("TryLock after the holder was killed = %v", err)
	}
}

func TestReplaceAndRemove(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "new"), filepath.Join(dir, "old")
	for path, text := range map[string]string{from: "new", to: "old"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Replace(from, to); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(to); err != nil || string(text) != "new" {
		t.Errorf("after Replace: %q, %v; want the new file", text, err)
	}
	if err := Replace(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Replace by a missing file = %v, want fs.ErrNotExist", err)
	}
	if err := Remove(to); err != nil {
		t.Error(err)
	}
	if err := Remove(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Remove of a missing file = %v, want fs.ErrNotExist", err)
	}
}
