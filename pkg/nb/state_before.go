package nb

import (
	"cmp"
	"context"
	"time"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// mostSubjects is the most products, and the most users, whose state is read before a load.
const mostSubjects = 10_000

// readBefore reads the state of the service before the first purchase of a run, as the command
// line does, so that an audit knows what is older than the run. It does nothing after a fixture
// was applied, in a run that has executed something, and for buyers that are not valid, which
// send nothing. purchases is how many are planned, 0 when that is not known.
func readBefore(ctx context.Context, run runs.Run, to runner.Target, buyers purchase.Buyers, purchases int) error {
	if buyers == nil || buyers.Validate() != nil {
		return nil
	}
	baseline, err := observe.LoadBaseline(run)
	if err != nil || baseline.Description() != "" {
		return err
	}
	if executed, err := run.Executed(); err != nil || executed > 0 {
		return err
	}
	client, release, err := observe.NewClient(to.Endpoint, to.Adapter, to.Config)
	if err != nil {
		return err
	}
	defer release()
	slow := time.AfterFunc(5*time.Second, func() {
		printf("Reading the state before the load: still waiting for the service; the stop button ends this\n")
	})
	defer slow.Stop()
	of := observe.SubjectsOfBuyers(buyers, to.Seed, cmp.Or(purchases, 100)*5/4+100, mostSubjects)
	return observe.ReadBaseline(ctx, client, run, of)
}
