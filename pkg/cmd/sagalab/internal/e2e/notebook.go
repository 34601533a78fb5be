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

// ExecutedByName executes a notebook of the checkout by its file name, and returns its run.
func ExecutedByName(t *testing.T, name string) runs.Run {
	t.Helper()
	_, _, run := Executed(t, name, filepath.Join(Notebooks(t), name))
	return run
}

// Notebooks returns the directory of the checkout's notebooks.
func Notebooks(t *testing.T) string {
	t.Helper()
	return findLab(t).Notebooks()
}

// Executed executes a notebook by `sagalab run` with args: the one that they name, or without
// args the first one. name is its file name. It checks the notebook's claims, and returns the
// path of the executed notebook, what the program printed, and the run.
func Executed(t *testing.T, name string, args ...string) (path, printed string, run runs.Run) {
	t.Helper()
	Installation(t)
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

// checkCommit checks that the notebook's set-up cell printed the commit of the packages that its
// cells were built from.
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

// checkNoMachine fails the test when the outputs of a notebook have paths of this machine.
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
