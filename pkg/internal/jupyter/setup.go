package jupyter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Setup describes what [Lab.SetUp] provides, and how. The zero value provides what [Lab.Execute] and [Lab.Page] need.
type Setup struct {
	// Explore also provides JupyterLab and gopls, which [Lab.Start] needs.
	Explore bool
	// NoApt forbids apt-get where PyPI cannot be reached, as does SAGALAB_APT=no in the environment. SetUp then fails
	// with a *NoJupyterError.
	NoApt bool
	// Progress takes a line when a step begins and when it has ended and, while one works, every few seconds; nil drops
	// them. Writes are never concurrent.
	Progress io.Writer
}

// SetUp provides a Python environment with Jupyter's libraries, the kernel with its tools, and the packages that cells
// import, compiled. Steps that do not depend on one another run at the same time.
//
// It does only what is missing: a second call takes milliseconds and writes nothing. Interrupted at any moment, by ctx or
// by kill -9, the next call repeats the steps that were under way. Calls from several processes wait for each other.
//
// When PyPI cannot be reached a Jupyter on PATH is used; else, on Debian as root, Debian's packages are installed after a
// notice with how to forbid it; else the error is a *NoJupyterError, which names the command to run by hand.
func (i *Installation) SetUp(ctx context.Context, s Setup) error {
	progress := &lineWriter{to: s.Progress}
	release, err := lock(ctx, i.inside("lock"), progress)
	if err != nil {
		return err
	}
	defer release()
	chain, err := findToolchain(ctx, i.root)
	if err != nil {
		return err
	}
	set := &setupRun{lab: i, Setup: s, chain: chain, record: i.readRecord()}
	lanes, running := errgroup.WithContext(ctx)
	for _, lane := range set.parallelSteps() {
		lanes.Go(func() error { return set.runInOrder(running, lane, progress) })
	}
	err = lanes.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("set up: %w; the next set-up goes on from there", context.Cause(ctx))
	}
	return err
}

// setupRun is a set-up under way. Its steps share the record.
type setupRun struct {
	Setup
	lab   *Installation
	chain toolchain

	mu     sync.Mutex
	record setupRecord
}

// step is one part of set-up. When run returns nil, present holds, and the record has the key under the name.
type step struct {
	name    string
	key     string // a hash of what the step is made from; "" for a step that is not recorded
	present func() bool
	run     func(ctx context.Context, watch *commandLog) error
}

// parallelSteps lists the steps: those of a lane run one after the other, lanes run at the same time.
func (s *setupRun) parallelSteps() [][]step {
	python := []step{s.jupyterStep()}
	tools := []step{s.toolsStep()}
	if s.Explore {
		python = append(python, s.frontEndStep())
		tools = append(tools, s.editorStep())
	}
	return [][]step{python, tools, {s.kernelStep(), s.cellsStep()}}
}

func (s *setupRun) isDone(p step) bool {
	s.mu.Lock()
	recorded := s.record.Steps[p.name]
	s.mu.Unlock()
	return recorded == p.key && p.present()
}

func (s *setupRun) runInOrder(ctx context.Context, lane []step, progress io.Writer) error {
	for _, p := range lane {
		if s.isDone(p) {
			continue
		}
		if err := s.runStep(ctx, p, progress); err != nil {
			return err
		}
	}
	return nil
}

func (s *setupRun) runStep(ctx context.Context, p step, progress io.Writer) error {
	fmt.Fprintf(progress, "Setting up %s …\n", p.name)
	start := time.Now()
	watch := newCommandLog(progress, p.name)
	err := p.run(ctx, watch)
	watch.stop()
	if err == nil {
		err = s.finish(p)
	}
	if err != nil {
		return fmt.Errorf("set up %s: %w", p.name, err)
	}
	fmt.Fprintf(progress, "Set up %s in %.0f s.\n", p.name, time.Since(start).Seconds())
	return nil
}

// finish records that a step is done.
func (s *setupRun) finish(p step) error {
	if !p.present() {
		return errors.New("it ended without an error, but a file that it makes is missing: delete .sagalab and set up again")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.key != "" {
		s.record.Steps[p.name] = p.key
	}
	return s.lab.writeRecord(s.record)
}

// jupyter returns the Jupyter that the record names.
func (s *setupRun) jupyter() installedJupyter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record.Jupyter
}

func (s *setupRun) setJupyter(j installedJupyter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record.Jupyter = j
}

// lineWriter passes writes on, one at a time; to may be nil.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.to == nil {
		return len(p), nil
	}
	return w.to.Write(p)
}
