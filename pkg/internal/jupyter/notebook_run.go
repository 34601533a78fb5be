package jupyter

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sagalab/pkg/internal/redact"
)

//go:embed scripts/execute.py
var executeScript string

// notebookRun is one execution of one notebook: what execute.py reports, and what it is answered.
type notebookRun struct {
	Execution
	sandbox *sandbox
	nb      notebook
	out     string // path of the executed notebook
	result  Result
	running int   // number of the cell that runs, 0 between cells
	failed  error // the first failure
}

// report is a line that execute.py writes.
type report struct {
	Event   string          `json:"event"` // start, outputs or end
	Index   int             `json:"index"` // of the cell in the notebook, from 0
	Cause   string          `json:"cause"` // why the cell was interrupted: "", timeout, flood or interrupt
	Dead    bool            `json:"dead"`  // the kernel died, or did not react to the interrupt
	Seconds float64         `json:"seconds"`
	Outputs json.RawMessage `json:"outputs"` // of the cell, with outputs and end
}

// run runs the script to its end.
func (n *notebookRun) run(ctx context.Context) error {
	cmd, err := n.command(ctx)
	if err != nil {
		return fmt.Errorf("execute %s: %w", n.Notebook, err)
	}
	log := &lastOutput{limit: 8 << 10}
	cmd.Stdout, cmd.Stderr = log, log
	ended, err := n.exchange(cmd)
	detail := strings.TrimSpace(plain(log.String()))
	var dead *KernelError
	switch {
	case ctx.Err() != nil:
		return n.interrupted(ctx)
	case err != nil:
		return fmt.Errorf("execute %s: %w", n.Notebook, err)
	case errors.As(n.failed, &dead):
		dead.Detail = detail
		return dead
	case n.failed != nil:
		return n.failed
	case ended != nil:
		return &KernelError{Notebook: n.Notebook, Cell: n.running, Detail: detail}
	}
	return nil
}

func (n *notebookRun) interrupted(ctx context.Context) error {
	if n.running == 0 {
		return fmt.Errorf("%s: interrupted after %d cells: %w", n.Notebook, n.result.Cells, context.Cause(ctx))
	}
	return fmt.Errorf("%s: interrupted in cell %d: %w", n.Notebook, n.running, context.Cause(ctx))
}

func (n *notebookRun) command(ctx context.Context) (*child, error) {
	from, err := filepath.Abs(n.Notebook)
	if err != nil {
		return nil, err
	}
	to, err := filepath.Abs(n.out)
	if err != nil {
		return nil, err
	}
	if n.CellTimeout <= 0 {
		n.CellTimeout = cellTimeoutDefault
	}
	script, err := n.sandbox.script("execute.py", executeScript)
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(map[string]any{
		"notebook": from, "out": to, "directory": filepath.Dir(from), "kernel": headlessKernel,
		"cell_seconds": n.CellTimeout.Seconds(), "output_bytes": outputBytesMax, "scrub": n.sandbox.scrub(),
	})
	if err != nil {
		return nil, err
	}
	return n.sandbox.python(ctx, interrupt, n.Env, script, string(settings)), nil
}

// exchange starts cmd and answers its reports until it ends. ended is how the process ended, err is our own failure.
func (n *notebookRun) exchange(cmd *child) (ended, err error) {
	reports, reportsEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reports.Close()
	answersEnd, answers, err := os.Pipe()
	if err != nil {
		reportsEnd.Close()
		return nil, err
	}
	defer answers.Close()
	cmd.ExtraFiles = []*os.File{reportsEnd, answersEnd} // descriptors 3 and 4
	err = cmd.Start()
	reportsEnd.Close()
	answersEnd.Close()
	if err != nil {
		return nil, err
	}
	talked := make(chan error, 1)
	go func() {
		err := n.answerReports(reports, answers)
		if err != nil { // the script waits for an answer that will not come: the end of the pipe stops it
			answers.Close()
			_, _ = io.Copy(io.Discard, reports)
		}
		talked <- err
	}()
	ended = cmd.Wait()
	killGroup(cmd)
	n.sandbox.killOrphans() // a kernel that a killed script left behind
	return ended, <-talked
}

