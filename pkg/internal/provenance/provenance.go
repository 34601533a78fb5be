// Package provenance describes what a run is measured with: the machine, the Go
// version, and sagalab's own version and commit. A figure that is read months later
// can then be compared with another one, or not.
package provenance

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Version is sagalab's version. It changes when what it measures, stores or prints
// changes.
const Version = "0.6.0"

// commit is set by the linker where neither git nor the build's own stamp is at hand,
// as in a container's image: -ldflags "-X sagalab/pkg/internal/provenance.commit=HASH", with
// the suffix of a changed tree after it if there are changes.
var commit string

// changed marks a commit whose sources were edited.
const changed = "+changed"

// Provenance is the machine and the program that a run was measured with. The zero
// value is one that was not recorded.
type Provenance struct {
	// OS is the operating system and the architecture, such as linux/amd64.
	OS string `json:"os"`
	// CPU is the processor's model, "" where the system does not say.
	CPU string `json:"cpu,omitempty"`
	// Cores is how many processors the process may run on.
	Cores int `json:"cores"`
	// Quota bounds the processor time by a control group, in cores; 0 without one.
	Quota float64 `json:"quota_cores,omitempty"`
	// Go is the version of Go that the program was built with.
	Go string `json:"go"`
	// Version is sagalab's.
	Version string `json:"version"`
	// Commit is sagalab's commit, followed by "+changed" when its sources differ
	// from that commit; "" when it is not known.
	Commit string `json:"commit,omitempty"`
}

// Here describes this process. It reads files and asks git at most once, for two
// seconds at most; later calls answer the same. Safe for concurrent use.
func Here() Provenance { return here() }

var here = sync.OnceValue(func() Provenance {
	return Provenance{
		OS:  runtime.GOOS + "/" + runtime.GOARCH,
		CPU: cpuModel("/proc/cpuinfo"), Cores: runtime.NumCPU(), Quota: quota("/"),
		Go: runtime.Version(), Version: Version, Commit: findCommit(),
	}
})

// findCommit returns the commit that was given to the linker, else the one that `go
// build` stamped, else that of the checkout in which this package's source is. The
// last is for `go run` and the cells of notebooks, which are built without a stamp
// from that checkout.
func findCommit() string {
	if commit != "" {
		return commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		if c := stamped(info); c != "" {
			return c
		}
	}
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) { // built with -trimpath
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return fromGit(ctx, filepath.Join(filepath.Dir(file), "..", "..", ".."))
}

// stamped returns the commit that the go command wrote into the program, "" when the
// program's main module is another one, whose commit it then is.
func stamped(info *debug.BuildInfo) string {
	revision, mark := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			mark = changed
		}
	}
	if info.Main.Path != "sagalab" || revision == "" {
		return ""
	}
	return revision + mark
}

// Build returns sagalab's version and commit in words.
func (p Provenance) Build() string {
	hash, mark, _ := strings.Cut(p.Commit, "+")
	switch {
	case p.Version == "":
		return "not recorded"
	case hash == "":
		return p.Version + ", commit unknown"
	}
	text := p.Version + ", commit " + hash[:min(12, len(hash))]
	if mark != "" {
		text += " with changes"
	}
	return text
}

// Program returns sagalab's version and commit and the Go version, in words.
func (p Provenance) Program() string {
	if p.Version == "" {
		return "not recorded"
	}
	return fmt.Sprintf("sagalab %s, %s", p.Build(), p.Go)
}

// Machine returns the operating system, the processors and their model, in words.
func (p Provenance) Machine() string {
	if p.OS == "" {
		return "not recorded"
	}
	text := fmt.Sprintf("%s, %s", p.OS, plural(p.Cores, "core"))
	if p.Quota > 0 {
		text += fmt.Sprintf(" (%.3g by quota)", p.Quota)
	}
	if p.CPU != "" {
		text += ", " + p.CPU
	}
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
