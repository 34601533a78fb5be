package nb

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/frame"
	"sagalab/pkg/internal/testing/echo"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// echoing is a lab at a service of package echo.
func echoing(t *testing.T, s *echo.Service, token string) (Lab, *bytes.Buffer) {
	t.Helper()
	l, text, _ := cells(t, confirm)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("SAGALAB_AUTHORIZATION", "Bearer "+token)
	l.API, l.Policy = server.URL, retry.Policy{MaxAttempts: 1, AttemptTimeout: l.Policy.AttemptTimeout}
	return l, text
}

// TestCellsShowNoSecrets sends a stage and cases to a service that echoes the
// Authorization header in each encoding at each place, and shows all that came back:
// nothing of the header is shown or in a file.
func TestCellsShowNoSecrets(t *testing.T) {
	const token = "s3cr3t-T0ken.with_symbols/9A+z=="
	l, text := echoing(t, new(echo.Service), token)
	for i, cell := range []func() error{
		l.setup, l.checkConnectivity,
		func() error {
			return l.load(load.Stage{Name: "echo", Requests: echo.Combinations(), VUs: 4}, order, nil)
		},
		func() error { return l.runCase("case", order) },
		func() error { printf("%s or %q\n", token, "Bearer "+token); return nil },
	} {
		if err := cell(); err != nil {
			t.Fatalf("cell %d: %v", i+1, err)
		}
	}
	df, err := frame.FailuresByReason(l.Stages())
	Table(df, err)
	table := newTable(df)
	texts := map[string]string{"cells": text.String(), "a table": table.html() + table.text(), "all rows": fmt.Sprint(l.Stages(), l.Cases())}
	err = filepath.Walk(os.Getenv("SAGALAB_RUNS"), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			content, readErr := os.ReadFile(path)
			texts[path], err = string(content), readErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		if left := echo.Left(text, token); left != "" {
			t.Errorf("%s has %q", name, left)
		}
	}
	if !strings.Contains(text.String(), `[secret] or "[secret]"`) {
		t.Errorf("the cells said %s", text)
	}
}

// TestCellsEscapeControlCharacters shows what a service sent for a terminal.
func TestCellsEscapeControlCharacters(t *testing.T) {
	const sequence, seen = "\x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0K\x07\u009b1m\u202e", `\x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0K\x07\u009b1m\u202e`
	l, text := echoing(t, &echo.Service{Answer: func(w http.ResponseWriter) { io.WriteString(w, sequence) }}, "token")
	for i, cell := range []func() error{
		l.setup, l.checkConnectivity, func() error { return l.runCase("case", order) },
	} {
		if err := cell(); err != nil {
			t.Fatalf("cell %d: %v", i+1, err)
		}
	}
	Table(frame.Cases(l.Cases()))
	if got := text.String(); strings.ContainsAny(got, "\x1b\x07\u009b\u202e") || strings.Count(got, seen) != 2 {
		t.Errorf("the cells said %q, want %s twice", got, seen)
	}
}
