// Package netlog keeps a line of net/http's own log away from users.
package netlog

import (
	"bytes"
	"io"
	"log"
	"sync"
)

// Quiet makes the standard logger leave out what net/http says of services that answer without
// being asked: the requests that follow are sent over other connections, and nothing is wrong
// with the run. Other lines are written as before. It has an effect once, and is safe for
// concurrent use.
func Quiet() { quiet() }

var quiet = sync.OnceFunc(func() { log.SetOutput(filter{log.Writer()}) })

// unsolicited is in the line that is left out.
var unsolicited = []byte("Unsolicited response received on idle HTTP channel")

// filter writes lines but those.
type filter struct{ to io.Writer }

// Write writes a line.
func (f filter) Write(line []byte) (int, error) {
	if bytes.Contains(line, unsolicited) {
		return len(line), nil
	}
	return f.to.Write(line)
}
