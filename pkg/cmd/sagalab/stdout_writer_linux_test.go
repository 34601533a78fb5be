package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/runs"
)

// TestFullDisk runs commands of a built program whose standard output is full: what they printed is cut, and they say so.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	api, dir := reference(t), t.TempDir()
	stored(t, runs.Store{Dir: dir}, 20, 0, 1, "light")
	stored(t, runs.Store{Dir: dir}, 20, 0, 1, "light")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range []string{
		"--help", "--version", "runs ls", "runs ls --json", "runs show last", "runs compare last~1 last",
		"health --api " + api, "load --api " + api + " --fixture plenty --stage light:4x4 --json",
		"audit last --require none --api " + api,
	} {
		var log bytes.Buffer
		p := e2e.Command(t, strings.Fields(args)...)
		p.Env = append(p.Env, "SAGALAB_RUNS="+dir)
		p.Stdout, p.Stderr = full, &log
		ended := p.Run()
		if got := p.ProcessState.ExitCode(); got != 3 || !strings.HasSuffix(log.String(), "writing stdout: no space left on device\n") {
			t.Errorf("%s: %v, exit code %d, says %q; want 3 and that stdout could not be written", args, ended, got, log.String())
		}
	}
}
