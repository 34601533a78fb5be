package main

import (
	"fmt"
	"io"
	"time"
)

// slowAfter is how long a service may be asked for something before the terminal says that it still is.
const slowAfter = 5 * time.Second

// slowly calls do and returns its error. When that takes longer than after, a line on log says what is waited for: a service
// that keeps connections open without an answer is waited for in several attempts, for minutes. do must not write to log.
func slowly(log io.Writer, after time.Duration, what string, do func() error) error {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		slow := time.NewTimer(after)
		defer slow.Stop()
		select {
		case <-done:
		case <-slow.C:
			fmt.Fprintf(log, "%s: still waiting for the service after %v; Ctrl-C ends this\n", what, after)
		}
	}()
	err := do()
	close(done)
	<-ended
	return err
}
