package jupyter

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"sagalab/pkg/internal/osfile"
)

// toolsMod and toolsSum pin the kernel and the programs it calls, with their checksums, in a module of their own: their dependencies must not
// bend the versions in the checkout's go.mod. goimports comes from exactly the x/tools that gopls v0.23.0 was released
// with; gopls v0.24.0 wants Go 1.27. These are not named go.mod because a directory with a go.mod cannot be embedded.
//
//go:embed pinned/tools.mod.txt
var toolsMod string

//go:embed pinned/tools.sum.txt
var toolsSum string

// tool is a program and the directory below .sagalab that it is installed in.
type tool struct{ pkg, dir string }

// What every notebook needs, and what only a person who types needs. gopls has a directory apart: the kernel starts it
// whenever it finds it, which would take a headless run's second core.
var (
	kernelTools = []tool{{"github.com/janpfeifer/gonb", "bin"}, {"golang.org/x/tools/cmd/goimports", "bin"}}
	editorTools = []tool{{"golang.org/x/tools/gopls", "editor"}}
)

func (t tool) path(l *Installation) string { return l.inside(t.dir, t.file()) }

// file is the name of the program's file.
func (t tool) file() string { return executable(filepath.Base(t.pkg)) }

func (s *setupRun) toolsStep() step {
	return s.toolStep("the kernel gonb v0.11.5 with goimports", kernelTools, s.buildTools)
}

// editorStep provides gopls, and the modules that it looks at beyond those that cells are built from.
func (s *setupRun) editorStep() step {
	return s.toolStep("gopls v0.23.0 for completion", editorTools, func(ctx context.Context, watch *commandLog, tools []tool) error {
		if err := s.buildTools(ctx, watch, tools); err != nil {
			return err
		}
		return runWatched(ctx, watch, s.lab.root, append(os.Environ(), "GOWORK=off"), s.chain.path, "mod", "download")
	})
}

func (s *setupRun) toolStep(name string, tools []tool, build func(context.Context, *commandLog, []tool) error) step {
	return step{
		name: name,
		key:  keyOf(toolsMod, toolsSum, s.chain.Version, runtime.GOOS, runtime.GOARCH),
		present: func() bool {
			return !slices.ContainsFunc(tools, func(t tool) bool { return !exists(t.path(s.lab)) })
		},
		run: func(ctx context.Context, watch *commandLog) error { return build(ctx, watch, tools) },
	}
}

// buildTools builds without -trimpath, so that the standard library is compiled once for these tools and the cells.
func (s *setupRun) buildTools(ctx context.Context, watch *commandLog, tools []tool) error {
	module := s.lab.inside("tools")
	if err := writeFile(filepath.Join(module, "go.mod"), []byte(toolsMod)); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(module, "go.sum"), []byte(toolsSum)); err != nil {
		return err
	}
	// -mod=readonly: a checksum that is missing is an error, never fetched. GOWORK=off: no go.work above counts.
	env := append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GO111MODULE=on")
	fresh := filepath.Join(module, "bin") + string(filepath.Separator)
	args := []string{"build", "-v", "-o", fresh}
	for _, t := range tools {
		args = append(args, t.pkg)
	}
	if err := runWatched(ctx, watch, module, env, s.chain.path, args...); err != nil {
		return fmt.Errorf("%w\nThe Go module proxy may be out of reach: check `go env GOPROXY` and run the set-up again", err)
	}
	for _, t := range tools {
		if err := os.MkdirAll(s.lab.inside(t.dir), 0o755); err != nil {
			return err
		}
		if err := osfile.Replace(fresh+t.file(), t.path(s.lab)); err != nil {
			return err
		}
	}
	return nil
}
