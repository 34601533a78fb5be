package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sagalab/pkg/internal/claims"
	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/provenance"
	"sagalab/pkg/runs"
)

// ended is how a run of the program ended.
type ended struct {
	status   int
	out, log string
}

// wait runs the program to its end, and checks that it leaves nothing.
func (p process) wait(t *testing.T) ended {
	t.Helper()
	var out, log bytes.Buffer
	p.Stdout, p.Stderr = &out, &log
	err := p.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("sagalab %q: %v\n%s%s", p.Args[1:], err, &out, &log)
	}
	p.checkNothingLeft(t)
	return ended{p.ProcessState.ExitCode(), out.String(), log.String()}
}

// patient is a run of the program that may take as long as the tests may: a notebook
// takes some minutes, and longer beside other programs.
func (p process) patient(t *testing.T) process {
	c := exec.CommandContext(t.Context(), p.Path, p.Args[1:]...)
	c.Env, c.WaitDelay = p.Env, p.WaitDelay
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	p.Cmd = c
	return p
}

// executed runs a notebook as a person would from the shell, in parallel with other
// tests: the one with a name, or the one that the program takes without one. It
// checks what the notebook claims, and returns where it is, what the program printed
// and the run that it recorded.
func executed(t *testing.T, name string, args ...string) (path, printed string, run runs.Run) {
	t.Helper()
	checkout(t)
	dir := t.TempDir()
	p := sagalab(t, append([]string{"run", "--out", dir}, args...)...).patient(t)
	got := p.wait(t)
	if got.status != 0 {
		t.Fatalf("run ended with status %d\n%s%s", got.status, got.out, got.log)
	}
	path = filepath.Join(dir, name)
	if err := jupyter.CheckNotebook(path); err != nil {
		t.Error(err)
	}
	checkNoMachine(t, path)
	checkCommit(t, path)
	nb, err := claims.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range claims.Check(name, nb) {
		if errors.As(err, new(claims.TimedError)) {
			t.Log("on this machine, beside other work:", err)
			continue
		}
		t.Error(err)
	}
	id := runID.FindStringSubmatch(got.out)
	if id == nil {
		t.Fatalf("no run's id in %s", got.out)
	}
	if run, err = (runs.Store{Dir: p.runs}).Open(id[1]); err != nil {
		t.Fatal(err)
	}
	return path, got.out, run
}

// TestRun is the README's first command, and a look at the page it writes.
func TestRun(t *testing.T) {
	t.Parallel()
	path, printed, _ := executed(t, firstNotebook)
	for _, line := range []string{
		`case   normal +201 success `,
		`case   insufficient_balance +402 insufficient_balance `,
		`case   out_of_stock +409 `,
		stageLine("light", 50),
		stageLine("medium", 200),
		stageLine("heavy", 1000),
	} {
		if found := regexp.MustCompile(`(?m)^`+line).FindAllString(printed, -1); len(found) != 1 {
			t.Errorf("run printed %d lines like %s, want 1; it printed\n%s", len(found), line, printed)
		}
	}
	checkPage(t, strings.TrimSuffix(path, ".ipynb")+".html")
}

// stageLine is what run prints for a stage without failures.
func stageLine(stage string, requests int) string {
	const ms = ` +[0-9]+\.[0-9]`
	return fmt.Sprintf(`stage  %s +%d requests +%d success +0 failure .* p50%[4]s  p90%[4]s  p95%[4]s  p99%[4]s  max%[4]s ms$`, stage, requests, requests, ms)
}

// checkCommit looks in a notebook for the commit of the packages that its cells were
// built from, which its set-up cell prints.
func checkCommit(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Program: sagalab " + provenance.Version + ", commit " + headCommit(t); !strings.Contains(string(text), want) {
		t.Errorf("%s does not say %q", path, want)
	}
}

