package postgres

import (
	"sync"
	"testing"
)

// shared is the server that all tests of a process use.
var shared struct {
	sync.Mutex
	server *Server
	err    error
}

// Shared returns one server for all tests of a process, started by the first call. Give every test a Database of its own. A package that uses
// it calls StopShared in its TestMain. Safe for concurrent use.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start(nil)
	}
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.server
}

// StopShared stops the server that Shared started, if it did.
func StopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return nil
	}
	err := shared.server.discard()
	shared.server = nil
	return err
}
