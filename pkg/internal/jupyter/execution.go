package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Execution describes which notebook to execute, and how.
type Execution struct {
	// Notebook is the path of the notebook. It is only read; the kernel's current directory is its directory.
	Notebook string
	// OutDir is the directory, made when missing, for the executed notebook and its page. It must not be the notebook's own.
	OutDir string
	// Env holds NAME=value entries that the cells see besides this process's environment.
	Env []string
	// CellTimeout bounds each cell, compiling included. A cell over it is interrupted, then killed, and counts as failed.
	// 0 means 10 minutes; there is always a bound.
	CellTimeout time.Duration
	// Progress, when not nil, is called before and after each code cell, by one goroutine.
	Progress func(CellEvent)
	// Report, when not nil, is called once when no cell runs any more, with the error of the execution until then (nil, a
	// *CellError, a *KernelError, or the cause of an interrupt), but not when no cell was started. What it returns is kept in the executed notebook's metadata under "sagalab", where [Lab.Page]
	// finds it, and shown at the head of the page; empty or null is no report. It is a JSON object, all of it optional:
	//
	//	{"verdict": {"state": "good", "text": "…"},
	//	 "tables": [{"title": "…", "columns": ["…"], "rows": [["…"]], "marks": ["", "warn", "bad"]}],
	//	 "notes": ["…"],
	//	 "provenance": [["name", "value"]]}
	//
	// A state is good, bad, unclear, stopped or unjudged; marks are of the rows. A report that cannot be made is left out, and its error
	// returned with those of the execution.
	Report func(failed error) (json.RawMessage, error)
	// Name, when not nil, is called once, after Report, and names the files without their endings, so that they can carry
	// what is known only then, such as the run. Executions with different names keep their files apart, and a later one with
	// the same name replaces them. When it is nil or returns "", the files of an execution whose cells all succeeded have the
	// notebook's own name, and those of any other one that name with the time and a number behind it.
	Name func() string
}

// CellEvent reports that a code cell starts or has ended.
type CellEvent struct {
	Cell      int           // 1 for the first code cell
	Of        int           // number of code cells
	Heading   string        // nearest heading above the cell
	FirstLine string        // of its code
	Ended     bool          // false when it starts; the fields below are then zero
	Took      time.Duration // from sending it to the kernel until its last output
	Failure   string        // why it failed, "" when it did not
	Output    string        // the end of what it printed, at most 4 KB, without colours
}

// Result names the files that an execution wrote.
type Result struct {
	Notebook string // the executed notebook, "" when it was not written
	Page     string // the HTML page, "" when it was not written
	// Latest and LatestPage are the same two under the notebook's own name, "" unless all went well. So the files of that
	// name are always those of the last execution that succeeded.
	Latest, LatestPage string
	Cells              int           // code cells that were started
	Took               time.Duration // of the cells, without starting the kernel and rendering
}

// KernelError reports that the kernel could not be started, or died: the failure is not one of a cell's code.
type KernelError struct {
	Notebook string
	Cell     int    // that was running, 1 for the first; 0 when none was
	Detail   string // the end of what the kernel and Jupyter wrote
}

// Error returns what happened, in which cell, and what to do.
func (e *KernelError) Error() string {
	text := fmt.Sprintf("%s: the Go kernel died or hung in cell %d; run the notebook again", e.Notebook, e.Cell)
	if e.Cell == 0 {
		text = fmt.Sprintf("%s: the Go kernel did not start, or ended by itself; delete .sagalab and set up again", e.Notebook)
	}
	if e.Detail != "" {
		text += "\n" + e.Detail
	}
	return text
}

const (
	cellTimeoutDefault = 10 * time.Minute
	outputBytesMax     = 16 << 20 // of one cell
)

// Execute runs a notebook from its top in a fresh kernel, without a browser, and writes the executed notebook and a
// self-contained HTML page of it. It stops at the first cell that failed and returns a *CellError; the notebook and the
// page then show what ran until there. When ctx ends the running cell is interrupted, the notebook written, and
// context.Cause(ctx) returned, wrapped. A *KernelError means that the kernel is to blame. No process it started is left.
//
// While it runs the notebook is written after each cell, under a name that nothing else uses. Several executions at once,
// of one notebook into one directory too, do not touch each other's files; the notebook and the page of one name are always
// of one execution.
func (i *Installation) Execute(ctx context.Context, e Execution) (Result, error) {
	nb, err := readNotebook(e.Notebook)
	if err != nil {
		return Result{}, err
	}
	w, err := i.openSandbox(ctx)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	files, err := newOutputs(e)
	if err != nil {
		return Result{}, fmt.Errorf("execute %s: %w", e.Notebook, err)
	}
	defer files.removeTemporary()
	c := &notebookRun{Execution: e, sandbox: w, nb: nb, out: files.notebook}
	failed := c.run(ctx)
	if !files.written() {
		return c.result, failed
	}
	if c.result.Cells > 0 {
		failed = joinErrors(failed, files.keepReport(e.Report, e.Env, failed))
	}
	if ctx.Err() == nil && (c.result.Cells > 0 || failed == nil) {
		failed = joinErrors(failed, w.render(ctx, files.notebook, files.page, files.own))
	}
	return w.publish(e, files, c.result, failed)
}

// joinErrors is errors.Join that leaves a single error as it is.
func joinErrors(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}

// publish gives the files their names.
func (s *sandbox) publish(e Execution, files outputs, result Result, failed error) (Result, error) {
	release, err := s.lab.lockOutputs()
	if err != nil {
		result.Notebook = files.notebook
		return result, joinErrors(failed, err)
	}
	defer release()
	name, err := files.name(e.Name, failed == nil)
	failed = joinErrors(failed, err)
	if result.Notebook, result.Page, err = files.rename(name); err != nil || failed != nil {
		return result, joinErrors(failed, err)
	}
	result.Latest, result.LatestPage, err = files.copyLatest(result)
	return result, err
}
