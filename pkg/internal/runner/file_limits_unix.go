//go:build unix

package runner

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// openFiles is how many files this process may have open, 0 when that is not known.
func openFiles() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil || l.Cur > 1<<30 {
		return 0
	}
	return int(l.Cur)
}

// filesWarning says that n attempts found too many files open, and what to do.
func filesWarning(n int) string {
	return fmt.Sprintf("%d attempts could not open a connection because this process may have only %d files open (RLIMIT_NOFILE): raise it with `ulimit -n`, or use fewer users or a lower cap", n, openFiles())
}

// portsWarning says that n attempts found no local port, and what to do.
func portsWarning(n int) string {
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return fmt.Sprintf("%d attempts found no free local port: use fewer connections, or widen their range (net.ipv4.ip_local_port_range on Linux, net.inet.ip.portrange on macOS)", n)
	}
	return fmt.Sprintf("%d attempts found no free local port (net.ipv4.ip_local_port_range is %s): use fewer connections, or widen it", n, strings.Join(strings.Fields(string(b)), " to "))
}
