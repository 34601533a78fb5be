package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// stdoutWriter writes to the standard output and remembers the first error, which commands that print with package fmt do
// not see. It is not for concurrent use.
type stdoutWriter struct {
	out   io.Writer
	first error // nil while all was written
}

// Write writes to the standard output.
func (w *stdoutWriter) Write(b []byte) (int, error) {
	n, err := w.out.Write(b)
	if w.first == nil {
		w.first = err
	}
	return n, err
}

// failure returns why a part of the output is missing, nil when all was written.
func (w *stdoutWriter) failure() error {
	if w.first == nil {
		return nil
	}
	cause := w.first
	var path *fs.PathError
	if errors.As(cause, &path) { // it would name /dev/stdout
		cause = path.Err
	}
	return fmt.Errorf("writing stdout: %w", cause)
}
