package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

var (
	errNotOwned            = errors.New("the partition is no longer assigned to this worker: it was silent for too long, or the load is over")
	errDatabaseUnreachable = errors.New("the fleet's database was out of reach for too long, and without it this worker cannot be stopped")
	errCoordinatorSilent   = errors.New("the process that collects the load was silent")
	errStopped             = errors.New("stopped")
)

// partitionWorkflow is the engine's workflow of a partition: one step, which is never
// repeated.
func (w *worker) partitionWorkflow(ctx dbos.Context, t task) (string, error) {
	return dbos.RunAsStep(ctx, func(context.Context) (string, error) { return w.runPartition(t), nil }, dbos.WithStepName("send"))
}

// runPartition claims and sends a partition, and returns how it ended, for the engine's
// records.
func (w *worker) runPartition(t task) string {
	w.busy.Lock()
	defer w.busy.Unlock()
	s := &assignment{worker: w, task: t}
	if err := s.claim(); err != nil {
		w.Logger.Warn("a partition was not claimed", "load", t.LoadID, "partition", t.Number+1, "error", withoutPassword(err, w.DB))
		return "not claimed: " + withoutPassword(err, w.DB).Error()
	}
	err := s.prepare()
	if err == nil {
		err = s.sendPartition()
	}
	s.conclude(err)
	if err != nil {
		return withoutPassword(err, w.DB).Error()
	}
	return "ended"
}

// assignment is one partition of a load that a worker has claimed.
type assignment struct {
	*worker
	task
	plan   plan
	sender *runner.Sender
	outbox *runs.Outbox

	mu       sync.Mutex
	progress progress
	latency  load.Histogram
	contact  time.Time // when the database last answered
	pending  *runs.Chunk
}

// claim assigns the partition to this worker, unless another worker has claimed it before.
func (a *assignment) claim() error {
	ctx, cancel := context.WithTimeout(a.stopping, a.db.timeouts.heartbeatTimeout)
	defer cancel()
	text, err := a.progress.encode()
	if err != nil {
		return err
	}
	var encoded, phase string
	if err := a.db.QueryRowContext(ctx, a.db.rebind(`SELECT plan, phase FROM loads WHERE load_id = ?1`), a.LoadID).Scan(&encoded, &phase); err != nil {
		return err
	}
	if phase != "gathering" {
		return errors.New("its load was stopped, or was started without it")
	}
	if a.plan, err = decode[plan](encoded); err != nil {
		return err
	}
	n, err := a.db.exec(ctx, a.db, `INSERT INTO shares (load_id, number, worker_id, phase, progress) VALUES (?1, ?2, ?3, 'taken', ?4)
		ON CONFLICT DO NOTHING`, a.LoadID, a.Number, a.id, text)
	if err == nil && n == 0 {
		err = errors.New("another worker has claimed it, and no partition is sent twice")
	}
	a.contact = time.Now()
	return err
}

// prepare does everything before the start that may fail, and reports that the worker is
// ready.
func (a *assignment) prepare() (err error) {
	ctx := a.stopping
	if a.sender, err = a.plan.sender(a.Number, a.WorkerConfig); err != nil {
		return err
	}
	if err := a.sender.Reachable(ctx); err != nil {
		return fmt.Errorf("from this worker %w", err)
	}
	if a.outbox, err = runs.CreateOutbox(outboxPath(a.Dir, a.task)); err != nil {
		return err
	}
	offset, err := a.db.measureClock(ctx)
	if err != nil {
		return err
	}
	a.progress.Offset, a.progress.Error = offset.offset, offset.bound
	a.Logger.Info("ready", "load", a.LoadID, "partition", a.Number+1, "of", a.plan.Partitions, "api", a.plan.API, "stage", a.plan.Stage)
	return a.writePhase(ctx, "ready")
}

// sendPartition waits for the start and sends the partition.
func (a *assignment) sendPartition() error {
	ctx, stop := context.WithCancelCause(a.stopping)
	defer stop(nil)
	origin, start, err := a.awaitStart(ctx)
	if err != nil {
		return err
	}
	var helpers sync.WaitGroup
	defer helpers.Wait()
	done, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	helpers.Go(func() { a.heedStop(done, stop) })
	helpers.Go(func() { a.deliver(done, stop) })

	delay := time.Since(start)
	a.mu.Lock()
	a.progress.Delay = delay
	a.mu.Unlock()
	report, err := a.sender.Run(ctx, origin.Add(delay), a.record)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.progress.Report = &report
	a.progress.Started, a.progress.Dropped, a.progress.InFlight, a.progress.Elapsed, a.progress.Lag = report.Started, report.Dropped, 0, report.Elapsed, report.Lag
	return err
}

// record keeps measured records in the outbox until they are uploaded.
func (a *assignment) record(b runner.Batch) error {
	a.mu.Lock()
	for i := range b.Records {
		a.latency.Record(time.Duration(b.Records[i].Operation.LatencyMS * float64(time.Millisecond)))
	}
	a.progress.Started, a.progress.Dropped, a.progress.InFlight, a.progress.Elapsed, a.progress.Lag = b.Started, b.Dropped, b.InFlight, b.Elapsed, b.Lag
	a.mu.Unlock()
	return a.outbox.Append(b.Records)
}

// awaitStart returns at the common start, which is origin by the coordinator's clock and
// start by this machine's.
func (a *assignment) awaitStart(ctx context.Context) (origin, start time.Time, err error) {
	l := a.newLoadWatcher()
	for {
		startAt, mine, err := l.check(ctx)
		if err != nil {
			return origin, start, err
		}
		if startAt > 0 {
			origin, start = time.Unix(0, mine), clockOffset{a.progress.Offset, a.progress.Error}.local(startAt)
			return origin, start, sleep(ctx, time.Until(start))
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return origin, start, err
		}
	}
}

// noteContact notes that the database has answered.
func (a *assignment) noteContact() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.contact = time.Now()
}

// sinceContact returns how long ago the database last answered.
func (a *assignment) sinceContact() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.contact)
}

// conclude uploads the rest, reports how the partition ended, and removes what it used.
func (a *assignment) conclude(err error) {
	a.mu.Lock()
	switch {
	case err == nil, errors.Is(err, errStopped):
	case a.stopping.Err() != nil:
		a.progress.Failure = errStopping.Error()
	default:
		a.progress.Failure = withoutPassword(err, a.DB).Error()
	}
	a.mu.Unlock()
	reported := a.uploadRest()
	if a.sender != nil {
		a.sender.Close()
	}
	kept, closing := "", error(nil)
	if a.outbox != nil {
		kept, closing = a.outbox.Close()
	}
	for _, trouble := range []error{err, reported, closing} {
		if trouble != nil && !errors.Is(trouble, errStopped) {
			a.Logger.Warn("a partition ended with an error", "load", a.LoadID, "partition", a.Number+1, "error", withoutPassword(trouble, a.DB))
		}
	}
	if kept != "" {
		a.Logger.Warn("records could not be uploaded and are kept; `sagalab fleet collect` fetches them", "load", a.LoadID, "file", kept)
	}
	a.Logger.Info("ended", "load", a.LoadID, "partition", a.Number+1, "started", a.progress.Started, "uploaded", a.progress.Records)
}

// sleep waits for d and returns nil, or returns the cause of ctx when that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