// checkNoMachine looks in a notebook for what only this machine has.
func checkNoMachine(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []struct {
			Outputs []struct {
				Data map[string]json.RawMessage
				Text json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw, &notebook); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var text strings.Builder
	for _, c := range notebook.Cells {
		for _, o := range c.Outputs {
			text.Write(o.Text)
			for kind, data := range o.Data {
				if !strings.HasPrefix(kind, "image/") { // base64 can spell anything
					text.Write(data)
				}
			}
		}
	}
	l, err := checkoutLab()
	if err != nil {
		t.Fatal(err)
	}
	places := []string{l.Root(), filepath.Clean(os.TempDir()) + "/", "gonb_"}
	if home, err := os.UserHomeDir(); err == nil && filepath.Dir(home) != home {
		places = append(places, home+"/")
	}
	for _, place := range places {
		if at := strings.Index(text.String(), place); at >= 0 {
			t.Errorf("the outputs of %s name %s: …%s…", path, place, text.String()[max(0, at-80):min(text.Len(), at+80)])
		}
	}
}

func TestRunNamesTheFailedCell(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, source, reason string }{
		{"does not compile", `var n int = "three"`, "it did not compile"},
		{"panics", `panic("boom")`, "exit status 2"},
		{"exits", `os.Exit(3)`, "exit status 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkout(t)
			dir := t.TempDir()
			got := sagalab(t, "run", "--out", dir, writeNotebook(t, tt.source)).wait(t)
			want := fmt.Sprintf(`cell 2 under "The bad one" (%s) failed: %s`, tt.source, tt.reason)
			if got.status != 1 || !strings.Contains(got.log, want) {
				t.Errorf("run of a notebook with %s ended with status %d and\n%s\nwant 1 and %q", tt.source, got.status, got.log, want)
			}
			files, _ := filepath.Glob(filepath.Join(dir, "failing-*")) // failing.html is for what succeeds
			for _, name := range files {
				if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), "it ran until here") {
					t.Errorf("%s does not show what ran before the failure (%v)", name, err)
				}
			}
			if len(files) != 2 {
				t.Errorf("run wrote %q, want the notebook and its page", files)
			}
		})
	}
}

// writeNotebook writes a notebook whose second cell is source.
func writeNotebook(t *testing.T, source string) string {
	t.Helper()
	markdown := func(text string) map[string]any {
		return map[string]any{"cell_type": "markdown", "metadata": map[string]any{}, "source": text}
	}
	code := func(text string) map[string]any {
		return map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": "%%\n" + text, "outputs": []any{}, "execution_count": nil}
	}
	raw, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 4,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
		"cells":    []any{markdown("# Failing"), code(`fmt.Println("it ran", "until here")`), markdown("## The bad one"), code(source), code(`fmt.Println("never")`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "failing.ipynb")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunWithoutService(t *testing.T) {
	t.Parallel()
	checkout(t)
	p := sagalab(t, "run", "--out", t.TempDir(), "--api", "http://"+closedPort)
	got := p.wait(t)
	const want = `under "Connectivity check" (lab.CheckConnectivity()) failed`
	if got.status != 1 || !strings.Contains(got.log, want) || !strings.Contains(got.log, "is unreachable") {
		t.Errorf("run against a closed port ended with status %d and\n%s\nwant 1 and %q", got.status, got.log, want)
	}
	list, err := runs.Store{Dir: p.runs}.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("runs %v, %v; want the one that set-up began", list, err)
	}
	stages, err := list[0].Stages()
	if err != nil {
		t.Error(err)
	}
	cases, err := list[0].Cases()
	if err != nil {
		t.Error(err)
	}
	if len(stages) != 0 || len(cases) != 0 {
		t.Errorf("%d stages and %d cases are recorded, want none", len(stages), len(cases))
	}
}

// closedPort is an address on which nothing listens. The system gives the number to no
// listener that asks for any.
const closedPort = "127.0.0.1:1"

// freePort is an address on which nothing listens yet.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
