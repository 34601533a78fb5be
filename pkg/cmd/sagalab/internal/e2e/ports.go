package e2e

import (
	"net"
	"testing"
)

// ClosedPort is an address on which nothing listens. The system gives the number to no
// listener that asks for any.
const ClosedPort = "127.0.0.1:1"

// FreePort is an address on which nothing listens yet.
func FreePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
