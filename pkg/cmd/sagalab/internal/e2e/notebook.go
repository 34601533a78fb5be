package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/claims"
	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/provenance"
	"sagalab/pkg/runs"
)

// ExecutedByName runs a notebook of the checkout that is named to the program.
func ExecutedByName(t *testing.T, name string) runs.Run {
	t.Helper()
	_, _, run := Executed(t, name, filepath.Join(Notebooks(t), name))
	return run
}

// Notebooks is the directory of the checkout's notebooks.
func Notebooks(t *testing.T) string {
	t.Helper()
	return findLab(t).Notebooks()
}

// Executed runs a notebook as a person would from the shell, in parallel with other
// tests: the one with a name, or the one that the program takes without one. It
// checks what the notebook claims, and returns where it is, what the program printed
// and the run that it recorded.
func Executed(t *testing.T, name string, args ...string) (path, printed string, run runs.Run) {
	t.Helper()
	Checkout(t)
	dir := t.TempDir()
	p := Command(t, append([]string{"run", "--out", dir}, args...)...).Patient(t)
	got := p.Finish(t)
	if got.Status != 0 {
		t.Fatalf("run ended with status %d\n%s%s", got.Status, got.Out, got.Log)
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
	id := RunID.FindStringSubmatch(got.Out)
	if id == nil {
		t.Fatalf("no run's id in %s", got.Out)
	}
	if run, err = (runs.Store{Dir: p.Runs}).Open(id[1]); err != nil {
		t.Fatal(err)
	}
	return path, got.Out, run
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
	l := findLab(t)
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

// headCommit is the beginning of the checkout's commit, as it is printed; "" where the sources are in no repository.
func headCommit(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	return string(out[:12])
}
