package browser

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/jupyter"
)

// labProcess is a running lab command.
type labProcess struct {
	e2e.Program
	service string   // address of the reference service
	jupyter *url.URL // that opens JupyterLab, with the token
}

// startLab starts the lab command on free ports and returns when it has said where
// everything is.
func startLab(t *testing.T) labProcess {
	t.Helper()
	p := labProcess{Program: e2e.Command(t, "lab", "--addr", "127.0.0.1:0", "--jupyter", "127.0.0.1:0")}
	p.Stderr = t.Output()
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); p.jupyter == nil; {
		if !lines.Scan() {
			t.Fatalf("lab ended without saying where Jupyter is (%v)", lines.Err())
		}
		name, address, _ := strings.Cut(lines.Text(), "  ")
		switch address = strings.TrimSpace(address); name {
		case "Purchase service":
			p.service = address
		case "Jupyter":
			if p.jupyter, err = url.Parse(address); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !strings.HasPrefix(p.service, "http://127.0.0.1:") || p.jupyter.Hostname() != "127.0.0.1" || p.jupyter.Path != "/lab/tree/"+firstNotebook {
		t.Errorf("lab names the service %s and Jupyter %s; want both on loopback, and the notebook opened", p.service, p.jupyter)
	}
	return p
}

// address opens a notebook in a workspace of the test's own, so that what people
// have open in theirs is not touched.
func (p labProcess) address(notebook string) string {
	room := filepath.Base(filepath.Dir(notebook))
	at := *p.jupyter
	at.Path = "/lab/workspaces/" + room + "/tree/" + room + "/" + filepath.Base(notebook)
	return at.String()
}

// stop presses Ctrl-C.
func (p labProcess) stop(t *testing.T) {
	t.Helper()
	// the command itself, Jupyter, the kernel and the program of a cell
	if family := p.Family(); len(family) < 4 && runtime.GOOS == "linux" {
		t.Errorf("while a cell runs there are only the processes %v", family)
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("lab after Ctrl-C: %v, want status 0", err)
	}
	p.CheckNothingLeft(t)
}

// copyNotebook puts a copy of the notebook, without outputs, where the lab shows
// it, so that what is committed stays as it is and nothing old is taken for new.
// It has a directory of its own, which git ignores. cells is how many have code.
func copyNotebook(t *testing.T, l *jupyter.Installation) (path string, cells int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(l.Notebooks(), firstNotebook))
	if err != nil {
		t.Fatal(err)
	}
	var notebook map[string]any
	if err := json.Unmarshal(raw, &notebook); err != nil {
		t.Fatal(err)
	}
	for _, c := range notebook["cells"].([]any) {
		if c := c.(map[string]any); c["cell_type"] == "code" {
			c["outputs"], c["execution_count"] = []any{}, nil
			cells++
		}
	}
	if raw, err = json.Marshal(notebook); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(room(t, l), firstNotebook)
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path, cells
}

// room is a directory that the lab shows and git ignores. It ends with the test.
func room(t *testing.T, l *jupyter.Installation) string {
	t.Helper()
	err := os.MkdirAll(l.Scratch(), 0o755)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(l.Scratch(), "e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		os.RemoveAll(dir)
		// JupyterLab keeps the workspace of address under its name
		spaces, _ := filepath.Glob(filepath.Join(l.Root(), ".sagalab", "jupyter", "workspaces", "*", filepath.Base(dir)+"*"))
		for _, s := range spaces {
			os.Remove(s)
		}
	})
	return dir
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

// firstNotebook is the notebook that the lab opens first.
const firstNotebook = "01-load-and-retry.ipynb"
