package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestRenameFlags(t *testing.T) {
	var log bytes.Buffer
	got := renameFlags([]string{"--contenders", "none", "-patience=1m", "--quick", "contenders"}, &log)
	if want := []string{"--tools", "none", "--timeout=1m", "--quick", "contenders"}; !slices.Equal(got, want) {
		t.Errorf("renameFlags = %q, want %q", got, want)
	}
	if text := log.String(); !strings.Contains(text, "--contenders is now --tools") || !strings.Contains(text, "--patience is now --timeout") {
		t.Errorf("the log is %q, want both successors named", text)
	}
}

// TestWrongFlags: what is wrong is reported before anything is built or measured.
func TestWrongFlags(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--fast", "not defined"},
		{"now", "takes flags only"},
		{"--only opened", "no section"},
		{"--against x.json --only stall", "closed loop"},
		{"--against x.json --rounds 2", "at least 3 rounds"},
		{"--save x.json --margin -1", "margin is -0.01"},
	} {
		var out, log bytes.Buffer
		if err := run(t.Context(), strings.Fields(tt.args), &out, &log); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("bench %s: %v, want an error with %q", tt.args, err, tt.want)
		}
	}
}
