package nb

import (
	"fmt"
	"os"

	"sagalab/pkg/internal/faultsearch"
)

// OwnDistributed starts the reference service in three processes of the cell's own, the service,
// its stock and its payments, which ask each other over HTTP, and calls f with a lab of it. The
// service reaches the two only through a search: own.Search and own.Try stand in between, and
// their Participants need not be given. Options are those of `sagalab serve`, such as
// "--defect=retry_charges_twice". The processes are gone when the cell ends.
func (l Lab) OwnDistributed(f func(own Lab), options ...string) {
	exitOnError(l.ownDistributed(f, options))
}

func (l Lab) ownDistributed(f func(own Lab), options []string) error {
	program, err := programPath()
	if err != nil {
		return fmt.Errorf("the reference service cannot be started: %w", err)
	}
	dir, err := os.MkdirTemp("", "sagalab-service-")
	if err != nil {
		return err
	}
	end := func() { os.RemoveAll(dir) }
	defer func() { end() }()
	ctx, stop := interruptible()
	defer stop()
	// its data are still there after the fault Kill; options that follow come last
	r, err := faultsearch.StartReference(ctx, program, append([]string{"--db", dir + "/shop.db"}, options...)...)
	if err != nil {
		return err
	}
	end = func() { r.Process.Stop(); os.RemoveAll(dir) }
	atExit = append(atExit, func() { end() })
	own := l
	own.API, own.process, own.participants = r.Endpoint.String(), r.Process, r.Participants
	own.serve = faultsearch.ReferenceCommand(options...)
	printf("Started a reference service for this cell, in three processes: the service, its stock and its payments\n")
	f(own)
	return nil
}
