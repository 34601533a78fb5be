package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Execution says which notebook to execute, and how.
type Execution struct {
	// Notebook is the path of the notebook. It is only read; the kernel's current directory is its directory.
	Notebook string
	// OutDir is the directory, made when missing, for the executed notebook and its page, under the notebook's name.
	OutDir string
	// Env holds NAME=value entries that the cells see besides this process's environment.
	Env []string
	// CellTimeout bounds each cell, compiling included. A cell over it is interrupted, then killed, and counts as failed.
	// 0 means 10 minutes; there is always a bound.
	CellTimeout time.Duration
	// Progress, when not nil, is called before and after each code cell, by one goroutine.
	Progress func(CellEvent)
}

// CellEvent tells that a code cell starts or has ended.
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
	Notebook string        // the executed notebook
	Page     string        // the HTML page, "" when it was not written
	Cells    int           // code cells that were started
	Took     time.Duration // of the cells, without starting the kernel and rendering
}

// KernelError says that the kernel could not be started, or died, so that it cannot be said that a cell's code failed.
type KernelError struct {
	Notebook string
	Cell     int    // that was running, 1 for the first; 0 when none was
	Detail   string // the end of what the kernel and Jupyter wrote
}

// Error tells what happened, and where.
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
func (l *Lab) Execute(ctx context.Context, e Execution) (Result, error) {
	nb, err := readNotebook(e.Notebook)
	if err != nil {
		return Result{}, err
	}
	w, err := l.openWorkshop(ctx)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	if err := os.MkdirAll(e.OutDir, 0o755); err != nil {
		return Result{}, fmt.Errorf("execute %s: %w", e.Notebook, err)
	}
	c := &conversation{Execution: e, workshop: w, nb: nb}
	c.result.Notebook = filepath.Join(e.OutDir, filepath.Base(e.Notebook))
	failed := c.hold(ctx)
	if ctx.Err() != nil || c.result.Cells == 0 {
		return c.result, failed
	}
	page := strings.TrimSuffix(c.result.Notebook, filepath.Ext(c.result.Notebook)) + ".html"
	if err := w.page(ctx, c.result.Notebook, page); err != nil {
		return c.result, errors.Join(failed, err)
	}
	c.result.Page = page
	return c.result, failed
}
