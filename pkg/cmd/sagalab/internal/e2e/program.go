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

// MarkVariable is the environment variable that marks the processes of one test: what they
// start inherits it. Its value differs for each test and each execution of it.
const MarkVariable = "SAGALAB_TEST_MARK"

// Program is one execution of sagalab, with an environment without the developer's settings,
// and directories of its own for runs and temporary files.
type Program struct {
	*exec.Cmd
	Mark string // environment entry that it and all it starts have
	Runs string // directory
	Temp string // directory
}

// Command prepares an execution of sagalab. Its process ends with the test.
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
	p.Env = append(os.Environ(), "SAGALAB_API=", "SAGALAB_ALLOW_HOST=", "SAGALAB_AUTHORIZATION=", "SAGALAB_FLEET=", "SAGALAB_DB=", "SAGALAB_TRACEPARENT=", SummaryVariable+"=",
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

// CheckNothingLeft fails the test for processes that the ended program started, and for
// temporary files.
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

// Family returns the command lines of the running processes with the program's mark, by process
// id. It reads Linux's /proc; on other systems it finds none.
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

// Ended is the exit status and the output of an ended program.
type Ended struct {
	Status   int
	Out, Log string
}

// Finish runs the program to its end, and checks that it leaves no process and no file.
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

// Patient returns the program without a bound of its own: it may take as long as the tests may.
// A notebook takes some minutes, and longer beside other programs.
func (p Program) Patient(t *testing.T) Program {
	c := exec.CommandContext(t.Context(), p.Path, p.Args[1:]...)
	c.Env, c.WaitDelay = p.Env, p.WaitDelay
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	p.Cmd = c
	return p
}
