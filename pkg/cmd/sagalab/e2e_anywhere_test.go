package main

import (
	"encoding/json"
	"errors"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/testing/tlstest"
)

// goCaches are the environment entries by which the go command keeps the caches that
// it has, in another home directory, too.
var goCaches = sync.OnceValues(func() (entries []string, err error) {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, failed := exec.Command("go", "env", name).Output()
		entries, err = append(entries, name+"="+strings.TrimSpace(string(value))), errors.Join(err, failed)
	}
	return entries, err
})

// outside is a run of the program in dir, outside any checkout, with a data
// directory of the test's own. It has Go's caches of this machine: others would be
// written into the kernel that all tests share.
func outside(t *testing.T, dir, data string, args ...string) process {
	t.Helper()
	p := sagalab(t, args...)
	p.Dir = dir
	caches, err := goCaches()
	if err != nil {
		t.Fatal(err)
	}
	p.Env = append(append(p.Env, caches...), "SAGALAB_RUNS=", "XDG_DATA_HOME="+data, "HOME="+data, "LocalAppData="+data)
	return p
}

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

// names lists the files of a directory.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestRunInAnotherRepository executes a notebook that lies in another Go module, from
// that module and from an empty directory.
func TestRunInAnotherRepository(t *testing.T) {
	t.Parallel()
	checkout(t)
	base := t.TempDir()
	shop, empty, data := filepath.Join(base, "shop"), filepath.Join(base, "empty"), filepath.Join(base, "data")
	for _, dir := range []string{shop, empty} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	notebook := writeShop(t, shop)
	before := names(t, shop)
	place := func(name string) string { return filepath.Join(data, ".local", "share", "sagalab", name) }
	for i, from := range []struct{ dir, notebook string }{{empty, filepath.Join("..", "shop", "lab.ipynb")}, {shop, "lab.ipynb"}} {
		p := outside(t, from.dir, data, "run", from.notebook).patient(t)
		p.Dir = from.dir
		p.Env = append(p.Env, "XDG_DATA_HOME=", "GOWORK="+filepath.Join(shop, "go.work"), "GOFLAGS=-mod=mod")
		got := p.wait(t)
		page := filepath.Join(place("out"), "lab.html")
		if got.status != 0 || !strings.Contains(got.out, page) {
			t.Fatalf("run %s in %s ended with status %d and\n%s%s\nwant the page %s", from.notebook, from.dir, got.status, got.out, got.log, page)
		}
		if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "Connectivity check OK") {
			t.Errorf("the page does not show what the notebook did (%v)", err)
		}
		list := outside(t, from.dir, data, "runs", "ls")
		list.Env = append(list.Env, "XDG_DATA_HOME=")
		if got := list.wait(t); got.status != 0 || strings.Count(got.out, "shop") != i+1 {
			t.Errorf("runs ls in %s ended with status %d and\n%s%s\nwant %d runs of shop", from.dir, got.status, got.out, got.log, i+1)
		}
	}
	if runs := names(t, place("runs")); len(runs) < 2 {
		t.Errorf("%s has %q, want two runs", place("runs"), runs)
	}
	if after := names(t, shop); !slices.Equal(after, before) || len(names(t, empty)) != 0 {
		t.Errorf("the repository has the files %q, the empty directory %q; want what was there before, %q and none", after, names(t, empty), before)
	}
	if _, err := os.Stat(notebook); err != nil {
		t.Error(err)
	}
}

// TestProgramAlone uses the program in an empty directory and without any checkout,
// against a service behind https that wants a client certificate: from this process
// and from two workers.
func TestProgramAlone(t *testing.T) {
	t.Parallel()
	empty, data := t.TempDir(), t.TempDir()
	alone := func(args ...string) process {
		p := outside(t, empty, data, args...)
		p.Env = append(p.Env, "SAGALAB_HOME="+filepath.Join(empty, "none"))
		return p
	}
	service := alone("serve", "--addr", "127.0.0.1:0", "--lab")
	service.Env = append(service.Env, mark+"=the service of "+t.Name()) // nothing that the others leave
	target, err := url.Parse(service.serve(t).url)
	if err != nil {
		t.Fatal(err)
	}
	address, files := tlstest.Serve(t, httputil.NewSingleHostReverseProxy(target))
	secure := []string{"--api", address, "--cacert", files.CACert, "--cert", files.Cert, "--key", files.Key}
	loaded := "" // the run of the last load
	for _, tt := range []struct {
		name string
		args []string
		env  []string
		want string // of what it prints
	}{
		{"health", append([]string{"health"}, secure...), nil, "is healthy"},
		{"health by environment", []string{"health", "--api", address},
			[]string{"SAGALAB_CACERT=" + files.CACert, "SAGALAB_CERT=" + files.Cert, "SAGALAB_KEY=" + files.Key}, "is healthy"},
		{"load", append([]string{"load", "--fixture", "plenty", "--stage", "light:30x5", "--audit"}, secure...), nil, "30 success"},
		{"load by a fleet", append([]string{"load", "--fixture", "plenty", "--stage", "light:30x5", "--fleet", "local", "--workers", "2"}, secure...), nil, "30 success"},
		{"runs", []string{"runs", "ls"}, nil, "light 30"},
		{"audit", append([]string{"audit", ""}, secure...), nil, "S1  holds"},
	} {
		if tt.args[0] == "audit" {
			tt.args[1] = loaded
		}
		p := alone(tt.args...)
		p.Env = append(p.Env, tt.env...)
		if got := p.wait(t); got.status != 0 || !strings.Contains(got.out, tt.want) {
			t.Errorf("%s ended with status %d and\n%s%s\nwant %q", tt.name, got.status, got.out, got.log, tt.want)
		} else if id := runID.FindStringSubmatch(got.out); id != nil {
			loaded = id[1]
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"health", "--api", address, "--cert", files.Cert, "--key", files.Key}, "--cacert FILE (SAGALAB_CACERT)"},
		{[]string{"health", "--api", address, "--cacert", files.CACert}, "--cert FILE --key FILE (SAGALAB_CERT, SAGALAB_KEY)"},
		{[]string{"load", "--stage", "light:1x1", "--api", address, "--cacert", files.CACert, "--cert", files.Cert}, "--cert (SAGALAB_CERT) without --key"},
		{[]string{"worker", "--fleet", filepath.Join(data, "fleet.db"), "--cacert", filepath.Join(empty, "none")}, "--cacert (SAGALAB_CACERT): "},
		{[]string{"run"}, "SAGALAB_HOME"},
		{[]string{"lab"}, "SAGALAB_HOME"},
	} {
		if got := alone(tt.args...).wait(t); got.status == 0 || !strings.Contains(got.log, tt.want) {
			t.Errorf("sagalab %q ended with status %d and\n%s%s\nwant an error that says %q", tt.args, got.status, got.out, got.log, tt.want)
		}
	}
	if left := names(t, empty); len(left) != 0 {
		t.Errorf("the empty directory has %q, want nothing in it", left)
	}
	checkNoSecret(t, data, files.Key)
}

// checkNoSecret looks in all files below dir for the content of a key's file.
func checkNoSecret(t *testing.T, dir, keyFile string) {
	t.Helper()
	key, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Split(string(key), "\n")[1]
	seen := 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if seen++; strings.Contains(string(text), secret) || strings.Contains(string(text), keyFile) {
			t.Errorf("%s holds the key, or where it is", path)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d files looked at, %v; want those of runs", seen, err)
	}
}
