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

// peers are who can be measured beside sagalab and the yardstick.
var peers = []string{Hey, Vegeta, K6, Original}

// packages are the peers in Go, by the import path that builds them.
var packages = map[string]string{
	Hey: "github.com/rakyll/hey", Vegeta: "github.com/tsenart/vegeta/v12", K6: "go.k6.io/k6",
}

// building bounds one build: k6 compiles for minutes on a small machine, and its
// modules have to be fetched the first time.
const building = 20 * time.Minute

// assemble provides sagalab and those of the peers that can be had.
func (b *Bench) assemble(ctx context.Context) error {
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
	b.tools = []tool{yardstick(), oursTool(path)}
	for _, name := range peers {
		if b.Contenders != nil && !slices.Contains(b.Contenders, name) {
			continue
		}
		t, err := b.peer(ctx, name)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil {
			text := fmt.Sprintf("%s takes no part, because it cannot be set up (is there a network?): %v", name, err)
			b.Report.Absent = append(b.Report.Absent, text)
			fmt.Fprintln(b.Out, text)
			continue
		}
		b.tools = append(b.tools, t)
	}
	return nil
}

// peer provides one peer, built in .sagalab/peers when that was not done before.
func (b *Bench) peer(ctx context.Context, name string) (tool, error) {
	pins := filepath.Join(b.Root, "pkg", "bench", "peers")
	if name == Original {
		python, err := b.python(ctx, pins)
		return originalTool(python, filepath.Join(pins, "original.py")), err
	}
	mark, err := fingerprint(filepath.Join(pins, "go.mod"), filepath.Join(pins, "go.sum"))
	if err != nil {
		return tool{}, err
	}
	path := filepath.Join(b.Root, ".sagalab", "peers", executable(name+"-"+mark))
	if runnable(path) != nil {
		fmt.Fprintf(b.Log, "building %s, once (k6 takes minutes)\n", name)
		if err := b.build(ctx, pins, path, packages[name]); err != nil {
			return tool{}, err
		}
	}
	switch name {
	case Hey:
		return heyTool(path), nil
	case Vegeta:
		return vegetaTool(path, b.vegetaPace), nil
	}
	return k6Tool(path, filepath.Join(pins, "k6.js")), nil
}

// vegetaPace is how many requests a second vegeta made last, and a guess before.
func (b *Bench) vegetaPace(workers int) float64 {
	if pace := b.pace[workers]; pace > 0 {
		return pace
	}
	return 15_000
}

// build compiles a package of the module in dir, politely: others work here, too.
func (b *Bench) build(ctx context.Context, dir, path, pkg string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, building, fmt.Errorf("not built within %v", building))
	defer cancel()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part" // a build that is cut off leaves no program
	p := program{path: "go", args: []string{"build", "-p", "2", "-o", part, pkg}, dir: dir, env: []string{"GOWORK=off"}}
	if nice, err := exec.LookPath("nice"); err == nil {
		p.path, p.args = nice, append([]string{"go"}, p.args...)
	}
	if _, err := p.run(ctx); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return os.Rename(part, path)
}

// python provides an environment with what the original's cell imports.
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
	ctx, cancel := context.WithTimeoutCause(ctx, building, fmt.Errorf("not set up within %v", building))
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

// fingerprint tells one state of these files from another.
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
