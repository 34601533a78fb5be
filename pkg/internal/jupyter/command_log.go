package jupyter

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// commandLog takes the output of a step's child processes, which may work for minutes. It keeps the last few kilobytes for an
// error message and, every few seconds, writes the newest line to progress. Safe for concurrent use.
type commandLog struct {
	progress io.Writer
	name     string // of the step
	quit     chan struct{}
	ended    sync.WaitGroup

	mu   sync.Mutex
	tail lastOutput
}

const watchInterval = 5 * time.Second

func newCommandLog(progress io.Writer, name string) *commandLog {
	w := &commandLog{progress: progress, name: name, quit: make(chan struct{}), tail: lastOutput{limit: 8 << 10}}
	w.ended.Go(w.report)
	return w
}

// Write takes a child's output.
func (w *commandLog) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tail.Write(p)
}

// printf writes a line of progress at once, after the step's name.
func (w *commandLog) printf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.progress, "  %s: %s\n", w.name, fmt.Sprintf(format, args...))
}

// text is the end of what children wrote so far.
func (w *commandLog) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tail.String()
}

func (w *commandLog) stop() {
	close(w.quit)
	w.ended.Wait()
}

func (w *commandLog) report() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	start, last := time.Now(), ""
	for {
		select {
		case <-w.quit:
			return
		case <-ticker.C:
		}
		line := lastLine(w.text())
		if line != last && line != "" {
			w.printf("%.0f s, %s", time.Since(start).Seconds(), line)
		} else {
			w.printf("%.0f s", time.Since(start).Seconds())
		}
		last = line
	}
}

// lastLine is the last line of text that is not blank, at most 100 bytes of it.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	line := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if len(line) > 100 {
		line = strings.ToValidUTF8(line[:100], "") + "…"
	}
	return line
}

// tail keeps the last limit bytes written to it. Not safe for concurrent use.
type lastOutput struct {
	limit int
	buf   bytes.Buffer
}

func (t *lastOutput) Write(p []byte) (int, error) {
	t.buf.Write(p)
	if over := t.buf.Len() - t.limit; over > 0 {
		t.buf.Next(over)
	}
	return len(p), nil
}

func (t *lastOutput) String() string { return strings.ToValidUTF8(t.buf.String(), "") }
