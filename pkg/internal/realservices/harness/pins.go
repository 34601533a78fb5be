package harness

import (
	"io/fs"
	"os/exec"
	"strings"
	"testing"
)

// Pins returns the names and contents of all files of files, for Installed, after other texts that decide what gets installed.
func Pins(t testing.TB, files fs.FS, others ...string) []byte {
	t.Helper()
	var pins []byte
	for _, text := range others {
		pins = append(pins, text+"\n"...)
	}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		pins = append(append(pins, path+"\n"...), text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pins
}

// Version returns what a program prints when it is asked for its version; a program that is not on the PATH fails the test.
func Version(t testing.TB, program string) string {
	t.Helper()
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		t.Fatalf("%s --version: %v; this test needs it on the PATH", program, err)
	}
	return strings.TrimSpace(string(out))
}
