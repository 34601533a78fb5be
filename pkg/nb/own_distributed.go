package nb

import (
	"fmt"

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
	ctx, stop := interruptible()
	defer stop()
	r, err := faultsearch.StartReference(ctx, program, options...)
	if err != nil {
		return err
	}
	defer r.Process.Stop()
	atExit = append(atExit, func() { r.Process.Stop() })
	own := l
	own.API, own.process, own.participants, own.serve = r.Endpoint.String(), r.Process, r.Participants, r.Serve
	printf("Started a reference service for this cell, in three processes: the service, its stock and its payments\n")
	f(own)
	return nil
}
