package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/testing/chromium"
	"sagalab/pkg/internal/testing/postgres"
)

// checkout is the lab of this very checkout, set up: the tests share what it
// installs with people, and keep their runs elsewhere.
func checkout(t *testing.T) *jupyter.Lab {
	t.Helper()
	l, err := checkoutLab()
	if err != nil {
		t.Fatal(err)
	}
	if err := setUp(l); err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	setUpOnce sync.Once
	errSetUp  error
)

func setUp(l *jupyter.Lab) error {
	setUpOnce.Do(func() { errSetUp = l.SetUp(context.Background(), jupyter.Setup{Explore: true, Progress: os.Stderr}) })
	return errSetUp
}

// parallel is how many tests run beside one another, unless a flag says so: they mostly wait for load that comes by the
// clock, and the default of one for each processor would leave processors idle.
const parallel = 4

// TestMain ends what tests share: the database server, the browser, the programs.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Unsetenv(summaryVariable) // of a build server that runs these tests
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", strconv.Itoa(parallel)); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if err := errors.Join(postgres.StopShared(), chromium.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if shared != "" {
		os.RemoveAll(shared)
	}
	os.Exit(code)
}

// shared is the directory of the programs, "" until one is built.
var (
	shared   string
	sharedMu sync.Mutex
)

// build builds a package of this directory into the shared one and returns the
// program's path.
func build(name, from string) (path string, err error) {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared == "" {
		if shared, err = os.MkdirTemp("", "sagalab-program-"); err != nil {
			return "", err
		}
	}
	path = filepath.Join(shared, name)
	if text, err := exec.Command("go", "build", "-o", path, from).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", from, err, text)
	}
	return path, nil
}

// program is the command line as people get it: without the race detector, under
// which the service could not bear the heavy stage.
var program = sync.OnceValues(func() (path string, err error) { return build("sagalab", ".") })

// mark is the environment variable by which the processes of a test are told from
// all others, also of the same test in another run: whatever they start inherits it.
const mark = "SAGALAB_TEST_MARK"

// process is one run of the program, with an environment that no setting of the
// developer's reaches, and places of its own for runs and temporary files.
type process struct {
	*exec.Cmd
	mark string // environment entry that it and all it starts have
	runs string // directory
	temp string // directory
}

// sagalab prepares a run of the program. It does not outlive the test.
func sagalab(t *testing.T, args ...string) process {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	p := process{mark: fmt.Sprintf("%s=%d %s", mark, os.Getpid(), t.Name()), runs: t.TempDir(), temp: t.TempDir()}
	p.Cmd = exec.CommandContext(ctx, path, args...)
	p.Cancel = func() error { return p.Process.Signal(os.Interrupt) }
	p.WaitDelay = time.Minute
	p.Env = append(os.Environ(), "SAGALAB_API=", "SAGALAB_ALLOW_HOST=", "SAGALAB_AUTHORIZATION=", "SAGALAB_FLEET=", "SAGALAB_DB=", summaryVariable+"=",
		"SAGALAB_HOME=", "SAGALAB_CACERT=", "SAGALAB_CERT=", "SAGALAB_KEY=",
		"SAGALAB_RUNS="+p.runs, "TMPDIR="+p.temp, p.mark)
	t.Cleanup(func() {
		cancel()
		if p.Process != nil {
			p.Wait() // an error only when the test has waited already
		}
	})
	return p
}

// checkNothingLeft looks, once the program has ended, for what it started and for
// its temporary files.
func (p process) checkNothingLeft(t *testing.T) {
	t.Helper()
	for pid, line := range p.family() {
		t.Errorf("process %d is left: %s", pid, line)
	}
	left, err := os.ReadDir(p.temp)
	if err != nil {
		t.Error(err)
	}
	for _, f := range left {
		t.Errorf("%s is left in the temporary directory", f.Name())
	}
}

// family is the running processes that have the mark, by their command lines. It
// reads Linux's /proc; other systems do not show a process's environment.
func (p process) family() map[int]string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well-formed
	found := map[int]string{}
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil || !slices.Contains(strings.Split(string(environ), "\x00"), p.mark) {
			continue // ended meanwhile, another user's, or none of the family
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found[pid] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}

// startBystander starts a process that is none of the program's business, though
// it has the same parent and the same process group.
func startBystander(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command("sleep", "3600")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait() // says that it was killed
	})
	return c
}
