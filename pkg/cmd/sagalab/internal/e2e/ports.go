package e2e

import (
	"net"
	"testing"
)

// ClosedPort is an address on which no process listens: the system does not assign this port.
const ClosedPort = "127.0.0.1:1"

// FreePort returns an address on which no process listens yet.
func FreePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
