package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/testing/echo"
	"sagalab/pkg/runs"
)

// sequences are texts that act on a terminal, each with the form in which it is to be seen.
var sequences = []struct{ text, seen string }{
	{"\x1b[2J\x1b[H", `\x1b[2J\x1b[H`},                     // clears the screen
	{"\x1b]0;owned\x07", `\x1b]0;owned\x07`},               // sets the title
	{"\x1b]52;c;cm0K\x07", `\x1b]52;c;cm0K\x07`},           // sets the clipboard
	{"\u009b31m", `\u009b31m`},                             // the same as ESC [ in one character
	{"a\x08\x7f\x00b", `a\x08\u007f\x00b`},                 // backspace, DEL, NUL
	{"\u202eevil\u2066x\u2069", `\u202eevil\u2066x\u2069`}, // the other direction
	{"a\u200bb\ufeffc", `a\u200bb\ufeffc`},                 // without width
	{"a\rb", `a\x0db`},
}

// acting returns the first character of text that acts on a terminal, but for line feeds and tabs; 0 when there is none.
func acting(text string) rune {
	for i, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case unicode.Is(unicode.Cc, r), r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return r
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "�"):
			return r
		}
	}
	return 0
}

// TestControlCharactersAreEscaped runs load against a service that sends sequences for terminals in all texts of its answers:
// none comes out of any command, nor into a file of the verdict. Records keep what came.
func TestControlCharactersAreEscaped(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(&echo.Service{Answer: func(w http.ResponseWriter) {
		n := int(asked.Add(1) - 1)
		s := sequences[n%len(sequences)].text
		quoted, _ := json.Marshal(s + "\nFAKE line")
		switch n / len(sequences) % 4 {
		case 0:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"code":"code %d","detail":%s}`, n%len(sequences), quoted)
		case 1:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"code":%s,"detail":"no"}`, quoted)
		case 2:
			w.Header().Set("Content-Type", "text/plain; x="+s)
			io.WriteString(w, s+"\nFAKE line\x9b2J")
		default:
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"order_id":%s,"status":"CONFIRMED"}`, quoted)
		}
	}})
	defer server.Close()
	t.Setenv("SAGALAB_AUTHORIZATION", "\u202ename") // which this service has in its version's name
	texts := everything(t, "--api", server.URL, "--stage", fmt.Sprintf("send:%dx2", 4*len(sequences)))
	stored, shown := "", ""
	for name, text := range texts {
		switch {
		case strings.HasPrefix(name, "rows of "):
			stored += text
			continue
		case !strings.Contains(name, "std") && !strings.HasSuffix(name, " error") && !strings.Contains(name, "junit") && !strings.Contains(name, "summary"):
			continue
		}
		if r := acting(text); r != 0 {
			t.Errorf("%s has %q: …%.100q", name, r, text[max(0, strings.IndexRune(text, r)-40):])
		}
		if strings.Contains(text, "\nFAKE") {
			t.Errorf("%s has a line of the service's: %s", name, text)
		}
		shown += text
	}
	for _, s := range sequences {
		if !strings.Contains(stored, strings.TrimSuffix(s.text, "\x00b")) {
			t.Errorf("the records do not keep %q", s.text)
		}
		if !strings.Contains(shown, s.seen) {
			t.Errorf("%q is shown nowhere as %s", s.text, s.seen)
		}
	}
	var document struct {
		Stages []struct {
			Failures []struct{ Reason, Example string }
		}
	}
	if err := json.Unmarshal([]byte(texts["runs show --json stdout"]), &document); err != nil || !strings.Contains(fmt.Sprint(document), sequences[0].text) {
		t.Errorf("runs show --json is %v, %v; want the texts as they came", document, err)
	}
}

// TestRunEscapesWhatItPrints goes through all that the run command prints of a notebook.
func TestRunEscapesWhatItPrints(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	store, err := runsStore()
	if err != nil {
		t.Fatal(err)
	}
	run, err := store.CreateIn("session", "n", "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, s := range sequences {
		all += s.text
	}
	for _, kind := range []string{runs.Load, runs.Case} {
		w, err := run.Begin(runs.Info{Stage: "s", Kind: kind, Warnings: []string{"beware of " + all}})
		if err != nil {
			t.Fatal(err)
		}
		operation := runs.Operation{Stage: "s", Status: 400, Reason: all, Message: all + "\nFAKE", Attempts: 1, StartTS: time.Now(), EndTS: time.Now()}
		if err := errors.Join(w.Append([]runs.Record{{Operation: operation}}), w.Finish(runs.Complete, "")); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	out := shown(&b)
	if err := printRuns(out, store, "session"); err != nil {
		t.Fatal(err)
	}
	cellLine(out, jupyter.CellEvent{Ended: true, Failure: all, Heading: all})
	exit(t.Context(), out, &jupyter.CellError{Notebook: "n", Reason: all, Output: all, FirstLine: all, Heading: all})
	exit(t.Context(), out, &jupyter.KernelError{Notebook: "n", Detail: all})
	report, err := pageReport(store, "session", nil, audit.Requirement{})
	if err != nil {
		t.Fatal(err)
	}
	var page any
	if err := json.Unmarshal(report, &page); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"run": b.String(), "the report of a page": fmt.Sprint(page)} {
		if r := acting(text); r != 0 {
			t.Errorf("%s has %q: %q", name, r, text)
		}
	}
	if n := strings.Count(b.String(), sequences[0].seen); n < 8 || strings.Contains(b.String(), "\nFAKE") {
		t.Errorf("the sequence that clears the screen was printed %d times in\n%s", n, b.String())
	}
}
