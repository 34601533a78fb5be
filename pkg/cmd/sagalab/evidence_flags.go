package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// evidenceFlags are the flags that say how the evidence of an audit is collected.
type evidenceFlags struct {
	askAgain   int
	soleClient bool
	log        io.Writer // what is done to the service is said there first
}

func (f *evidenceFlags) flags(c *cobra.Command) {
	c.Flags().IntVar(&f.askAgain, "ask-again", 0, "after the load send this many purchases again, under their keys: the answers have to be the same;\na service that has forgotten a key buys again")
	c.Flags().BoolVar(&f.soleClient, "sole-client", false, "no other client used the service since the run began: an order that the run does not explain is a violation")
}

// check returns what is wrong with the flags.
func (f *evidenceFlags) check() error {
	if f.askAgain < 0 || f.askAgain > observe.MaxAskAgain {
		return fmt.Errorf("--ask-again is %d, want 0 to %d", f.askAgain, observe.MaxAskAgain)
	}
	return nil
}

// given reports whether any of the flags is.
func (f *evidenceFlags) given() bool { return f.askAgain != 0 || f.soleClient }

// collect returns the evidence of a run. lenient makes it the reason of a rule, and not an
// error, that purchases may not be sent again.
func (f *evidenceFlags) collect(ctx context.Context, c *purchase.Client, run runs.Run, settle time.Duration, lenient bool) (audit.Evidence, error) {
	var e audit.Evidence
	after := settle + slowAfter // orders may be pending for so long
	err := slowly(f.log, after, "Reading the state for the audit", func() (err error) {
		e, err = observe.CollectEvidence(ctx, c, run, settle, f.soleClient)
		return err
	})
	if err != nil || f.askAgain == 0 {
		return e, err
	}
	requests, err := observe.ToAskAgain(c, run, &e, f.askAgain)
	if err == nil && len(requests) > 0 {
		fmt.Fprintf(f.log, "Asking again under up to %s at %s: a service that has forgotten a key buys again\n", counted(f.askAgain, "key"), c.Endpoint())
		err = slowly(f.log, after, "Asking again", func() error { return observe.AskAgainFor(ctx, c, run, &e, requests, settle) })
	}
	if lenient && errors.Is(err, observe.ErrNotAskedAgain) {
		err = nil
	}
	return e, err
}
