package harness

import (
	"net"
	"strconv"
	"testing"
)

// Port returns a TCP port of loopback that was free a moment ago, for a service that cannot choose one itself.
func Port(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}
