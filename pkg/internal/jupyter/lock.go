package jupyter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sagalab/pkg/internal/osfile"
)

// lock takes the checkout's set-up lock, waiting for another holder until ctx ends; the returned function releases it.
// The lock belongs to the open file, so the kernel releases it when its holder dies, however it dies.
func lock(ctx context.Context, path string, progress io.Writer) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	for waited := false; ; waited = true {
		err := osfile.TryLock(file, osfile.Exclusive)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, osfile.ErrLocked) {
			file.Close()
			return nil, fmt.Errorf("set up: %w", err)
		}
		if !waited {
			fmt.Fprintln(progress, "Another set-up of this checkout is under way; waiting for it.")
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
