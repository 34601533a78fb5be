package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// MarkVariable is the environment variable by which the processes of a test are told from
// all others, also of the same test in another run: whatever they start inherits it.
const MarkVariable = "SAGALAB_TEST_MARK"

// Program is one run of the program, with an environment that no setting of the
// developer's reaches, and places of its own for runs and temporary files.
type Program struct {
	*exec.Cmd
	Mark string // environment entry that it and all it starts have
	Runs string // directory
	Temp string // directory
}

// Command prepares a run of the program. It does not outlive the test.
func Command(t *testing.T, args ...string) Program {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*Patience)
	p := Program{Mark: fmt.Sprintf("%s=%d %s", MarkVariable, os.Getpid(), t.Name()), Runs: t.TempDir(), Temp: t.TempDir()}
	p.Cmd = exec.CommandContext(ctx, path, args...)
	p.Cancel = func() error { return p.Process.Signal(os.Interrupt) }
	p.WaitDelay = time.Minute
	p.Env = append(os.Environ(), "SAGALAB_API=", "SAGALAB_ALLOW_HOST=", "SAGALAB_AUTHORIZATION=", "SAGALAB_FLEET=", "SAGALAB_DB=", SummaryVariable+"=",
		"SAGALAB_HOME=", "SAGALAB_CACERT=", "SAGALAB_CERT=", "SAGALAB_KEY=",
		"SAGALAB_RUNS="+p.Runs, "TMPDIR="+p.Temp, p.Mark)
	t.Cleanup(func() {
		cancel()
		if p.Process != nil {
			p.Wait() // an error only when the test has waited already
		}
	})
	return p
}

// CheckNothingLeft looks, once the program has ended, for what it started and for
// its temporary files.
func (p Program) CheckNothingLeft(t *testing.T) {
	t.Helper()
	for pid, line := range p.Family() {
		t.Errorf("process %d is left: %s", pid, line)
	}
	left, err := os.ReadDir(p.Temp)
	if err != nil {
		t.Error(err)
	}
	for _, f := range left {
		t.Errorf("%s is left in the temporary directory", f.Name())
	}
}

// Family is the running processes that have the mark, by their command lines. It
// reads Linux's /proc; other systems do not show a process's environment.
func (p Program) Family() map[int]string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well-formed
	found := map[int]string{}
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil || !slices.Contains(strings.Split(string(environ), "\x00"), p.Mark) {
			continue // ended meanwhile, another user's, or none of the family
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found[pid] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}

// Ended is how a run of the program ended.
type Ended struct {
	Status   int
	Out, Log string
}

// Finish runs the program to its end, and checks that it leaves nothing.
func (p Program) Finish(t *testing.T) Ended {
	t.Helper()
	var out, log bytes.Buffer
	p.Stdout, p.Stderr = &out, &log
	err := p.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("sagalab %q: %v\n%s%s", p.Args[1:], err, &out, &log)
	}
	p.CheckNothingLeft(t)
	return Ended{p.ProcessState.ExitCode(), out.String(), log.String()}
}

// Patient is a run of the program that may take as long as the tests may: a notebook
// takes some minutes, and longer beside other programs.
func (p Program) Patient(t *testing.T) Program {
	c := exec.CommandContext(t.Context(), p.Path, p.Args[1:]...)
	c.Env, c.WaitDelay = p.Env, p.WaitDelay
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	p.Cmd = c
	return p
}
