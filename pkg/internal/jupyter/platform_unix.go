//go:build unix

package jupyter

import "path/filepath"

// pythons are the interpreters tried for the environment, newest first among those the pins are known to work with.
var pythons = []string{"python3.13", "python3.12", "python3.11", "python3", "python3.14"}

// inheritsFiles is whether a child can be given open files beside its standard input and output.
const inheritsFiles = true

// executable is the file name of a program that is built, or installed, as name.
func executable(name string) string { return name }

// venvPython is the interpreter of the Python environment in the directory venv.
func venvPython(venv string) string { return filepath.Join(venv, "bin", "python") }

// tempEnv are the environment entries that make programs put their temporary files into dir.
func tempEnv(dir string) []string { return []string{"TMPDIR=" + dir} }
