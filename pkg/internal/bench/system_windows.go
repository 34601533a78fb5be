package bench

import (
	"fmt"
	"os"
	"path/filepath"
)

// peakMB is 0: what Windows says of a process that has ended has no memory in it.
func peakMB(*os.ProcessState) float64 { return 0 }

// python3 is the command that makes a Python environment.
const python3 = "python"

// venvPython is the interpreter of the Python environment in dir.
func venvPython(dir string) string { return filepath.Join(dir, "Scripts", "python.exe") }

// executable is the file name of a program that is built as name.
func executable(name string) string { return name + ".exe" }

// runnable reports why a file is no program. Its name has to end as a program's
// does: files have no permission to be executed here.
func runnable(path string) error {
	info, err := os.Stat(path)
	if err == nil && (info.IsDir() || filepath.Ext(path) != ".exe") {
		err = fmt.Errorf("%s is no program", path)
	}
	return err
}
