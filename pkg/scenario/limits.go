package scenario

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// spareFiles is how many files this process needs beside its connections: the
// run's tables and journal, the proxies of a trial, what the runtime keeps open.
const spareFiles = 64

// openFiles is how many files this process may have open, 0 when that is not known.
func openFiles() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil || l.Cur > 1<<30 {
		return 0
	}
	return int(l.Cur)
}

// checkLimits refuses a share of a closed stage that must run out of files. One of
// the open model may stay far below its cap, so that it is only warned of what
// happened.
func checkLimits(s load.Stage, h load.Share) error {
	users := h.Connections(s)
	if have := openFiles(); !s.Open() && have > 0 && users+spareFiles > have {
		return fmt.Errorf("stage %q: %d virtual users need %d open files, and this process may have %d (RLIMIT_NOFILE): raise it with `ulimit -n`, or use fewer users",
			s.Name, users, users+spareFiles, have)
	}
	return nil
}

// limitWarnings says which limits of this machine attempts ran into.
func limitWarnings(classes map[retry.Class]int) (warnings []string) {
	if n := classes[retry.FDLimit]; n > 0 {
		warnings = append(warnings, fmt.Sprintf("%d attempts could not open a connection because this process may have only %d files open (RLIMIT_NOFILE): raise it with `ulimit -n`, or use fewer users or a lower cap", n, openFiles()))
	}
	if n := classes[retry.Ports]; n > 0 {
		ports := "its range"
		if b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
			ports = strings.Join(strings.Fields(string(b)), " to ")
		}
		warnings = append(warnings, fmt.Sprintf("%d attempts found no free local port (net.ipv4.ip_local_port_range is %s): use fewer connections, or widen it", n, ports))
	}
	return warnings
}
