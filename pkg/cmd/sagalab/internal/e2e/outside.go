package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// goCaches returns the environment entries with which the go command uses this user's caches
// also in another home directory.
var goCaches = sync.OnceValues(func() (entries []string, err error) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, failed := exec.Command("go", "env", name).Output()
		entries, err = append(entries, name+"="+strings.TrimSpace(string(value))), errors.Join(err, failed)
	}
	return entries, err
})

// Outside prepares an execution of sagalab in dir, outside any checkout, with data as its home
// and data directory. It uses the caller's Go caches: others would be written into the kernel
// that all tests share.
func Outside(t *testing.T, dir, data string, args ...string) Program {
	t.Helper()
	p := Command(t, args...)
	p.Dir = dir
	caches, err := goCaches()
	if err != nil {
		t.Fatal(err)
	}
	p.Env = append(append(p.Env, caches...), "SAGALAB_RUNS=", "XDG_DATA_HOME="+data, "HOME="+data, "LocalAppData="+data)
	return p
}

// FileNames returns the names of the entries of a directory.
func FileNames(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
