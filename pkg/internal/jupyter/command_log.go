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
func (c *commandLog) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tail.Write(p)
}

// printf writes a line of progress at once, after the step's name.
func (c *commandLog) printf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.progress, "  %s: %s\n", c.name, fmt.Sprintf(format, args...))
}

// text is the end of what children wrote so far.
func (c *commandLog) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tail.String()
}

func (c *commandLog) stop() {
	close(c.quit)
	c.ended.Wait()
}

func (c *commandLog) report() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	start, last := time.Now(), ""
	for {
		select {
		case <-c.quit:
			return
		case <-ticker.C:
		}
		line := lastLine(c.text())
		if line != last && line != "" {
			c.printf("%.0f s, %s", time.Since(start).Seconds(), line)
		} else {
			c.printf("%.0f s", time.Since(start).Seconds())
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

// lastOutput keeps the last limit bytes written to it. Not safe for concurrent use.
type lastOutput struct {
	limit int
	buf   bytes.Buffer
}

func (l *lastOutput) Write(p []byte) (int, error) {
	l.buf.Write(p)
	if over := l.buf.Len() - l.limit; over > 0 {
		l.buf.Next(over)
	}
	return len(p), nil
}

func (l *lastOutput) String() string { return strings.ToValidUTF8(l.buf.String(), "") }
