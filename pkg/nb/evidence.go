package nb

import (
	"context"
	"errors"
	"os"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// ownServiceVariable and soleClientVariable hold the address of the service that
// `sagalab run` and `sagalab lab` started, and of the one that only the notebook uses.
const (
	ownServiceVariable = "SAGALAB_OWN_SERVICE"
	soleClientVariable = "SAGALAB_SOLE_CLIENT"
)

// evidence collects what is judged of the current run.
func (l Lab) evidence(ctx context.Context, c *purchase.Client, run runs.Run, to runner.Target) (audit.Evidence, error) {
	e, err := observe.CollectEvidence(ctx, c, run, audit.DefaultSettle, l.isSoleClient(to.Endpoint))
	if err != nil {
		return e, err
	}
	n := l.askAgainCount(to.Endpoint)
	requests, err := observe.ToAskAgain(c, run, &e, n)
	if err == nil && len(requests) > 0 {
		if l.AskAgain > 0 && !l.ownsService(to.Endpoint) {
			printf("Asking again under up to %s at %s: a service that has forgotten a key buys again\n", counted(n, "key"), to.Endpoint)
		}
		err = observe.AskAgainFor(ctx, c, run, &e, requests, audit.DefaultSettle)
	}
	if l.AskAgain > 0 && errors.Is(err, observe.ErrNotAskedAgain) {
		return e, nil // the reason of a rule
	}
	if l.AskAgain == 0 && len(e.AskedAgain) == 0 {
		e.NotAskedAgain = "" // it was not asked for
	}
	if errors.Is(err, observe.ErrNotAskedAgain) {
		e.Notes, err = append(e.Notes, err.Error()), nil
	}
	return e, err
}

// isSoleClient reports whether nothing but this notebook uses the service.
func (l Lab) isSoleClient(e purchase.Endpoint) bool {
	return l.SoleClient || l.process != nil || named(soleClientVariable, e)
}

// ownsService reports whether this program started the service.
func (l Lab) ownsService(e purchase.Endpoint) bool {
	return l.process != nil || named(ownServiceVariable, e)
}

// askAgainCount returns how many purchases are asked for again.
func (l Lab) askAgainCount(e purchase.Endpoint) int {
	if l.AskAgain == 0 && l.ownsService(e) {
		return observe.DefaultAskAgain
	}
	return l.AskAgain
}

// named reports whether an environment variable holds the address of a service.
func named(variable string, e purchase.Endpoint) bool {
	own, err := purchase.ParseEndpoint(os.Getenv(variable))
	return err == nil && own == e
}
