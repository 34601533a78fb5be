package live

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/printable"
)

// screen is as much of a terminal as the view needs: it wraps, moves up, clears.
type screen struct {
	width    int
	lines    []string
	row, col int
	writes   int
}

func (s *screen) Write(p []byte) (int, error) {
	s.writes++
	for text := string(p); text != ""; {
		var n int
		switch {
		case strings.HasPrefix(text, "\x1b[K"):
			s.line(s.row, string([]rune(s.lines[s.row])[:s.col]))
			text = text[3:]
			continue
		case strings.HasPrefix(text, "\x1b[J"):
			s.line(s.row, string([]rune(s.lines[s.row])[:s.col]))
			s.lines, text = s.lines[:s.row+1], text[3:]
			continue
		case strings.HasPrefix(text, "\x1b"):
			if _, err := fmt.Sscanf(text, "\x1b[%dA", &n); err != nil || n > s.row {
				return 0, fmt.Errorf("the screen cannot do %q in row %d", text, s.row)
			}
			s.row, text = s.row-n, text[strings.Index(text, "A")+1:]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		s.put(r)
	}
	return len(p), nil
}

func (s *screen) put(r rune) {
	switch r {
	case '\r':
		s.col = 0
		return
	case '\n':
		s.row, s.col = s.row+1, 0
		s.line(s.row, s.at(s.row))
		return
	}
	if s.col == s.width {
		s.row, s.col = s.row+1, 0
	}
	line := []rune(s.at(s.row))
	for len(line) <= s.col {
		line = append(line, ' ')
	}
	line[s.col] = r
	s.line(s.row, string(line))
	s.col++
}

func (s *screen) at(row int) string {
	if row < len(s.lines) {
		return s.lines[row]
	}
	return ""
}

func (s *screen) line(row int, text string) {
	for len(s.lines) <= row {
		s.lines = append(s.lines, "")
	}
	s.lines[row] = text
}

// resize wraps what is there anew, as terminals do.
func (s *screen) resize(width int) {
	old := s.lines[:s.row]
	s.lines, s.row, s.width = nil, 0, width
	for _, l := range old {
		r := []rune(l)
		for len(r) > width {
			s.lines, r = append(s.lines, string(r[:width])), r[width:]
		}
		s.lines = append(s.lines, string(r))
	}
	s.row = len(s.lines)
	s.line(s.row, "")
}

func (s *screen) text() string { return strings.TrimRight(strings.Join(s.lines, "\n"), "\n ") }

func on(s *screen, rows int) *Terminal {
	s.line(0, "")
	return &Terminal{out: s, size: func() (int, int) { return s.width, rows }}
}

func TestTerminalPaintsInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{width: 80}
		term, v := on(s, 24), played(3)
		fmt.Fprintln(term, "before")
		for range 100 { // 10 s of updates, ten a second
			if err := term.Show(v); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if s.writes > 1+41 || s.writes < 30 {
			t.Errorf("%d writes in 10 s, want four a second at most", s.writes)
		}
		if want := "before\n" + v.Text(79); s.text() != want {
			t.Errorf("the screen shows\n%s\nwant\n%s", s.text(), want)
		}
		fmt.Fprint(term, "meanwhile")
		if want := "before\nmeanwhile\n" + v.Text(79); s.text() != want {
			t.Errorf("after a line of others the screen shows\n%s\nwant\n%s", s.text(), want)
		}
		for _, width := range []int{33, 120, 21, 60} {
			s.resize(width)
			time.Sleep(time.Second)
			v.Update(ramp(width))
			if err := term.Show(v); err != nil {
				t.Fatal(err)
			}
			if want := "before\nmeanwhile\n" + v.Text(width-1); s.text() != want {
				t.Errorf("at a width of %d the screen shows\n%s\nwant\n%s", width, s.text(), want)
			}
		}
		v.Update(ramp(59))
		if err := term.End(v); err != nil { // at once, however short ago the last was
			t.Fatal(err)
		}
		fmt.Fprintln(term, "after")
		next := played(2)
		if err := term.Show(next); err != nil {
			t.Fatal(err)
		}
		if want := "before\nmeanwhile\n" + v.Text(59) + "\nafter\n" + next.Text(59); s.text() != want {
			t.Errorf("after the end the screen shows\n%s\nwant\n%s", s.text(), want)
		}
	})
}

