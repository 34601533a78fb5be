package shop

import (
	"errors"
	"os"
)

// pause fails: Windows has no signal that stops a process from running, and what
// needs one cannot be tested there.
func pause(*os.Process) error { return errors.ErrUnsupported }

func resume(*os.Process) error { return errors.ErrUnsupported }
