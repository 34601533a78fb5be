package jupyter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataDir(t *testing.T) {
	t.Parallel()
	data, home := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "home") // absolute on this system, too
	for _, tt := range []struct {
		system string
		env    map[string]string
		want   string // "" for an error
	}{
		{"linux", map[string]string{"XDG_DATA_HOME": data, "HOME": home}, filepath.Join(data, "sagalab")},
		{"linux", map[string]string{"XDG_DATA_HOME": data}, filepath.Join(data, "sagalab")},
		{"linux", map[string]string{"HOME": home}, filepath.Join(home, ".local/share/sagalab")},
		{"linux", map[string]string{"XDG_DATA_HOME": "relative", "HOME": home}, filepath.Join(home, ".local/share/sagalab")},
		{"freebsd", map[string]string{"HOME": home}, filepath.Join(home, ".local/share/sagalab")},
		{"linux", map[string]string{"HOME": "relative"}, ""},
		{"linux", nil, ""},
		{"darwin", map[string]string{"XDG_DATA_HOME": data, "HOME": home}, filepath.Join(home, "Library/Application Support/sagalab")},
		{"darwin", map[string]string{"XDG_DATA_HOME": data}, ""},
		{"windows", map[string]string{"LocalAppData": data, "HOME": home, "XDG_DATA_HOME": home}, filepath.Join(data, "sagalab")},
		{"windows", map[string]string{"HOME": home}, ""},
	} {
		got, err := dataDir(tt.system, func(name string) string { return tt.env[name] })
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("dataDir on %s with %v = %q, %v; want %q", tt.system, tt.env, got, err, tt.want)
		}
	}
}

// writeFileIn writes a file below dir, and the directories on the way.
func writeFileIn(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := writeFile(path, []byte(content)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlaces(t *testing.T) {
	data, base := t.TempDir(), t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	t.Setenv("HOME", data)
	t.Setenv("LocalAppData", data)
	outside, err := DataDir()
	if err != nil {
		t.Fatal(err)
	}
	checkout, shop := filepath.Join(base, "sagalab"), filepath.Join(base, "shop")
	writeFileIn(t, checkout, "go.mod", "module sagalab\n")
	writeFileIn(t, shop, "go.mod", "module example.com/shop\n")
	for _, tt := range []struct{ dir, named, runs, out string }{
		{checkout, "", filepath.Join(checkout, ".sagalab/runs"), filepath.Join(checkout, ".sagalab/out")},
		{filepath.Join(checkout, ".sagalab/notebooks"), "", filepath.Join(checkout, ".sagalab/runs"), filepath.Join(checkout, ".sagalab/out")},
		{filepath.Join(checkout, "notebooks"), "", filepath.Join(checkout, ".sagalab/runs"), filepath.Join(checkout, ".sagalab/out")},
		{filepath.Join(checkout, "notebooks/ja"), "", filepath.Join(checkout, ".sagalab/runs"), filepath.Join(checkout, ".sagalab/out/ja")},
		{filepath.Join(checkout, ".sagalab/notebooks/ja"), "", filepath.Join(checkout, ".sagalab/runs"), filepath.Join(checkout, ".sagalab/out/ja")},
		{filepath.Join(checkout, "notebooks-of-mine"), "", filepath.Join(checkout, ".sagalab/runs"), filepath.Join(checkout, ".sagalab/out")},
		{shop, "", filepath.Join(outside, "runs"), filepath.Join(outside, "out")},
		{filepath.Join(shop, "notebooks/ja"), "", filepath.Join(outside, "runs"), filepath.Join(outside, "out")},
		{filepath.Join(shop, "deep/er"), "", filepath.Join(outside, "runs"), filepath.Join(outside, "out")},
		{checkout, filepath.Join(base, "mine"), filepath.Join(base, "mine"), filepath.Join(checkout, ".sagalab/out")},
		{shop, filepath.Join(base, "mine"), filepath.Join(base, "mine"), filepath.Join(outside, "out")},
	} {
		t.Setenv("SAGALAB_RUNS", tt.named)
		if got, err := RunsDir(tt.dir); got != tt.runs || err != nil {
			t.Errorf("RunsDir(%s) with SAGALAB_RUNS=%s = %q, %v; want %q", tt.dir, tt.named, got, err, tt.runs)
		}
		if got, err := OutDir(filepath.Join(tt.dir, "lab.ipynb")); got != tt.out || err != nil {
			t.Errorf("OutDir of a notebook in %s = %q, %v; want %q", tt.dir, got, err, tt.out)
		}
	}
	t.Chdir(checkout)
	if got, err := OutDir("notebooks/ja/lab.ipynb"); filepath.Base(got) != "ja" || !filepath.IsAbs(got) || err != nil {
		t.Errorf("OutDir of a notebook with a relative path = %q, %v; want an absolute one that ends with ja", got, err)
	}
	t.Setenv("SAGALAB_RUNS", "relative")
	if got, err := RunsDir(shop); !filepath.IsAbs(got) || filepath.Base(got) != "relative" || err != nil {
		t.Errorf("RunsDir with a relative SAGALAB_RUNS = %q, %v; want it absolute", got, err)
	}
	for _, name := range []string{"SAGALAB_RUNS", "XDG_DATA_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	if _, err := RunsDir(shop); err == nil || !strings.Contains(err.Error(), "SAGALAB_RUNS") {
		t.Errorf("RunsDir of a user without any directory: %v; want an error that names SAGALAB_RUNS", err)
	}
	if _, err := OutDir(filepath.Join(shop, "lab.ipynb")); err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("OutDir of a user without any directory: %v; want an error that names --out", err)
	}
}

func TestFindHome(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	a, b, shop := filepath.Join(base, "a"), filepath.Join(base, "b"), filepath.Join(base, "shop")
	for dir, module := range map[string]string{a: "sagalab", b: "sagalab", shop: "example.com/shop"} {
		writeFileIn(t, dir, "go.mod", "module "+module+"\n")
	}
	source := func(dir string) string { return filepath.Join(dir, "pkg", "internal", "jupyter", "checkout.go") }
	for _, tt := range []struct {
		name, dir, named, source string
		want                     string // "" for an error
	}{
		{"named", shop, a, source(b), a},
		{"named before here", b, a, source(b), a},
		{"named by a directory in it", shop, filepath.Join(a, "notebooks"), "", a},
		{"named and wrong", b, shop, source(b), ""},
		{"named and missing", b, filepath.Join(base, "missing"), source(b), ""},
		{"here", a, "", source(b), a},
		{"built from", shop, "", source(b), b},
		{"built from what is gone", shop, "", source(filepath.Join(base, "gone")), ""},
		{"built with -trimpath", shop, "", "sagalab/pkg/internal/jupyter/checkout.go", ""},
	} {
		got, err := findHome(tt.dir, tt.named, tt.source)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: findHome = %q, %v; want %q", tt.name, got, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), "SAGALAB_HOME") {
			t.Errorf("%s: %q does not name SAGALAB_HOME", tt.name, err)
		}
	}
	if root, err := FindHome(base); os.Getenv("SAGALAB_HOME") == "" && (err != nil || !exists(source(root))) {
		t.Errorf("FindHome of a test's directory = %q, %v; want the checkout that this test was built from", root, err)
	}
}
