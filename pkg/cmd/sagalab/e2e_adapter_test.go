package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestFleetByAdapter sends load to the bookshop from worker processes, which have the file from the fleet's database and its
// variable from their environment. No file of the run has the variable's value.
func TestFleetByAdapter(t *testing.T) {
	t.Parallel()
	const secret = "s3ss10n-of-the-fleet"
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(bookshopFile), 0o600); err != nil {
		t.Fatal(err)
	}
	shop := e2e.Command(t, "serve", "--bookshop", "--addr", "127.0.0.1:0")
	shop.Env = append(shop.Env, e2e.MarkVariable+"=the shop of "+t.Name()) // nothing that the loads leave
	api := serveUntilTold(t, shop, "Bookshop on ")
	p := e2e.Command(t, "load", "--api", api, "--adapter", file, "--users", "anna", "--products", "walden", "--stage", "s:60x6", "--fleet", "local", "--workers", "2", "--audit", "--settle", "10ms", "--require", "C1,C2,C4")
	p.Env = append(p.Env, "SAGALAB_VAR_session="+secret)
	got := p.Finish(t)
	if got.Status != 0 || !strings.Contains(got.Out, "60 success") || strings.Contains(got.Out+got.Log, secret) {
		t.Errorf("a fleet's load by a file ended with status %d\n%s%s", got.Status, got.Out, got.Log)
	}
	if s := e2e.RecordedStage(t, e2e.OnlyRun(t, p), "s"); s.Adapter == nil || s.Adapter.Contents != bookshopFile || len(s.WorkerResults) != 2 {
		t.Errorf("the stage has the adapter %+v and %d workers", s.Adapter, len(s.WorkerResults))
	}
	for _, dir := range []string{p.Runs, p.Temp} {
		if name := fileContaining(t, dir, secret); name != "" {
			t.Errorf("%s has the variable's value in it", name)
		}
	}
	without := e2e.Command(t, "load", "--api", api, "--adapter", file, "--stage", "s:60x6", "--fleet", "local")
	if got := without.Finish(t); got.Status != 3 || !strings.Contains(got.Log, "SAGALAB_VAR_session is not set") {
		t.Errorf("without the variable load ended with status %d\n%s%s", got.Status, got.Out, got.Log)
	}
}

// serveUntilTold starts a program and returns what follows before in a line of its log, up to a space.
func serveUntilTold(t *testing.T, p e2e.Program, before string) string {
	t.Helper()
	log := new(e2e.Transcript)
	p.Stderr = log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	log.Until(t, before)
	_, rest, _ := strings.Cut(log.String(), before)
	return strings.Fields(rest)[0]
}

// fileContaining returns a file below dir that has a text in it, "" when none has.
func fileContaining(t *testing.T, dir, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), text) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
