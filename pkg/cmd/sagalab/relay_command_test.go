package main

import (
	"bytes"
	"encoding/gob"
	"os"
	"path/filepath"
	"testing"

	"sagalab/pkg/internal/fleet/relay"
)

// TestRelayWritesItsMessagesAsTheyAre asks relay for a load that is refused: the answer is a binary message, which the writer
// for text would change.
func TestRelayWritesItsMessagesAsTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "request")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := gob.NewEncoder(file).Encode(relay.Request{Version: relay.Version}); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	os.Stdin = file
	t.Cleanup(func() { os.Stdin = before; file.Close() })
	out, log, _, err := invoke(t, "relay")
	if err != nil {
		t.Fatalf("relay: %v, %s", err, log)
	}
	var answer struct {
		Last    bool
		Failure string
	}
	if err := gob.NewDecoder(bytes.NewReader([]byte(out))).Decode(&answer); err != nil || !answer.Last || answer.Failure == "" {
		t.Errorf("relay answered %q, which is %+v, %v; want a failure", out, answer, err)
	}
}
