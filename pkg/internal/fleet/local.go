package fleet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/internal/procgroup"
)

// MaxLocal is how many workers a local fleet has at most.
const MaxLocal = 64

// Local is a fleet of worker processes on this machine, with a SQLite file as its database,
// so that nothing has to be installed. It ends with the process that started it.
type Local struct {
	dir     string
	workers []*procgroup.Group
	ended   sync.WaitGroup
}

// joinedMark begins the line that a worker's process prints once it has joined.
const joinedMark = "Worker "

// StartLocal starts n workers, 1 to MaxLocal, and returns when all have joined. program is
// the sagalab executable; arguments are appended to each `worker`. The workers' logs go to
// log, which is written to from several goroutines.
func StartLocal(ctx context.Context, program string, n int, log io.Writer, arguments ...string) (*Local, error) {
	if n < 1 || n > MaxLocal {
		return nil, fmt.Errorf("%d workers on this machine, want 1 to %d", n, MaxLocal)
	}
	dir, err := os.MkdirTemp("", localPrefix)
	if err != nil {
		return nil, err
	}
	l := &Local{dir: dir}
	joined := make(chan error, n)
	for i := range n {
		err := l.start(program, fmt.Sprintf("local-%d", i+1), log, joined, arguments)
		if err == nil && i == 0 { // the first one makes the file
			err = awaitJoin(ctx, joined)
		}
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	for range n - 1 {
		if err := awaitJoin(ctx, joined); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// start starts a worker. When it has joined, or failed to, nil or the error is sent to joined.
func (l *Local) start(program, name string, log io.Writer, joined chan<- error, arguments []string) error {
	c := exec.Command(program, append([]string{"worker", "--quiet", "--fleet", l.DB(), "--name", name, "--dir", filepath.Join(l.dir, name)}, arguments...)...)
	group := procgroup.New(c)
	group.EndWithParent() // also when this process is killed
	out, err := c.StderrPipe()
	if err == nil {
		err = group.Start()
	}
	if err != nil {
		return fmt.Errorf("starting worker %s: %w", name, err)
	}
	l.workers = append(l.workers, group)
	l.ended.Go(func() {
		forwardLog(name, out, log, joined)
		_ = c.Wait() // how it ended is in its log
		group.Close()
	})
	return nil
}

// awaitJoin waits until one worker has joined.
func awaitJoin(ctx context.Context, joined <-chan error) error {
	select {
	case err := <-joined:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(openTimeout):
		return fmt.Errorf("a worker did not join within %v", openTimeout)
	}
}

// forwardLog sends to joined when a worker has joined, or has ended before, and copies what
// the worker logs after that to log.
func forwardLog(name string, out io.Reader, log io.Writer, joined chan<- error) {
	var last string
	said := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = lines.Text()
		if !said && strings.HasPrefix(last, joinedMark) {
			said = true
			joined <- nil
			continue
		}
		if said {
			fmt.Fprintf(log, "%s: %s\n", name, last)
		}
	}
	if !said {
		joined <- fmt.Errorf("worker %s did not start: %s", name, strings.TrimPrefix(last, "sagalab: "))
	}
}

// DB is the path of the fleet's database.
func (l *Local) DB() string { return filepath.Join(l.dir, localDB) }

// Close ends the workers, by force after 10 s, and removes the database, unless a worker
// died with records in its outbox: then LocalLeftovers finds them.
func (l *Local) Close() error {
	for _, w := range l.workers {
		_ = w.Terminate() // it may have ended already
	}
	done := make(chan struct{})
	go func() { l.ended.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		for _, w := range l.workers {
			w.Kill()
		}
		<-done
	}
	for _, dir := range outboxesOfLocal(l.dir) {
		if files, err := keptOutboxes(dir); err != nil || len(files) > 0 {
			return err
		}
	}
	return os.RemoveAll(l.dir)
}

// localPrefix begins the name of a local fleet's directory, localDB is its database there.
const (
	localPrefix = "sagalab-fleet-"
	localDB     = "fleet.db"
)

// LocalLeftovers returns the databases of local fleets of this user that were killed, or
// whose workers died with records in their outboxes, each with the outboxes of its workers.
// Those that are running are among them.
func LocalLeftovers() (outboxes map[string][]string) {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), localPrefix+"*")) // the pattern is valid
	outboxes = map[string][]string{}
	for _, dir := range dirs {
		// a directory that only its owner can read is this user's, when it can be read
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
			continue
		}
		db := filepath.Join(dir, localDB)
		if _, err := os.Stat(db); err == nil {
			outboxes[db] = outboxesOfLocal(dir)
		}
	}
	return outboxes
}

// outboxesOfLocal returns the directories of a local fleet's workers.
func outboxesOfLocal(dir string) []string {
	list, _ := filepath.Glob(filepath.Join(dir, "local-*")) // the pattern is valid
	return list
}

// RemoveLocal removes the directory of a killed local fleet, whose database is db, unless a
// load of it is left to be collected or one of its workers is alive.
func RemoveLocal(ctx context.Context, db string) error {
	dir := filepath.Dir(db)
	if !strings.HasPrefix(filepath.Base(dir), localPrefix) || filepath.Base(db) != localDB {
		return fmt.Errorf("%s is not the database of a local fleet", db)
	}
	f, err := Open(ctx, db, nil)
	if err != nil {
		return err
	}
	loads, err := f.Leftovers(ctx)
	members, listed := f.Members(ctx)
	if err := errors.Join(err, listed, f.Close()); err != nil || len(loads) > 0 {
		return err
	}
	if slices.ContainsFunc(members, func(m Member) bool { return !m.lost }) {
		return nil
	}
	return os.RemoveAll(dir)
}
