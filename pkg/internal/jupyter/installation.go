// Package jupyter makes Go notebooks run: it provisions Jupyter and the gonb kernel inside the checkout, executes a
// notebook headlessly, renders it to one self-contained HTML page, and starts Jupyter for a person.
//
// Everything it installs lies in <checkout>/.sagalab; deleting that directory undoes it. Only Go's own module and build
// caches, and on request Debian's packages (see [Lab.SetUp]), lie outside.
//
// What is verified: on Linux, its tests run. For macOS and Windows it is only compiled, with its tests; nothing of it has
// been run there. What differs, as far as is known:
//
//   - Linux: a run finds, and ends, processes that left their process group, such as kernels orphaned by a killed Jupyter.
//   - macOS: it relies on Jupyter's own orderly shutdown for those.
//   - Windows: a run's processes are in job objects, which end with it, orphaned kernels too. A process is asked to end by
//     CTRL_BREAK in place of SIGINT and SIGTERM, and is terminated where it does not react. Execute needs open files to be
//     inherited, which Windows does not offer, and refuses to start. gonb v0.11.5 calls its own support of Windows new; its
//     authors recommend the Windows Subsystem for Linux, where all of this works as on Linux.
package jupyter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNotSetUp is returned by [Lab.Execute], [Lab.Page] and [Lab.Start] when [Lab.SetUp] has not succeeded in this checkout,
// by Start also when JupyterLab was not asked for.
var ErrNotSetUp = errors.New("this checkout has no Jupyter set up: run `go run ./pkg/cmd/sagalab setup`")

// Installation is the Jupyter of one checkout, in its directory .sagalab. Use [New] to make one. Its methods may be called concurrently, by several
// processes too: SetUp takes a file lock, and every execution has its own temporary directory.
type Installation struct {
	root string
}

// New returns the Jupyter of the checkout at root, which [FindRoot] finds. It touches no file.
func New(root string) (*Installation, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", root, err)
	}
	// The kernel compares paths as text, and /tmp is a symbolic link on some systems.
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		abs = resolved
	}
	return &Installation{root: abs}, nil
}

// Root is the absolute directory of the checkout.
func (i *Installation) Root() string { return i.root }

// Notebooks is the directory of the checkout's notebooks.
func (i *Installation) Notebooks() string { return filepath.Join(i.root, "notebooks") }

// inside returns a path in the lab's own directory.
func (i *Installation) inside(parts ...string) string {
	return filepath.Join(append([]string{i.root, ".sagalab"}, parts...)...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
