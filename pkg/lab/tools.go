package lab

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// The kernel and the programs it calls, pinned with their checksums in a module of their own: their dependencies must not
// bend the versions in the checkout's go.mod. goimports comes from exactly the x/tools that gopls v0.23.0 was released
// with; gopls v0.24.0 wants Go 1.27. These are not named go.mod because a directory with a go.mod cannot be embedded.
//
//go:embed pinned/tools.mod.txt
var toolsMod string

//go:embed pinned/tools.sum.txt
var toolsSum string

// tool is a program and the directory below .sagalab it is installed in.
type tool struct{ pkg, dir string }

// gopls has a directory apart: the kernel starts it whenever it finds it, which is what a person who types wants and
// what a headless run pays for with its second core.
var tools = []tool{
	{"github.com/janpfeifer/gonb", "bin"},
	{"golang.org/x/tools/cmd/goimports", "bin"},
	{"golang.org/x/tools/gopls", "editor"},
}

func (t tool) path(l *Lab) string { return l.inside(t.dir, filepath.Base(t.pkg)) }

func (l *Lab) toolsStage(chain toolchain, rec *record) stage {
	key := keyOf(toolsMod, toolsSum, chain.Version, runtime.GOOS, runtime.GOARCH)
	return stage{
		name: "the kernel gonb v0.11.5 with goimports and gopls v0.23.0",
		done: func() bool {
			for _, t := range tools {
				if !exists(t.path(l)) {
					return false
				}
			}
			return rec.Tools == key
		},
		run: func(ctx context.Context, watch *watcher) error {
			if err := l.buildTools(ctx, chain, watch); err != nil {
				return err
			}
			rec.Tools = key
			return nil
		},
	}
}

func (l *Lab) buildTools(ctx context.Context, chain toolchain, watch *watcher) error {
	module := l.inside("tools")
	if err := writeFile(filepath.Join(module, "go.mod"), []byte(toolsMod)); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(module, "go.sum"), []byte(toolsSum)); err != nil {
		return err
	}
	// -mod=readonly: a checksum that is missing is an error, never fetched. GOWORK=off: a go.work above is none of ours.
	env := append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GO111MODULE=on")
	fresh := filepath.Join(module, "bin") + string(filepath.Separator)
	args := []string{"build", "-v", "-trimpath", "-o", fresh}
	for _, t := range tools {
		args = append(args, t.pkg)
	}
	if err := runWatched(ctx, watch, module, env, chain.path, args...); err != nil {
		return fmt.Errorf("%w\nThe Go module proxy may be out of reach: check `go env GOPROXY` and run the set-up again", err)
	}
	for _, t := range tools {
		if err := os.MkdirAll(l.inside(t.dir), 0o755); err != nil {
			return err
		}
		if err := os.Rename(fresh+filepath.Base(t.pkg), t.path(l)); err != nil {
			return err
		}
	}
	return nil
}
