package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// peers are the tools that can be measured beside sagalab and the baseline.
var peers = []string{Hey, Vegeta, K6, Original}

// packages are the peers that are built here, by import path. k6 is not among them: its licence, the AGPL, is not one that this
// repository's modules should depend on.
var packages = map[string]string{Hey: "github.com/rakyll/hey", Vegeta: "github.com/tsenart/vegeta/v12"}

// buildTimeout bounds one build, which downloads modules the first time.
const buildTimeout = 20 * time.Minute

// setUpTools provides sagalab and those of the peers that are available.
func (b *Bench) setUpTools(ctx context.Context) error {
	path := b.Program
	if path == "" {
		path = filepath.Join(b.scratch, executable("sagalab"))
		fmt.Fprintln(b.Log, "building sagalab")
		if err := b.build(ctx, b.Root, path, "./pkg/cmd/sagalab"); err != nil {
			return fmt.Errorf("building sagalab: %w", err)
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := runnable(path); err != nil {
		return fmt.Errorf("--program: %w", err)
	}
	b.tools = []tool{baselineTool(), sagalabTool(path)}
	for _, name := range peers {
		if b.Tools != nil && !slices.Contains(b.Tools, name) {
			continue
		}
		t, err := b.setUpPeer(ctx, name, filepath.Join(b.Root, "pkg", "internal", "bench", "peers"))
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil {
			text := fmt.Sprintf("%s is not measured: %v", name, err)
			b.Report.Absent = append(b.Report.Absent, text)
			fmt.Fprintln(b.Out, text)
			continue
		}
		b.tools = append(b.tools, t)
	}
	return nil
}

// setUpPeer provides one peer. pins is the directory with its exact version and its script.
func (b *Bench) setUpPeer(ctx context.Context, name, pins string) (t tool, err error) {
	switch name {
	case K6:
		return b.k6OnPath(ctx, filepath.Join(pins, "k6.js"))
	case Original:
		var python string
		python, err = b.python(ctx, pins)
		t = originalTool(python, filepath.Join(pins, "original.py"))
	case Hey, Vegeta:
		var path string
		path, err = b.builtPeer(ctx, name, pins)
		if t = heyTool(path); name == Vegeta {
			t = vegetaTool(path, b.vegetaEstimate)
		}
	}
	if err != nil {
		return tool{}, fmt.Errorf("it cannot be set up (is there a network?): %w", err)
	}
	return t, nil
}

// builtPeer returns the path of a peer in .sagalab/peers, which it builds there unless it was before.
func (b *Bench) builtPeer(ctx context.Context, name, pins string) (path string, err error) {
	mark, err := fingerprint(filepath.Join(pins, "go.mod"), filepath.Join(pins, "go.sum"))
	if err != nil {
		return "", err
	}
	path = filepath.Join(b.Root, ".sagalab", "peers", executable(name+"-"+mark))
	if runnable(path) == nil {
		return path, nil
	}
	fmt.Fprintf(b.Log, "building %s, once\n", name)
	return path, b.build(ctx, pins, path, packages[name])
}

// k6OnPath provides the k6 that is installed, and reports its version.
func (b *Bench) k6OnPath(ctx context.Context, script string) (tool, error) {
	path, err := exec.LookPath("k6")
	if err != nil {
		return tool{}, errors.New("no program k6 is on the PATH; its licence is the AGPL, so it is not built here")
	}
	c, err := program{path: path, args: []string{"version"}}.run(ctx)
	if err != nil {
		return tool{}, err
	}
	b.Report.K6 = lastOutput(c.Out)
	fmt.Fprintf(b.Out, "k6 on the PATH: %s\n", b.Report.K6)
	return k6Tool(path, script), nil
}

// vegetaEstimate returns the requests a second that vegeta reached last, and a guess before its first run.
func (b *Bench) vegetaEstimate(vus int) float64 {
	if estimate := b.vegetaRate[vus]; estimate > 0 {
		return estimate
	}
	return 15_000
}

// build compiles a package of the module in dir, at low priority.
func (b *Bench) build(ctx context.Context, dir, path, pkg string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, buildTimeout, fmt.Errorf("not built within %v", buildTimeout))
	defer cancel()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part" // an interrupted build leaves no program
	p := program{path: "go", args: []string{"build", "-p", "2", "-o", part, pkg}, dir: dir, env: []string{"GOWORK=off"}}
	if nice, err := exec.LookPath("nice"); err == nil {
		p.path, p.args = nice, append([]string{"go"}, p.args...)
	}
	if _, err := p.run(ctx); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return os.Rename(part, path)
}

// python provides an environment with the packages that the original's cell imports.
func (b *Bench) python(ctx context.Context, pins string) (string, error) {
	list := filepath.Join(pins, "requirements.txt")
	mark, err := fingerprint(list)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(b.Root, ".sagalab", "peers", "python-"+mark)
	python, done := venvPython(dir), filepath.Join(dir, "complete")
	if runnable(python) == nil && exists(done) {
		return python, nil
	}
	fmt.Fprintln(b.Log, "setting up the original's Python, once")
	ctx, cancel := context.WithTimeoutCause(ctx, buildTimeout, fmt.Errorf("not set up within %v", buildTimeout))
	defer cancel()
	for _, p := range []program{
		{path: python3, args: []string{"-m", "venv", "--clear", dir}},
		{path: python, args: []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", list}},
	} {
		if _, err := p.run(ctx); err != nil {
			return "", err
		}
	}
	return python, os.WriteFile(done, nil, 0o644)
}

// fingerprint returns a short hash of the files' contents.
func fingerprint(paths ...string) (string, error) {
	h := sha256.New()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:6]), nil
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