// answerReports reads reports to their end. A script that was killed may leave half a report.
func (n *notebookRun) answerReports(reports io.Reader, answers io.Writer) error {
	decoder := json.NewDecoder(bufio.NewReader(reports))
	for {
		var r report
		if err := decoder.Decode(&r); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("understand the report of execute.py: %w", err)
		}
		if r.Index < 0 || r.Index >= len(n.nb.Cells) {
			return fmt.Errorf("execute.py reports cell index %d of %d: was the notebook saved meanwhile? Run it again", r.Index, len(n.nb.Cells))
		}
		switch r.Event {
		case "start":
			n.cellStarted(r)
		case "outputs":
			_, _ = io.WriteString(answers, n.keptOutputs(r.Outputs))
		case "end":
			// A script that is gone cannot be answered; hold reports how it ended.
			answer, err := n.cellEnded(r)
			if err != nil {
				return err
			}
			_, _ = io.WriteString(answers, answer)
		}
	}
}

func (n *notebookRun) cellStarted(r report) {
	n.running = n.nb.number(r.Index)
	n.result.Cells++
	n.notifyProgress(r.Index, CellEvent{})
}

// keptOutputs returns the outputs of a cell without secrets as execute.py reads them, null when there are none in them. What
// a cell prints of its own, such as an answer of a service, has not passed through package nb.
func (n *notebookRun) keptOutputs(outputs json.RawMessage) string {
	clean := redact.Environment(n.Env...).Bytes(outputs)
	var line bytes.Buffer
	switch err := json.Compact(&line, clean); {
	case bytes.Equal(clean, outputs):
		return "null\n"
	case err != nil: // a secret in the structure itself
		return "[]\n"
	}
	return line.String() + "\n"
}

// cellEnded judges a cell and returns how execute.py goes on.
func (n *notebookRun) cellEnded(r report) (answer string, err error) {
	took := time.Duration(r.Seconds * float64(time.Second))
	n.result.Took += took
	if err := json.Unmarshal(r.Outputs, &n.nb.Cells[r.Index].Outputs); err != nil {
		return "", fmt.Errorf("understand the report of execute.py: %w", err)
	}
	failure := n.failureOf(r)
	n.notifyProgress(r.Index, CellEvent{Ended: true, Took: took, Failure: failure, Output: n.nb.Cells[r.Index].printed()})
	switch {
	case r.Cause == "interrupt":
		return "stop\n", nil // running stays: the error names the cell
	case failure == "":
		n.running = 0
		return "next\n", nil
	case r.Dead:
		n.failed = &KernelError{Notebook: n.Notebook, Cell: n.running}
	default:
		n.failed = n.nb.failed(n.Notebook, r.Index, failure)
	}
	return "stop\n", nil
}

// failureOf returns why a cell failed, "" when it did not.
func (n *notebookRun) failureOf(r report) string {
	switch {
	case r.Cause == "timeout":
		return fmt.Sprintf("it did not end within %v", n.CellTimeout)
	case r.Cause == "flood":
		return fmt.Sprintf("it printed more than %d MB", outputBytesMax>>20)
	case r.Cause == "interrupt":
		return "interrupted"
	case r.Dead:
		return "the kernel died"
	}
	return n.nb.Cells[r.Index].failure()
}

func (n *notebookRun) notifyProgress(index int, e CellEvent) {
	if n.Progress == nil {
		return
	}
	e.Cell, e.Of = n.nb.number(index), n.nb.number(len(n.nb.Cells)-1)
	e.Heading, e.FirstLine = n.nb.headingAbove(index), n.nb.Cells[index].firstLine()
	n.Progress(e)
}
