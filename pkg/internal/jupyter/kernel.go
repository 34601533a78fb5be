package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The two kernels differ in how they show a cell that does not compile, and in gopls. Notebooks name the interactive one;
// the headless one is chosen by Execute and written into no notebook.
const (
	interactiveKernel = "gonb"
	headlessKernel    = "gonb-headless"
)

// cellFlags are the go command's flags for cells. Without DWARF and a symbol table the linker is a third faster on every
// cell, and stack traces still have names and lines; minimal leaves out gonum/plot's writers of PDF, SVG, EPS and TeX, which
// figures in a notebook never use, and is another 8 %.
const cellFlags = "-ldflags=-s -tags=minimal"

// kernelSpec is a Jupyter kernel specification, kernel.json.
type kernelSpec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
}

func (i *Installation) kernelFile(name string) string {
	return i.inside("jupyter", "kernels", name, "kernel.json")
}

// kernelSpec describes one of the two kernels. gonb can install itself, but then writes neither the environment nor the
// second kernel, so the file is written here.
func (i *Installation) kernelSpec(name string, chain toolchain) kernelSpec {
	spec := kernelSpec{
		Argv:        []string{kernelTools[0].path(i), "--kernel", "{connection_file}", "-go_work=" + i.root},
		DisplayName: "Go (gonb)",
		Language:    "go",
		// gonb takes interrupts as messages: it ends the cell's program and stays alive itself.
		InterruptMode: "message",
		Env: map[string]string{
			// Without this the kernel's `go get` before each cell fetches newer versions than go.mod pins.
			"GOPROXY": "off",
			"GOFLAGS": cellFlags,
			"GOWORK":  "", // the kernel writes a go.work of its own, which this must not hide
			// gopls and goimports keep indexes in the person's cache directory; Go's build cache stays where it is.
			"XDG_CACHE_HOME": i.inside("cache"),
			"GOCACHE":        chain.BuildCache,
		},
	}
	separator := string(os.PathListSeparator)
	path := i.inside("bin") + separator + chain.bin()
	if name == headlessKernel {
		spec.DisplayName = "Go (gonb, headless)"
		spec.Argv = append(spec.Argv, "-raw_error") // compile errors as text, not as HTML for hovering
		spec.Env["SAGALAB_HEADLESS"] = "1"          // package explore shows no controls
	} else {
		path = i.inside("editor") + separator + path
	}
	spec.Env["PATH"] = path + separator + "${PATH}" // Jupyter replaces ${PATH} by its own
	return spec
}

// goCommand is the go command that the kernel finds first on its PATH, as a shell script; "" on Windows, where it finds
// the real one. Before each cell the kernel calls `go get` without arguments, to fetch modules that are missing: it walks
// the whole module graph, needs every go.mod of it on this machine, and can fetch nothing, because GOPROXY is off. Set-up
// has fetched what cells import. A build's linker is faster by a tenth when it does not collect garbage. gopls lists the packages of
// the workspace with their tests, which cells cannot use.
func (t toolchain) goCommand() string {
	if runtime.GOOS == "windows" {
		return ""
	}
	quoted := "'" + strings.ReplaceAll(filepath.Join(t.bin(), "go"), "'", `'\''`) + "'"
	return `#!/bin/sh
# Written by the set-up of sagalab: the go command for cells of notebooks.
case "$*" in
get | "get -t") exit 0 ;;
"build "* | "test -c "*) export GOGC=off GOMEMLIMIT=1GiB ;;
"list "*" -test=true "*) # gopls', which would complete the names of tests, and of what they test once more
	for arg do
		shift
		[ "$arg" != -test=true ] || arg=-test=false
		set -- "$@" "$arg"
	done ;;
esac
exec ` + quoted + ` "$@"
`
}

// kernelStep writes what makes the kernel a kernel of Jupyter's.
func (s *setupRun) kernelStep() step {
	files := map[string][]byte{}
	for _, name := range []string{interactiveKernel, headlessKernel} {
		text, _ := json.MarshalIndent(s.lab.kernelSpec(name, s.chain), "", "\t") // strings always marshal
		files[s.lab.kernelFile(name)] = append(text, '\n')
	}
	for path, text := range jupyterSettings {
		files[s.lab.inside("jupyter", "config", filepath.FromSlash(path))] = []byte(text)
	}
	script := s.lab.inside("bin", "go")
	if text := s.chain.goCommand(); text != "" {
		files[script] = []byte(text)
	}
	return step{
		name: "Jupyter's settings",
		present: func() bool {
			for path, want := range files {
				if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
					return false
				}
			}
			return true
		},
		run: func(context.Context, *commandLog) error {
			for path, text := range files {
				mode := fs.FileMode(0o644)
				if path == script {
					mode = 0o755
				}
				if err := writeFileMode(path, text, mode); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// jupyterSettings are files of Jupyter's configuration directory. The announcements extension asks the network for news
// and the person whether it may. JupyterLab drops completions that take longer than a second; the first one of a kernel
// does, and the kernel itself gives up after 8 s.
var jupyterSettings = map[string]string{
	"labconfig/page_config.json":               `{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}` + "\n",
	"labconfig/default_setting_overrides.json": `{"@jupyterlab/completer-extension:manager": {"providerTimeout": 10000}}` + "\n",
}
