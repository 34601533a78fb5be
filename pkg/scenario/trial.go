package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/load"
	"sagalab/pkg/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// sampleEvery is how often a trial looks at the service's values.
const sampleEvery = 100 * time.Millisecond

// Trial is a stage that is to be audited: faults happen while it runs, and the
// service's values are sampled.
type Trial struct {
	Stage load.Stage
	Order purchase.Request
	// Faults is what goes wrong on the way to the service; the zero Plan nothing.
	Faults fault.Plan
	// Process is the service, when it was started for the trial; the plan's kill
	// windows are done to it. May be nil.
	Process *fault.Process
}

// Run executes the trial like Stage and says what the faults did.
func (t Trial) Run(ctx context.Context, run runs.Run, to Target, watch func(Progress)) (fault.Counts, error) {
	var none fault.Counts
	if err := errors.Join(t.Faults.Validate(), checkOrder(t.Stage, t.Order)); err != nil {
		return none, err
	}
	n, err := run.Executed()
	if err != nil {
		return none, err
	}
	way, err := open(to)
	if err != nil {
		return none, err
	}
	defer way.close()
	client, release, err := observe.NewClient(to.Endpoint, to.Config.Header)
	if err != nil {
		return none, err
	}
	defer release()

	if to.faults, err = json.Marshal(t.Faults); err != nil {
		return none, err
	}
	to.via = way.wire.URL()
	faults, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	to.begin = func(start time.Time) { failed = way.begin(faults, t, start) }
	subjects := observe.Subjects{Products: []int64{t.Order.ProductID}, Users: []int64{t.Order.UserID}}
	sampler := observe.Sample(ctx, client, subjects, sampleEvery)
	_, err = execute(ctx, run, to, t.Stage, runs.Load, t.Order, watch)
	stop()
	way.done.Wait()
	return way.proxy.Counts(), errors.Join(err, failed, way.err, observe.SaveSamples(run, n, sampler.Stop()))
}

func checkOrder(stage load.Stage, order purchase.Request) error {
	err := errors.Join(stage.Validate(), order.Validate())
	if order.IdempotencyKey != "" && stage.Asked() != 1 {
		err = errors.Join(err, fmt.Errorf("stage %q: the order has the idempotency key %q, which would make its purchases one; leave it empty", stage.Name, order.IdempotencyKey))
	}
	return err
}
