package jupyter

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// sandbox is the surroundings of one run of Jupyter: its environment and a temporary directory of its own. The directory
// is TMPDIR for everything below, so the kernel's leftovers go with it and every process of the run can be identified by it.
type sandbox struct {
	lab     *Installation
	jupyter installedJupyter
	chain   toolchain
	dir     string
}

// openSandbox needs a checkout that is set up; else it returns ErrNotSetUp. Close the sandbox after use.
func (i *Installation) openSandbox(ctx context.Context) (*sandbox, error) {
	rec := i.readRecord()
	if !exists(rec.Jupyter.Python) || !exists(kernelTools[0].path(i)) || !exists(i.kernelFile(headlessKernel)) {
		return nil, ErrNotSetUp
	}
	chain, err := findToolchain(ctx, i.root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sagalab-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary directory: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved // programs print it resolved
	}
	return &sandbox{lab: i, jupyter: rec.Jupyter, chain: chain, dir: dir}, nil
}

// close ends what is left of the run and removes its directory.
func (s *sandbox) close() {
	s.killOrphans()
	_ = os.RemoveAll(s.dir)
}

// env is the environment of Jupyter, its kernels and their cells. All that Jupyter writes goes into .sagalab.
func (s *sandbox) env(more []string) []string {
	at := func(part string) string { return s.lab.inside("jupyter", part) }
	env := pythonEnv(append(tempEnv(s.dir),
		"JUPYTER_DATA_DIR="+s.lab.inside("jupyter"),
		"JUPYTER_CONFIG_DIR="+at("config"),
		"JUPYTER_RUNTIME_DIR="+at("runtime"),
		"JUPYTERLAB_SETTINGS_DIR="+at("settings"),
		"JUPYTER_PATH=", // a person's other kernels stay out
		"IPYTHONDIR="+at("ipython"),
		"PYTHONDONTWRITEBYTECODE=1",
		withPath(s.lab.inside("bin"), s.chain.bin()),
	)...)
	return append(env, more...)
}

// python is a run of the environment's interpreter, with stdin closed; when ctx ends its group gets polite, later SIGKILL.
func (s *sandbox) python(ctx context.Context, polite syscall.Signal, env []string, args ...string) *child {
	return command(ctx, polite, s.dir, s.env(env), s.jupyter.Python, args...)
}

// script puts an embedded script into the sandbox's directory.
func (s *sandbox) script(name, content string) (path string, err error) {
	path = filepath.Join(s.dir, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}

// scrub lists what outputs must not contain, as Python regular expressions, each with its replacement: a notebook is
// shared, and this machine's directories mean nothing elsewhere.
func (s *sandbox) scrub() [][2]string {
	list := [][2]string{
		{regexp.QuoteMeta(s.dir) + `/gonb_[0-9a-f]+/`, ""},
		{`\bgonb_[0-9a-f]{8}\b`, "gonb"},
		{regexp.QuoteMeta(s.dir), "$TMPDIR"},
		{regexp.QuoteMeta(s.lab.root) + `/`, ""},
		{regexp.QuoteMeta(s.lab.root) + `\b`, "."},
		{regexp.QuoteMeta(s.chain.ModuleCache) + `\b`, "$GOMODCACHE"},
		{regexp.QuoteMeta(s.chain.Root) + `\b`, "$GOROOT"},
	}
	if home, err := os.UserHomeDir(); err == nil && strings.Trim(home, "/") != "" {
		list = append(list, [2]string{regexp.QuoteMeta(strings.TrimRight(home, "/")) + `/`, "~/"})
	}
	return list
}
