package lab

import (
	"context"
	"fmt"
	"io"
	"time"
)

// SetUp provides what the other methods need: a Python environment with Jupyter, the kernel with its tools, and the
// checkout's packages built once. It writes a line of progress for each stage and, while a stage works, every few seconds.
//
// It does only what is missing: a second call takes milliseconds and prints nothing. Interrupted at any moment, by ctx or
// by kill -9, the next call goes on with the stage that was under way. Calls from several processes wait for each other.
//
// When PyPI cannot be reached a Jupyter on PATH is used; else, on Debian as root, Debian's own packages are installed;
// else the error names the command that a person has to run.
func (l *Lab) SetUp(ctx context.Context, progress io.Writer) error {
	if progress == nil {
		progress = io.Discard
	}
	release, err := lock(ctx, l.inside("lock"), progress)
	if err != nil {
		return err
	}
	defer release()
	chain, err := findToolchain(ctx, l.root)
	if err != nil {
		return err
	}
	rec := l.readRecord()
	for _, s := range l.stages(chain, &rec) {
		if s.done() {
			continue
		}
		if err := l.runStage(ctx, s, progress); err != nil {
			return err
		}
		if err := l.writeRecord(rec); err != nil {
			return err
		}
	}
	return nil
}

// stage is one step of set-up. When run returns nil, done holds, and the record says so.
type stage struct {
	name string
	done func() bool
	run  func(ctx context.Context, watch *watcher) error
}

func (l *Lab) stages(chain toolchain, rec *record) []stage {
	return []stage{
		l.jupyterStage(rec),
		l.toolsStage(chain, rec),
		l.kernelStage(chain),
		l.packagesStage(chain, rec),
	}
}

func (l *Lab) runStage(ctx context.Context, s stage, progress io.Writer) error {
	fmt.Fprintf(progress, "Setting up %s …\n", s.name)
	start := time.Now()
	watch := newWatcher(progress)
	err := s.run(ctx, watch)
	watch.stop()
	if ctx.Err() != nil {
		return fmt.Errorf("set up %s: %w; the next set-up goes on from there", s.name, context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("set up %s: %w", s.name, err)
	}
	fmt.Fprintf(progress, "Set up %s in %.0f s.\n", s.name, time.Since(start).Seconds())
	return nil
}
