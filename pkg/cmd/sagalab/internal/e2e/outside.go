package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// goCaches are the environment entries by which the go command keeps the caches that
// it has, in another home directory, too.
var goCaches = sync.OnceValues(func() (entries []string, err error) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, failed := exec.Command("go", "env", name).Output()
		entries, err = append(entries, name+"="+strings.TrimSpace(string(value))), errors.Join(err, failed)
	}
	return entries, err
})

// Outside is a run of the program in dir, outside any checkout, with a data
// directory of the test's own. It has Go's caches of this machine: others would be
// written into the kernel that all tests share.
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

// FileNames lists the files of a directory.
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
