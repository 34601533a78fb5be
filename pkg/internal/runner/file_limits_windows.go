package runner

import "fmt"

// openFiles is 0: Windows limits the sockets of a process by its memory alone.
func openFiles() int { return 0 }

// filesWarning says that n attempts found too many sockets open, and what to do.
func filesWarning(n int) string {
	return fmt.Sprintf("%d attempts could not open a connection because Windows gave this process no more sockets: use fewer users or a lower cap", n)
}

// portsWarning says that n attempts found no local port, and what to do.
func portsWarning(n int) string {
	return fmt.Sprintf("%d attempts found no free local port (`netsh int ipv4 show dynamicport tcp` shows their range): use fewer connections, or widen it with `netsh int ipv4 set dynamicport`", n)
}
