//go:build unix

package lab

import "path/filepath"

// executable is the file name of a program that is built, or installed, as name.
func executable(name string) string { return name }

// venvPython is the interpreter of the Python environment in the directory venv.
func venvPython(venv string) string { return filepath.Join(venv, "bin", "python") }

// tempEnv are the environment entries that make programs put their temporary files into dir.
func tempEnv(dir string) []string { return []string{"TMPDIR=" + dir} }
