package jupyter

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestGoCommandForCells runs the script with a go command that writes its arguments.
func TestGoCommandForCells(t *testing.T) {
	if text := (toolchain{}).goCommand(); runtime.GOOS == "windows" {
		if text != "" {
			t.Errorf("on Windows there is a script: %s", text)
		}
		return
	}
	dir := t.TempDir()
	own, script := filepath.Join(dir, "it's go"), filepath.Join(dir, "script")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(own, "go"): "#!/bin/sh\nprintf '%s|' \"${GOGC:-on}\" \"$@\"\n",
		script:                   toolchain{path: filepath.Join(own, "go")}.goCommand(),
	} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"get":                            "",
		"get -t":                         "",
		"get x":                          "on|get|x|",
		"build -o a b":                   "off|build|-o|a|b|",
		"list -e -test=true -deps -- ./": "on|list|-e|-test=false|-deps|--|./|",
		"list -e -test=false -- a b":     "on|list|-e|-test=false|--|a|b|",
		"list -e a\tb -test=true -- *":   "on|list|-e|a\tb|-test=false|--|*|",
		"env -json":                      "on|env|-json|",
	} {
		out, err := exec.Command(script, strings.Split(args, " ")...).CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("go %s: %q, %v, want %q", args, out, err, want)
		}
	}
}
