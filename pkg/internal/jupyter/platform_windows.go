package jupyter

import "path/filepath"

// pythons are the interpreters tried for the environment; py is the launcher that Python's installer adds.
var pythons = []string{"python3", "python", "py"}

// inheritsFiles is whether a child can be given open files beside its standard input and output.
const inheritsFiles = false

// executable is the file name of a program that is built, or installed, as name.
func executable(name string) string { return name + ".exe" }

// venvPython is the interpreter of the Python environment in the directory venv.
func venvPython(venv string) string { return filepath.Join(venv, "Scripts", "python.exe") }

// tempEnv are the environment entries that make programs put their temporary files into dir. Programs ported from Unix
// look for TMPDIR.
func tempEnv(dir string) []string { return []string{"TMP=" + dir, "TEMP=" + dir, "TMPDIR=" + dir} }
