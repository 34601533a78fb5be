package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sagalab/pkg/internal/procgroup"
)

// maxOutput bounds what is kept of a child's output.
const maxOutput = 1 << 20

// grace is how long a child may take to end after SIGTERM.
const grace = 5 * time.Second

// program is a command line.
type program struct {
	path string
	args []string
	env  []string // in addition to this process's environment
	dir  string
}

// cost is what a process took.
type cost struct {
	Wall  time.Duration
	CPU   time.Duration // user and system, of the process and the children it waited for
	RSSMB float64       // the most memory that was resident at once
	Out   string
}

// command prepares p in a process group of its own, which is terminated when ctx ends, and killed after grace. Close the group when p has
// ended.
func (p program) command(ctx context.Context) (*exec.Cmd, *procgroup.Group) {
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), p.env...)
	group := procgroup.New(cmd)
	cmd.Cancel = group.Terminate
	cmd.WaitDelay = grace
	return cmd, group
}

// run executes p to its end and measures its cost. Its error ends with the last output of the program.
func (p program) run(ctx context.Context) (cost, error) {
	cmd, group := p.command(ctx)
	out, log := &limitedBuffer{limit: maxOutput}, &limitedBuffer{limit: maxOutput}
	cmd.Stdout, cmd.Stderr = out, log
	begin := time.Now()
	if err := group.Start(); err != nil {
		return cost{}, err
	}
	peak := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	c := cost{Wall: time.Since(begin), Out: out.String(), RSSMB: peak()}
	group.Close() // processes that it may have left
	c.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if c.RSSMB == 0 {
		c.RSSMB = peakMB(cmd.ProcessState)
	}
	if cause := context.Cause(ctx); cause != nil {
		return c, fmt.Errorf("%s: %w", p, cause)
	}
	if err != nil {
		return c, fmt.Errorf("%s: %w: %s", p, err, lastOutput(log.String()+"\n"+out.String()))
	}
	return c, nil
}

// String returns the command without its directory.
func (p program) String() string {
	return strings.Join(append([]string{filepath.Base(p.path)}, p.args...), " ")
}

// lastOutput returns the end of a program's output on one line.
func lastOutput(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 300 {
		text = "…" + strings.ToValidUTF8(text[len(text)-300:], "")
	}
	return text
}

// watchPeak follows a process's peak of resident memory, asking /proc for it 50
// times a second: the peak that wait reports starts with the memory of the
// process that forked, which here holds other tools' rows. The function that
// it returns ends that and gives the peak in MB, 0 where there is no /proc.
func watchPeak(pid int) func() float64 {
	stop, result := make(chan struct{}), make(chan float64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		peak := 0.0
		for {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // after its end there is none: the last peak counts
			peak = max(peak, peakOf(text))
			select {
			case <-tick.C:
			case <-stop:
				result <- peak
				return
			}
		}
	}()
	return func() float64 { close(stop); return <-result }
}

// peakOf reads VmHWM of /proc/PID/status in MB, 0 when it is not there.
func peakOf(status []byte) float64 {
	for line := range bytes.Lines(status) {
		rest, ok := bytes.CutPrefix(line, []byte("VmHWM:"))
		if !ok {
			continue
		}
		kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(string(rest)), " kB"), 64)
		if err == nil {
			return kb / 1024
		}
	}
	return 0
}

// limitedBuffer keeps the first limit bytes and drops the rest.
type limitedBuffer struct {
	bytes.Buffer
	limit int
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), max(l.limit-l.Len(), 0))])
	return len(p), nil
}

// roles are what children of this program do, by their first argument.
var roles = map[string]func(ctx context.Context, args []string, in io.Reader, out io.Writer) error{
	"serve": serveRole,
	"send":  sendRole,
}

// Role runs this process as a child of this package, when args (without the program's name) ask for it; ok is false when they do not. A
// program that uses this package calls it before anything else, because bench starts the program that it is part of again.
func Role(ctx context.Context, args []string, in io.Reader, out io.Writer) (ok bool, err error) {
	if len(args) < 2 || args[0] != roleMark {
		return false, nil
	}
	role, known := roles[args[1]]
	if !known {
		return true, fmt.Errorf("no such part: %q", args[1])
	}
	return true, role(ctx, args[2:], in, out)
}

// roleMark is the first argument of a child of this package.
const roleMark = "bench-part"

// self returns the command that starts this program in a role.
func self(args ...string) (program, error) {
	path, err := os.Executable()
	return program{path: path, args: append([]string{roleMark}, args...)}, err
}

// firstLine reads the first line of a child's output.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return "", errors.Join(errors.New("it ended before it printed its addresses"), err)
	}
	return strings.TrimSpace(line), nil
}
