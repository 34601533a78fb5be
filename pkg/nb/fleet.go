package nb

import (
	"fmt"
	"strings"

	"sagalab/pkg/buyers"
	"sagalab/pkg/frame"
	"sagalab/pkg/internal/fleet/relay"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Fleet is several workers that send a trial's load together. The zero value is
// none.
type Fleet struct {
	// DB is the database in which the workers have joined (`sagalab worker --db`):
	// postgres://…, or the path of a file. "local" starts them as processes on this
	// machine, for as long as the load takes. Put no password here, which would be
	// saved with the notebook: PGPASSWORD or PGPASSFILE are read.
	DB string
	// Workers is how many of them, 0 for all that are free; of "local" 4.
	Workers int
}

// source has the fleet send a trial under a load id, nil for this process.
func (f Fleet) source(to runner.Target, t Trial, loadID string) (runner.RecordSource, error) {
	if f == (Fleet{}) {
		return nil, nil
	}
	p, err := programPath()
	if err != nil {
		return nil, fmt.Errorf("no fleet: %w", err)
	}
	r := relay.Request{
		Fleet: f.DB, Workers: f.Workers, API: to.Endpoint.String(), AllowHosts: []string{to.Endpoint.Host()},
		Stage: t.Stage.String(), Policy: to.Config.Policy, LoadID: loadID, Answers: purchase.AnswersIn(to.Adapter), Traceparent: to.Traceparent,
	}
	if r.Adapter, err = purchase.Portable(to.Adapter); err != nil {
		return nil, fmt.Errorf("no fleet: %w", err)
	}
	if order, constant := purchase.Constant(t.Order); constant {
		r.Order = order
	} else if r.Buyers, err = buyers.Portable(t.Order); err != nil {
		return nil, fmt.Errorf("no fleet: %w", err)
	}
	if feed := buyers.FeedOf(t.Order); feed != nil {
		r.Feed = feed.Name()
	}
	return relay.Source([]string{p, "relay"}, r), nil
}

// FleetWorkers shows what each worker of a fleet's stage did.
func FleetWorkers(s runs.Stage) { Table(frame.Workers(s)) }

// WorkersFor shows how many workers like those of a stage an arrival rate wants,
// and the arithmetic. The cost is what the stage's workers measured of themselves.
func WorkersFor(s runs.Stage, rate float64) {
	e, err := runs.CostOf(s)
	exitOnError(err)
	text, err := e.Explain(rate)
	exitOnError(err)
	printf("%s\n", strings.TrimRight(text, "\n"))
}
