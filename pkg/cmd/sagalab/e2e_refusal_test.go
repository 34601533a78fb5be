package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// try executes a command line in this process.
func try(t *testing.T, args ...string) (out, log string, err error) {
	t.Helper()
	var o, l bytes.Buffer
	c := command(&o, &l)
	c.SetArgs(args)
	err = c.ExecuteContext(t.Context())
	return o.String(), l.String(), err
}

// TestRefusedBeforeAnythingStarts has bad input that takes no set-up, no service
// and no Jupyter to be seen.
func TestRefusedBeforeAnythingStarts(t *testing.T) {
	for _, name := range []string{"SAGALAB_API", "SAGALAB_ALLOW_HOST"} {
		t.Setenv(name, "")
	}
	missing := filepath.Join(t.TempDir(), "missing.ipynb")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "--api", "http://shop.example:8000"}, "--allow-host"},
		{[]string{"run", "--api", "http://192.0.2.1:8000"}, "192.0.2.1"},
		{[]string{"run", "--api", "http://shop.example", "--allow-host", "other.example"}, "shop.example"},
		{[]string{"run", "--api", "://"}, "://"},
		{[]string{"run", "--api", "localhost:8000"}, "http://"},
		{[]string{"run", "--api", "ftp://127.0.0.1"}, "ftp"},
		{[]string{"run", missing}, missing},
		{[]string{"run", "--nonsense"}, "--nonsense"},
		{[]string{"lab", "--api", "http://shop.example"}, "--allow-host"},
		{[]string{"lab", "--jupyter", "8888"}, "HOST:PORT"},
		{[]string{"lab", "--jupyter", "127.0.0.1:http"}, "http"},
		{[]string{"lab", "notebook.ipynb"}, "notebook.ipynb"},
		{[]string{"serve", "--addr", "nonsense"}, "HOST:PORT"},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		if tt.args[0] == "run" {
			tt.args = append(tt.args, "--out", dir)
		}
		out, log, err := try(t, tt.args...)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("sagalab %q = %v, want one line with %q", tt.args, err, tt.want)
		}
		if _, statErr := os.Stat(dir); out != "" || log != "" || statErr == nil {
			t.Errorf("sagalab %q said %q and %q, or made the directory %s; want nothing done", tt.args, out, log, dir)
		}
	}
}

func TestTakenPortNamesItsOwner(t *testing.T) {
	e2e.Installation(t)
	t.Setenv("SAGALAB_API", "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	owner := "another process"
	if runtime.GOOS == "linux" {
		owner = fmt.Sprintf("(process %d)", os.Getpid())
	}
	for _, tt := range []struct {
		args   []string
		remedy string
	}{
		{[]string{"lab", "--jupyter", "127.0.0.1:0", "--addr", taken.Addr().String()}, "--addr"},
		{[]string{"lab", "--addr", "127.0.0.1:0", "--jupyter", taken.Addr().String()}, "--jupyter"},
		{[]string{"serve", "--addr", taken.Addr().String()}, "--addr"},
	} {
		_, _, err := try(t, tt.args...)
		if err == nil {
			t.Errorf("sagalab %q = nil, want an error", tt.args)
			continue
		}
		for _, want := range []string{taken.Addr().String(), owner, tt.remedy} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("sagalab %q = %v, want %q in it", tt.args, err, want)
			}
		}
	}
}

func TestLabRefusesToBeReachedByOthers(t *testing.T) {
	e2e.Installation(t)
	t.Setenv("SAGALAB_API", "")
	out, _, err := try(t, "lab", "--addr", "127.0.0.1:0", "--jupyter", "0.0.0.0:0")
	if err == nil || !strings.Contains(err.Error(), "others can reach 0.0.0.0") || out != "" {
		t.Errorf("lab on every interface = %v, said %q; want it refused", err, out)
	}
}

func TestRunRefusesWhatIsNoNotebook(t *testing.T) {
	t.Parallel()
	e2e.Installation(t)
	file := filepath.Join(t.TempDir(), "text.ipynb")
	if err := os.WriteFile(file, []byte("# no notebook"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := e2e.Command(t, "run", "--out", t.TempDir(), file).Finish(t)
	if got.Status != 3 || !strings.Contains(got.Log, "is not a Jupyter notebook") {
		t.Errorf("run of a text ended with status %d and %s", got.Status, got.Log)
	}
}
