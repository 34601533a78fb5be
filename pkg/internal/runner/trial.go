package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/live"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// sampleEvery is how often a trial reads the service's values.
const sampleEvery = 100 * time.Millisecond

// sampledSubjects is of how many products, and of how many users, a trial reads the values.
const sampledSubjects = 4

// Trial is a load that is to be audited: faults happen while it runs, and the
// service's values are sampled.
type Trial struct {
	Load
	// Faults are done to connections and requests on their way to the service; under
	// the zero Plan requests go straight to it.
	Faults fault.Plan
	// Process is the service's, when it was started for the trial; the plan's kill
	// windows end it. May be nil.
	Process *fault.Process
	// From sends the load from elsewhere; nil means this process. Faults are done in
	// this process, so that From excludes them.
	From RecordSource
}

// Run executes the trial like Load.Run and also returns what the faults did.
func (t Trial) Run(ctx context.Context, run runs.Run, to Target, watch Watch) (fault.Counts, []threshold.Result, error) {
	var none fault.Counts
	v, err := t.validate(load.Partition{})
	if err := errors.Join(t.Faults.Validate(), err, t.checkFaults()); err != nil {
		return none, nil, err
	}
	client, release, err := observe.NewClient(to.Endpoint, to.Adapter, to.Config)
	if err != nil {
		return none, nil, err
	}
	defer release()
	to = to.withSeed()
	subjects := observe.SubjectsOfBuyers(t.Buyers, to.Seed, cmp.Or(t.Stage.Planned(), 100), sampledSubjects)
	if t.From == nil && !to.Config.Policy.NewKeyPerAttempt { // else the keys are not known here
		to.sent = new(observe.SentKeys)
	}
	sampler := observe.SampleBeside(ctx, client, subjects, sampleEvery, to.sent)
	counts, x, err := t.execute(ctx, v, run, to, withOthers(watch, sampler))
	samples := sampler.Stop()
	if x == nil || x.writer == nil { // nothing was recorded
		return counts, nil, err
	}
	return counts, x.results, errors.Join(err, observe.SaveSamples(x.writer.Dir(), samples))
}

// withOthers returns a watch that is shown the orders of other clients, too.
func withOthers(watch Watch, s *observe.Sampler) Watch {
	if watch == nil {
		return nil
	}
	return func(shown live.Snapshot) {
		shown.OtherOrders, shown.OtherOrder = s.Others()
		watch(shown)
	}
}

// checkFaults refuses faults that could not be done.
func (t Trial) checkFaults() error {
	kills := func(w fault.Window) bool { return w.Fault == fault.Kill }
	switch {
	case t.From != nil && len(t.Faults.Windows) > 0:
		return errors.New("faults are done between this process and the service: they cannot be done to load that a fleet sends")
	case t.Process == nil && slices.ContainsFunc(t.Faults.Windows, kills):
		return fmt.Errorf("the plan of faults has a %s window, but the service is not a process of this trial: start it with OwnService in a notebook, or leave the window out", fault.Kill)
	}
	return nil
}

// execute runs the valid load, through the chain of faults if there are any.
func (t Trial) execute(ctx context.Context, v validLoad, run runs.Run, to Target, watch Watch) (counts fault.Counts, x *recording, err error) {
	switch {
	case t.From != nil:
		x, err = v.recordFrom(ctx, run, to, watch, t.From)
		return counts, x, err
	case len(t.Faults.Windows) == 0:
		x, _, err = v.send(ctx, run, to, runs.Load, watch)
		return counts, x, err
	}
	if to.faults, err = newFaultChain(ctx, to, t); err != nil {
		return counts, nil, err
	}
	defer to.faults.close()
	x, _, err = v.send(ctx, run, to, runs.Load, watch)
	return to.faults.counts, x, errors.Join(err, to.faults.err)
}
