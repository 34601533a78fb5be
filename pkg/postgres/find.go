package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// install is what Debian needs to have a server.
const install = "apt-get update && apt-get install -y --no-install-recommends postgresql"

// find is the directory of PostgreSQL's programs: SAGALAB_POSTGRES, else one that
// is installed, else, on Debian as root, its own package. It looks, and installs,
// once for all tests.
var find = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("SAGALAB_POSTGRES"); dir != "" {
		if !complete(dir) {
			return "", fmt.Errorf("SAGALAB_POSTGRES is %q, want the directory that initdb and postgres are in", dir)
		}
		return dir, nil
	}
	if dir, ok := installed(); ok {
		return dir, nil
	}
	missing := fmt.Errorf("no PostgreSQL server for the tests: install one (on Debian: sudo sh -c %q), or name the directory of its programs in SAGALAB_POSTGRES", install)
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return "", missing
	}
	release, err := alone()
	if err != nil {
		return "", fmt.Errorf("%w; it cannot be installed here: %w", missing, err)
	}
	defer release()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	apt := exec.CommandContext(ctx, "sh", "-c", install)
	apt.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	apt.WaitDelay = time.Second
	if text, err := apt.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w; installing it here failed: %w: %s", missing, err, text[max(0, len(text)-500):])
	}
	if dir, ok := installed(); ok {
		return dir, nil
	}
	return "", missing
})

// installed is the directory in PATH, else the newest of Debian's, which keeps
// its own out of PATH.
func installed() (dir string, ok bool) {
	if path, err := exec.LookPath("postgres"); err == nil && complete(filepath.Dir(path)) {
		return filepath.Dir(path), true
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if i := slices.IndexFunc(dirs, complete); i >= 0 {
		return dirs[i], true
	}
	return "", false
}

func version(dir string) int {
	v, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // what is no number comes last
	return v
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// alone waits until no other test's process installs: apt-get gives up at once
// when another one works. The lock is that of package chromium, which installs too.
func alone() (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "sagalab-chromium.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// unprivileged is who a server runs as, because it refuses to run as root: nil
// for whoever we are already, else the package's own user, else nobody.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody: run the tests as another user")
}
