package live

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/internal/printable"
)

// Terminal shows a view in place on a terminal, and as a line a second in anything
// else. Other output in the meantime must go through Write, which places it above
// the view. The cursor stays visible and no mode of the terminal is changed, so that
// a killed process leaves nothing to restore. Its methods may be called from several
// goroutines, but a View belongs to one.
type Terminal struct {
	mu        sync.Mutex
	out       io.Writer
	filter    *printable.Writer          // for text that others write; nil escapes control characters only
	size      func() (columns, rows int) // nil where nothing can be drawn
	ascii     bool
	lastShown time.Time // of the last drawing or line; zero before the first
	lastLine  string    // the last line of a log
	painted   []int     // widths of the lines that are on the screen
	drawn     string    // what is on the screen
}

// NewTerminal returns a Terminal on out, or on the writer under a printable.Writer: its
// own sequences are not escaped, those in text that is written to it are. A dumb terminal (TERM), and what is not a
// terminal, gets lines. Characters beyond ASCII are left out when the locale
// (LC_ALL, LC_CTYPE, LANG) is set to one that is not UTF-8.
func NewTerminal(out io.Writer) *Terminal {
	t := &Terminal{out: printable.Unwrap(out), ascii: !utf8Locale(os.Getenv)}
	t.filter, _ = out.(*printable.Writer)
	if f, ok := t.out.(*os.File); ok && !dumb(os.Getenv("TERM")) {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			if _, _, ok := terminalSize(f); ok { // /dev/null is a character device, too
				t.size = func() (int, int) { return sizeOf(f) }
			}
		}
	}
	return t
}

func dumb(term string) bool { return term == "dumb" || term == "" && setsTERM }

// utf8Locale reports whether the first locale that is set is UTF-8; true when none is.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return true
}

// sizeOf returns the terminal's size; for what the terminal reports as 0, COLUMNS, else
// 80 by 24.
func sizeOf(f *os.File) (columns, rows int) {
	columns, rows, _ = terminalSize(f)
	if columns <= 0 {
		columns, _ = strconv.Atoi(os.Getenv("COLUMNS"))
	}
	if columns <= 0 {
		columns = defaultWidth
	}
	if rows <= 0 {
		rows = 24
	}
	return columns, rows
}

// Show shows the view, unless it was shown less than a quarter of a second ago on a
// terminal, or a second ago in a log. It is cheap to call more often. The error is the
// writer's.
func (t *Terminal) Show(v *View) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.due(time.Now()) {
		return nil
	}
	return t.show(v)
}

// End shows the view a last time and leaves it there; t is then ready for another
// stage.
func (t *Terminal) End(v *View) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.show(v)
	t.painted, t.drawn, t.lastLine, t.lastShown = nil, "", "", time.Time{}
	return err
}

func (t *Terminal) show(v *View) error {
	if t.size == nil {
		line := (&View{ASCII: v.ASCII || t.ascii, snapshot: v.snapshot}).Line()
		if line == t.lastLine {
			return nil
		}
		t.lastLine = line
		_, err := fmt.Fprintln(t.out, line)
		return err
	}
	width, rows := t.size()
	var b bytes.Buffer
	t.erase(&b, width)
	// a line that fills the last column would wrap
	lines := strings.Split(v.text(max(1, width-1), v.ASCII || t.ascii), "\n")
	lines = lines[:max(1, min(len(lines), rows-1))]
	for i := range lines {
		lines[i] = clip(lines[i], max(1, width-1))
	}
	t.drawn = strings.Join(lines, "\n") + "\n"
	t.draw(&b)
	_, err := t.out.Write(b.Bytes())
	return err
}

// draw writes the current drawing.
func (t *Terminal) draw(b *bytes.Buffer) {
	t.painted = t.painted[:0]
	for line := range strings.Lines(t.drawn) {
		t.painted = append(t.painted, columns(strings.TrimSuffix(line, "\n")))
		b.WriteString(strings.TrimSuffix(line, "\n") + "\x1b[K\n") // and nothing after it
	}
}

// erase moves up to the first line of the view and clears from there on. A
// terminal that was made narrower shows one line as several.
func (t *Terminal) erase(b *bytes.Buffer, width int) {
	up := 0
	for _, w := range t.painted {
		up += max(1, (w+width-1)/max(1, width))
	}
	if up > 0 {
		fmt.Fprintf(b, "\r\x1b[%dA\x1b[J", up)
	}
}

// Write puts text above the view, or into the log, with control characters escaped. The
// text should end with a newline.
func (t *Terminal) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clean := []byte(t.filter.Text(string(text)))
	if t.size == nil || len(t.painted) == 0 {
		if _, err := t.out.Write(clean); err != nil {
			return 0, err
		}
		return len(text), nil
	}
	width, _ := t.size()
	var b bytes.Buffer
	t.erase(&b, width)
	b.Write(clean)
	if !bytes.HasSuffix(clean, []byte("\n")) { // the view starts a line
		b.WriteByte('\n')
	}
	t.draw(&b)
	if _, err := t.out.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}
