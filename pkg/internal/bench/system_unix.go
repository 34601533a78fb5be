//go:build unix

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// peakMB is the most memory of a process that has ended that was resident at once,
// in MB; 0 when the system did not say.
func peakMB(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" { // in bytes
		return float64(usage.Maxrss) / (1 << 20)
	}
	return float64(usage.Maxrss) / 1024 // in KB
}

// python3 is the command that makes a Python environment.
const python3 = "python3"

// venvPython is the interpreter of the Python environment in dir.
func venvPython(dir string) string { return filepath.Join(dir, "bin", "python") }

// executable is the file name of a program that is built as name.
func executable(name string) string { return name }

// runnable reports why a file is no program.
func runnable(path string) error {
	info, err := os.Stat(path)
	if err == nil && (info.IsDir() || info.Mode()&0o111 == 0) {
		err = fmt.Errorf("%s is no program", path)
	}
	return err
}
