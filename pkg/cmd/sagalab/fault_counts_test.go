package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestLoadSaysHowOftenFaultsStruck under the line of the stage, by kind.
func TestLoadSaysHowOftenFaultsStruck(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	plan := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(plan, []byte(`{"seed":7,"windows":[{"from":"0s","to":"1h","fault":"drop_reply","probability":0.4}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	out, log, code, err := invoke(t, "load", "--api", reference(t), "--fixture", "plenty", "--stage", "light:60x4", "--faults", plan, "--attempts", "8", "--backoff", "1ms", "--seed", "3")
	if struck := regexp.MustCompile(`\n       faults: drop_reply [1-9][0-9]* of [1-9][0-9]+ attempts\n`); code != 0 || !struck.MatchString(out) {
		t.Errorf("load: code %d, %v; want %s in\n%s%s", code, err, struck, out, log)
	}
}
