package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	"github.com/google/uuid"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// KeptFor is how long what a load has left is kept for Fleet.Collect, in the database and in
// the outboxes of workers, from the last heartbeat of its coordinator or the last record.
const KeptFor = 7 * 24 * time.Hour

// workersKeptFor is the age at which workers that crashed are removed from the list.
const workersKeptFor = 24 * time.Hour

// Fleet is a connection to a fleet's database, through which loads are sent. Close it.
// Safe for concurrent use.
type Fleet struct {
	db     *database
	engine dbos.Context
}

// Open connects to a fleet's database: a PostgreSQL URL, or the path of a file, which must
// exist. It makes the tables unless they are there. logger gets errors of the engine; nil
// means slog.Default.
func Open(ctx context.Context, where string, logger *slog.Logger) (*Fleet, error) {
	if where != "" && !strings.Contains(where, "://") {
		if _, err := os.Stat(where); err != nil { // SQLite would make a file for a misspelt name, which no worker joins
			return nil, fmt.Errorf("there is no fleet database %s: %w; start workers with `sagalab worker --fleet FILE` first", where, err)
		}
	}
	return connect(ctx, where, logger)
}

// Migrate makes a fleet's tables and the engine's, or brings them up to date.
func Migrate(ctx context.Context, where string, logger *slog.Logger) error {
	f, err := connect(ctx, where, logger)
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens the database, as a new coordinator.
func connect(ctx context.Context, where string, logger *slog.Logger) (*Fleet, error) {
	db, err := openDatabase(ctx, where)
	if err != nil {
		return nil, err
	}
	if logger == nil {
		logger = slog.Default()
	}
	engine, err := db.engine(ctx, "gather-"+uuid.NewString(), logger)
	if err != nil {
		return nil, errors.Join(err, db.close())
	}
	f := &Fleet{db, engine}
	if err := errors.Join(registerQueue(engine), db.secureRows(ctx), f.removeStale(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("the fleet's database %s: %w", db.name, err), f.Close())
	}
	return f, nil
}

// Close closes the connection. Workers keep running.
func (f *Fleet) Close() error {
	return f.db.closeAll(f.engine, time.Second)
}

// removeStale removes loads that were not collected for KeptFor, and workers that crashed.
func (f *Fleet) removeStale(ctx context.Context) error {
	old := fmt.Sprintf("%s - %d", f.db.now(), KeptFor.Nanoseconds())
	for _, statement := range []string{
		`DELETE FROM parcels WHERE load_id IN (SELECT load_id FROM loads WHERE seen_at < ` + old + `)`,
		`DELETE FROM shares WHERE load_id IN (SELECT load_id FROM loads WHERE seen_at < ` + old + `)`,
		`DELETE FROM loads WHERE seen_at < ` + old,
		fmt.Sprintf(`DELETE FROM workers WHERE seen_at < %s - %d`, f.db.now(), workersKeptFor.Nanoseconds()),
	} {
		if _, err := f.db.exec(ctx, f.db, statement); err != nil {
			return err
		}
	}
	return nil
}

// Recruit returns how many workers can send a stage: wanted, or when that is 0 all that are
// free, but no more than the stage has work for. When too few are free, its error names the
// others and says why they are not.
func (f *Fleet) Recruit(ctx context.Context, s load.Stage, wanted int) (int, error) {
	all, err := f.Members(ctx)
	if err != nil {
		return 0, err
	}
	n, err := countFree(all, wanted, f.db.name)
	if err != nil {
		return 0, err
	}
	if wanted == 0 {
		n = min(n, s.MaxPartitions())
	}
	return n, load.Partition{Of: n}.Validate(s)
}

// Source returns a source of records that has so many workers, see Recruit, send a load.
// Of to, the address, the policy, the adapter's file, the seed and Traceparent go to the workers; header and TLS do not.
//
// l.LoadID names the load in the database, and in the run for Collect; "" draws one that only
// the database has, which is refused with Traceparent: a run without the id could not be exported.
//
// Nothing is sent unless all of them report ready. When ctx ends, all stop within two
// seconds, and what they recorded is still collected. When a worker is lost the others go
// on, and the error is a *runner.LostError.
func (f *Fleet) Source(l runner.Load, to runner.Target, workers int) runner.RecordSource {
	return func(ctx context.Context, seed uint64, record func(runner.Batch) error) (runner.SourceResult, error) {
		p := plan{Host: hostName(), API: to.Endpoint.String(), Stage: l.Stage.String(), Policy: to.Config.Policy, Seed: seed, Partitions: workers, Answers: purchase.AnswersIn(to.Adapter).Named()}
		if err := errors.Join(p.setBuyers(l.Buyers), p.setAdapter(to.Adapter)); err != nil {
			return runner.SourceResult{}, fmt.Errorf("nothing was sent: %w", err)
		}
		if to.Traceparent {
			if p.Traceparent = l.LoadID; l.LoadID == "" {
				return runner.SourceResult{}, errors.New("nothing was sent: ids of traces are calculated from the id of the load, and it has none")
			}
		}
		g := &coordinator{Fleet: f, id: cmp.Or(l.LoadID, runner.NewLoadID()), stage: l.Stage, recorder: runner.NewRecorder(record), partitions: make([]*partitionState, workers), plan: p}
		for n, planned := range l.Stage.Split(workers, seed) {
			g.partitions[n] = &partitionState{Partition: load.Partition{Number: n, Of: workers}, planned: planned}
		}
		return g.run(ctx)
	}
}
