package provenance

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestHere(t *testing.T) {
	p := Here()
	if p.OS != runtime.GOOS+"/"+runtime.GOARCH || p.Cores < 1 || p.Go != runtime.Version() || p.Version != Version {
		t.Errorf("Here() = %+v", p)
	}
	// A test's program has no stamp, so this is git's answer: none in sources without a repository.
	want := strings.TrimSpace(git(t.Context(), ".", "rev-parse", "HEAD"))
	if got := strings.TrimSuffix(p.Commit, changed); got != want {
		t.Errorf("commit %q, want %q", p.Commit, want)
	}
}

func TestFromGit(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := fromGit(t.Context(), dir); got != "" {
		t.Errorf("without a repository: %q", got)
	}
	run("init", "-q")
	write("go.mod", "module sagalab")
	write("pkg/a.go", "package a")
	run("add", ".")
	run("commit", "-q", "-m", "one")
	head := strings.TrimSpace(git(t.Context(), dir, "rev-parse", "HEAD"))
	if got := fromGit(t.Context(), dir); len(got) != 40 || got != head {
		t.Errorf("a clean tree: %q, want %q", got, head)
	}
	if got := fromGit(t.Context(), filepath.Join(dir, "pkg")); got != "" {
		t.Errorf("below the top: %q, want none: another repository's commit is not ours", got)
	}
	write("notebooks/01.ipynb", "{}")
	if got := fromGit(t.Context(), dir); got != head {
		t.Errorf("a notebook changed: %q, want no mark", got)
	}
	write("pkg/b.go", "package a")
	if got := fromGit(t.Context(), dir); got != head+changed {
		t.Errorf("a source was added: %q, want a mark", got)
	}
}

func TestStamped(t *testing.T) {
	info := func(main, revision, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: main}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}}
	}
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{info("sagalab", "abc", "false"), "abc"},
		{info("sagalab", "abc", "true"), "abc+changed"},
		{info("gonb_1234", "abc", "false"), ""}, // a cell's own module
		{info("sagalab", "", "false"), ""},
	} {
		if got := stamped(c.info); got != c.want {
			t.Errorf("stamped(%+v) = %q, want %q", c.info, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	p := Provenance{OS: "linux/amd64", Cores: 2, Quota: 1.5, CPU: "Example 3000", Go: "go1.26", Version: "1.2.3", Commit: "0123456789abcdef+changed"}
	for _, c := range []struct{ got, want string }{
		{p.Build(), "1.2.3, commit 0123456789ab with changes"},
		{p.Program(), "sagalab 1.2.3, commit 0123456789ab with changes, go1.26"},
		{Provenance{Version: "1.2.3", Commit: "ab"}.Build(), "1.2.3, commit ab"},
		{Provenance{Version: "1.2.3"}.Build(), "1.2.3, commit unknown"},
		{Provenance{}.Build(), "not recorded"},
		{Provenance{}.Program(), "not recorded"},
		{p.Machine(), "linux/amd64, 2 cores (1.5 by quota), Example 3000"},
		{Provenance{OS: "darwin/arm64", Cores: 1}.Machine(), "darwin/arm64, 1 core"},
		{Provenance{}.Machine(), "not recorded"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestQuota(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  float64
	}{
		"no control groups": {nil, 0},
		"version 2, no limit": {map[string]string{
			"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"}, 0},
		"version 2": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n"}, 1.5},
		"the least of those above counts": {map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n", "sys/fs/cgroup/a/cpu.max": "50000 100000\n"}, .5},
		"a container sees its own group as the root": {map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2},
		"version 1": {map[string]string{
			"proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/x\n", "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "25000\n", "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n"}, .25},
		"version 1, no limit": {map[string]string{
			"proc/self/cgroup": "4:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 0},
		"nonsense": {map[string]string{
			"proc/self/cgroup": "no colons\n0::/../..\n", "sys/fs/cgroup/cpu.max": "many few\n"}, 0},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := quota(root); got != c.want {
			t.Errorf("%s: quota %v, want %v", name, got, c.want)
		}
	}
}

func TestCPUModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuinfo")
	if got := cpuModel(path); got != "" {
		t.Errorf("without the file: %q", got)
	}
	if err := os.WriteFile(path, []byte("processor\t: 0\nmodel name\t: Example  3000 @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := cpuModel(path); got != "Example 3000 @ 2 GHz" {
		t.Errorf("cpuModel = %q", got)
	}
}
