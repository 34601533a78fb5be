package faultsearch

import (
	"context"
	"errors"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// Reachable returns a purchase.UnreachableError when the service does not answer, or answers that it is in
// trouble: after the command of ByCommand, which may be what starts it. One that answers without a health may be searched. A
// command that fails is left to the search, whose answer has what it printed. failed is called with each attempt that
// failed, counted from 1; nil is never called.
func (c ServiceConfig) Reachable(ctx context.Context, how purchase.Connectivity, failed func(attempt int, err error)) error {
	client, release, err := observe.NewClient(c.Endpoint, c.Adapter, c.Config)
	if err != nil {
		return err
	}
	defer release()
	if c.Reset == ByCommand && runCommand(ctx, c.ResetCommand) != nil {
		return context.Cause(ctx)
	}
	err = client.Reachable(ctx, how, failed)
	if down := new(purchase.UnreachableError); errors.As(err, &down) && down.Answered() {
		return nil
	}
	return err
}
