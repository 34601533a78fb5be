package relay

import (
	"bytes"
	"context"
	"encoding/gob"
	"io"
	"strings"
	"testing"

	"sagalab/pkg/internal/runner"
)

// discardBatches is a recorder that keeps nothing.
func discardBatches() *runner.Recorder { return runner.NewRecorder(keepAll) }

// FuzzServe: what is no request of this version is an error, and send is not called; Serve never panics.
func FuzzServe(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		sent := false
		err := Serve(t.Context(), bytes.NewReader(in), io.Discard, func(_ context.Context, r Request, _ func(runner.Batch) error) (runner.SourceResult, error) {
			sent = true
			if r.Version != Version {
				t.Errorf("a request of version %q was sent", r.Version)
			}
			_, _, err := r.Load()
			return runner.SourceResult{}, err
		})
		if sent == (err != nil) {
			t.Errorf("sent is %v, and the error is %v", sent, err)
		}
	})
}

// FuzzReceive: messages end with the last one, or with an error; receive never panics.
func FuzzReceive(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		last, err := receive(bytes.NewReader(in), discardBatches(), func() {})
		if err == nil && (!last.Last || last.Version != Version) {
			t.Errorf("the end is %+v", last)
		}
	})
}

// encoded is values as encoding/gob writes them.
func encoded(t *testing.T, values ...any) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	e := gob.NewEncoder(&b)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return &b
}

// TestOtherVersionsAreRefused by either side, with what to do.
func TestOtherVersionsAreRefused(t *testing.T) {
	old := struct{ Fleet, Stage string }{"local", "light:10x1"} // a request without a version
	if err := Serve(t.Context(), encoded(t, old), io.Discard, nil); err == nil || !strings.Contains(err.Error(), `version ""`) || !strings.Contains(err.Error(), rebuild) {
		t.Errorf("Serve of a request without a version: %v, want it refused with what to do", err)
	}
	stopped := false
	if _, err := receive(encoded(t, message{Version: "relay-0"}), discardBatches(), func() { stopped = true }); err == nil || !strings.Contains(err.Error(), rebuild) || !stopped {
		t.Errorf("receive of a message of another version: %v, stopped %v; want it refused with what to do", err, stopped)
	}
}
