package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/runs"
)

// TestExitCodes provokes each exit code of a built program.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	api, store := reference(t), t.TempDir()
	gone := "http://" + e2e.ClosedPort
	load := "load --api " + api + " --fixture plenty --stage light:40x4 "
	for _, tt := range []struct {
		args string
		want int
		says string
	}{
		{"--help", 0, "130"},
		{"health --api " + api, 0, "is healthy"},
		{"health --api " + gone, 1, "is not healthy"},
		{load + "--threshold error_ratio<50% --audit", 0, "0 violated"},
		{load + "--threshold requests>41", 1, "sagalab: a threshold failed"},
		{load + "--threshold p99<1h", 2, "sagalab: not every threshold could be judged"},
		{load + "--threshold p99<1h --threshold requests>41", 1, "sagalab: a threshold failed"},
		{load + "--stage light", 3, "sagalab: stage"},
		{"load --api " + gone + " --stage light:40x4", 3, "is unreachable"},
		{"audit last --api " + api, 0, "0 violated"},
		{"audit last --api " + gone, 2, "sagalab: not every rule could be judged"},
		{"audit 1999", 3, "no such run"},
		{"runs show last", 0, "stage    light"},
		{"runs compare last~1 last --gate error_ratio<+99pp", 0, "gate holds"},
		{"runs compare last~1 last --gate error_ratio>+99pp", 1, "sagalab: a gate is violated"},
		{"runs compare last~1 last --gate p99<+1%", 2, "sagalab: not every gate could be judged"},
		{"runs compare last~1 1999", 3, "no such run"},
		{"run " + filepath.Join(store, "none.ipynb"), 3, "none.ipynb"},
		{"fleet --fleet " + filepath.Join(store, "none.db"), 3, "there is no fleet database"},
		{"worker", 3, "requires --fleet"},
		{"migrate", 3, "requires --db"},
		{"serve --addr 8000", 3, "HOST:PORT"},
		{"dance", 3, "unknown command"},
		{"load --fast", 3, "unknown flag"},
		{"runs show", 3, "which run?"},
		{"runs list", 3, "has no command"},
	} {
		p := e2e.Command(t, strings.Fields(tt.args)...)
		p.Env = append(p.Env, "SAGALAB_RUNS="+store)
		got := p.Finish(t)
		if got.Status != tt.want || !strings.Contains(got.Out+got.Log, tt.says) {
			t.Errorf("sagalab %s ended with %d, want %d and %q\n%s%s", tt.args, got.Status, tt.want, tt.says, got.Out, got.Log)
		}
	}
}

// TestInterruptedLoad ends a load with either signal and checks the exit code, the message, the records and the JUnit file.
func TestInterruptedLoad(t *testing.T) {
	t.Parallel()
	api := reference(t)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		junit := filepath.Join(t.TempDir(), "junit.xml")
		p := e2e.Command(t, "load", "--api", api, "--fixture", "plenty", "--stage", "slow:50/s@10m", "--threshold", "requests>5", "--audit", "--json", "--junit", junit)
		var out bytes.Buffer
		var log e2e.Transcript
		p.Stdout, p.Stderr = &out, &log
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		log.UntilAny(t, regexp.MustCompile(`[1-9]\d* success`), func([]string) bool { return true })
		p.Process.Signal(sig)
		p.Wait()
		d := document(t, out.String())
		if status := p.ProcessState.ExitCode(); status != 130 || d.ExitCode != exitInterrupted || len(d.Stages) != 1 || d.Stages[0].State != runs.Interrupted || d.Stages[0].Summary.Success == 0 {
			t.Errorf("after %v load ended with %d and\n%s", sig, status, out.String())
		}
		if want := "sagalab: interrupted: what was recorded until then is kept, `sagalab runs show " + e2e.OnlyRun(t, p).ID; !strings.Contains(log.String(), want) {
			t.Errorf("after %v load does not say %q:\n%s", sig, want, &log)
		}
		if tests := readJUnit(t, junit); tests.Errors < 2 {
			t.Errorf("after %v the tests are %+v, want the stage and the command not passed", sig, tests.junitCounts)
		}
	}
}

// TestReadmeListsExitCodes compares the table of exit codes in README.md with the program's.
func TestReadmeListsExitCodes(t *testing.T) {
	text := readText(t, "README.md")
	for _, e := range exits {
		if row := fmt.Sprintf("\n| %d | %s: %s |\n", e.code, e.verdict, e.means); !strings.Contains(text, row) {
			t.Errorf("README.md has no row %q", row)
		}
	}
}

// TestPipeline executes pkg/deploy/pipeline.sh, but for the port, in a directory that has the repository's files: with a correct service,
// with one that charges twice, with a threshold that cannot be judged, and with a wrong flag.
func TestPipeline(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // the script is for a POSIX shell
	}
	script, dir := readText(t, "../../deploy/pipeline.sh"), t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "pkg"} {
		from, err := filepath.Abs("../../../" + name)
		if err == nil {
			err = os.Symlink(from, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		change []string // of the script
		want   int
	}{
		{nil, 0},
		{[]string{"serve --lab", "serve --lab --defect double_charge"}, 1},
		{[]string{"--stage heavy", "--threshold 'p99.99 < 1h' --stage heavy"}, 2},
		{[]string{"--audit", "--audit --no-such-flag"}, 3},
	} {
		port := e2e.FreePort(t)
		text := strings.NewReplacer(append([]string{"127.0.0.1:8000", port}, tt.change...)...).Replace(script)
		if strings.Count(text, port) == 0 || tt.change != nil && !strings.Contains(text, tt.change[1]) {
			t.Fatalf("the script does not contain what the test replaces, %q:\n%s", tt.change, text)
		}
		p := e2e.Command(t, "")
		c := exec.CommandContext(t.Context(), "sh", "-c", text)
		c.Dir, c.Env, c.Cancel, c.WaitDelay = dir, append(p.Env, summaryVariable+"="+filepath.Join(dir, "summary.md")), p.Cancel, time.Minute
		p.Cmd = c
		got := p.Finish(t)
		if got.Status != tt.want {
			t.Errorf("the script ended with %d, want %d\n%s%s", got.Status, tt.want, got.Out, got.Log)
		}
		if tt.want == 3 {
			continue
		}
		if tests := readJUnit(t, filepath.Join(dir, "junit.xml")); tests.Tests < 20 || (tests.Failures > 0) != (tt.want == 1) || (tests.Errors > 0) != (tt.want == 2) {
			t.Errorf("code %d, and the tests are %+v", got.Status, tests.junitCounts)
		}
		if !strings.Contains(readText(t, filepath.Join(dir, "summary.md")), exitCode(got.Status).String()) {
			t.Errorf("the summary does not say %s", exitCode(got.Status))
		}
	}
}
