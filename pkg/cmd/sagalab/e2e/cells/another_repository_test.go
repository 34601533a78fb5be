package cells

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// shopNotebook uses packages of this module, and says where it keeps its run.
const shopNotebook = `import (
	"os"

	"sagalab/pkg/nb"
)

var lab = nb.Lab{Name: "shop", API: nb.Env("SAGALAB_API", "")}

%%
lab.Setup()
lab.CheckConnectivity()
fmt.Println("runs in", os.Getenv("SAGALAB_RUNS"))`

// writeShop makes a Go module with a workspace of its own, and a notebook in it. What
// the module requires, and the workspace uses, does not exist: cells must not care.
func writeShop(t *testing.T, dir string) (notebook string) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 4,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
		"cells":    []any{map[string]any{"cell_type": "code", "source": shopNotebook, "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":    "module example.com/shop\n\ngo 1.26.0\n\nrequire example.com/missing v1.0.0\n",
		"go.work":   "go 1.26.0\n\nuse (\n\t.\n\t./missing\n)\n",
		"main.go":   "package main\n\nimport _ \"example.com/missing\"\n\nfunc main() {}\n",
		"lab.ipynb": string(raw),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "lab.ipynb")
}

// TestRunInAnotherRepository executes a notebook that lies in another Go module, from
// that module and from an empty directory.
func TestRunInAnotherRepository(t *testing.T) {
	t.Parallel()
	e2e.Installation(t)
	base := t.TempDir()
	shop, empty, data := filepath.Join(base, "shop"), filepath.Join(base, "empty"), filepath.Join(base, "data")
	for _, dir := range []string{shop, empty} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	notebook := writeShop(t, shop)
	before := e2e.FileNames(t, shop)
	place := func(name string) string { return filepath.Join(data, ".local", "share", "sagalab", name) }
	for i, from := range []struct{ dir, notebook string }{{empty, filepath.Join("..", "shop", "lab.ipynb")}, {shop, "lab.ipynb"}} {
		p := e2e.Outside(t, from.dir, data, "run", from.notebook).Patient(t)
		p.Dir = from.dir
		p.Env = append(p.Env, "XDG_DATA_HOME=", "GOWORK="+filepath.Join(shop, "go.work"), "GOFLAGS=-mod=mod")
		got := p.Finish(t)
		page := filepath.Join(place("out"), "lab.html")
		if got.Status != 0 || !strings.Contains(got.Out, page) {
			t.Fatalf("run %s in %s ended with status %d and\n%s%s\nwant the page %s", from.notebook, from.dir, got.Status, got.Out, got.Log, page)
		}
		if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "Connectivity check OK") {
			t.Errorf("the page does not show what the notebook did (%v)", err)
		}
		list := e2e.Outside(t, from.dir, data, "runs", "ls")
		list.Env = append(list.Env, "XDG_DATA_HOME=")
		if got := list.Finish(t); got.Status != 0 || strings.Count(got.Out, "shop") != i+1 {
			t.Errorf("runs ls in %s ended with status %d and\n%s%s\nwant %d runs of shop", from.dir, got.Status, got.Out, got.Log, i+1)
		}
	}
	if runs := e2e.FileNames(t, place("runs")); len(runs) < 2 {
		t.Errorf("%s has %q, want two runs", place("runs"), runs)
	}
	if after := e2e.FileNames(t, shop); !slices.Equal(after, before) || len(e2e.FileNames(t, empty)) != 0 {
		t.Errorf("the repository has the files %q, the empty directory %q; want what was there before, %q and none", after, e2e.FileNames(t, empty), before)
	}
	if _, err := os.Stat(notebook); err != nil {
		t.Error(err)
	}
}
