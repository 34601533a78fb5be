//go:build !unix && !windows

package load

import "time"

// cpuTime is 0: it is not implemented for this system.
func cpuTime() time.Duration { return 0 }
