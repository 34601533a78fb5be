//go:build !unix && !windows

package load

import "time"

// cpuTime is 0: this system is not asked.
func cpuTime() time.Duration { return 0 }