func TestTerminalOfFewRows(t *testing.T) {
	for _, row := range []struct{ width, rows, want int }{{80, 4, 3}, {80, 1, 1}, {5, 24, 4}, {1, 24, 4}} {
		s := &screen{width: row.width}
		term, v := on(s, row.rows), played(5)
		for range 3 {
			if err := term.End(v); err != nil {
				t.Fatal(err)
			}
			s.lines, s.row, s.col = []string{""}, 0, 0
			if err := term.show(v); err != nil {
				t.Fatal(err)
			}
			if err := term.show(v); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(strings.Split(s.text(), "\n")); n != row.want {
			t.Errorf("%d columns, %d rows: the screen has %d lines, want %d:\n%s", row.width, row.rows, n, row.want, s.text())
		}
	}
}

func TestLinesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		term, v := NewTerminal(&out), &View{}
		for i := range 35 {
			v.Update(Snapshot{Stage: "light", Done: i, Elapsed: time.Duration(i) * 100 * time.Millisecond})
			if err := term.Show(v); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err := term.End(v); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], "light: 10 done in 1.0 s") || !strings.HasPrefix(lines[3], "light: 34 done") {
			t.Errorf("the log has %q, want a line for each of 3 s and one for the end", lines)
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("the log %q moves the cursor", out.String())
		}
	})
}

func TestNewTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if NewTerminal(null).size != nil {
		t.Errorf("%s is taken for a terminal", os.DevNull)
	}
	for _, row := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"LANG": "C"}, false},
		{map[string]string{"LANG": "en_GB.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8", "LC_ALL": "POSIX"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, true},
	} {
		if got := utf8Locale(func(name string) string { return row.env[name] }); got != row.want {
			t.Errorf("utf8Locale of %v = %v, want %v", row.env, got, row.want)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestTerminalSaysWhatFails(t *testing.T) {
	v := played(2)
	term := &Terminal{out: broken{}, size: func() (int, int) { return 80, 24 }}
	if err := term.Show(v); err == nil {
		t.Error("Show on a broken terminal = nil, want its error")
	}
	if _, err := term.Write([]byte("x\n")); err == nil {
		t.Error("Write on a broken terminal = nil, want its error")
	}
	if err := NewTerminal(broken{}).End(v); err == nil {
		t.Error("End of a broken log = nil, want its error")
	}
}

// For the race detector: others write while the view is shown.
func TestTerminalIsShared(t *testing.T) {
	s := &screen{width: 80}
	term, v := on(s, 24), played(2)
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			for range 50 {
				fmt.Fprintln(term, "a line")
			}
		})
	}
	for range 50 {
		if err := term.End(v); err != nil {
			t.Error(err)
		}
	}
	others.Wait()
	if n := strings.Count(s.text(), "a line"); n != 200 {
		t.Errorf("%d of 200 lines are on the screen", n)
	}
}

// TestTerminalEscapesWhatOthersWrite writes text with sequences above the view, into a
// log, and through a printable.Writer: the view's own sequences alone come out.
func TestTerminalEscapesWhatOthersWrite(t *testing.T) {
	const text, seen = "reset \x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0K\x07 \u202e\n", `reset \x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0K\x07 \u202e`
	for name, drawn := range map[string]bool{"terminal": true, "log": false} {
		var b strings.Builder
		term := NewTerminal(printable.NewWriter(&b, func(s string) string { return strings.ReplaceAll(s, "reset", "again") }))
		if drawn {
			term.size = func() (int, int) { return 80, 24 }
		}
		v := new(View)
		v.Update(Snapshot{Stage: "stage \x1b[2J\u009b"})
		for range 2 {
			if err := term.Show(v); err != nil {
				t.Fatal(err)
			}
			if n, err := term.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("%s: Write = %d, %v", name, n, err)
			}
		}
		if err := term.End(v); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if strings.Count(got, strings.Replace(seen, "reset", "again", 1)) != 2 || strings.ContainsAny(got, "\x07\u202e\u009b") || strings.Contains(got, "\x1b[2J") ||
			!strings.Contains(got, `stage \x1b[2J\u009b`) || strings.Contains(got, "\x1b[K") != drawn {
			t.Errorf("%s: written is %q", name, got)
		}
	}
}
