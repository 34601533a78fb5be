//go:build !linux

package jupyter

import "os/exec"

// endWithParent does nothing here. On Windows cmd's group ends with this process anyway. On macOS cmd cannot be made to
// end when this process is killed by SIGKILL: what it started then works on to its end, and the next set-up repeats it.
func endWithParent(*exec.Cmd) {}
