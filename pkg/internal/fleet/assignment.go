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
func (s *assignment) claim() error {
	ctx, cancel := context.WithTimeout(s.stopping, s.db.timeouts.heartbeatTimeout)
	defer cancel()
	text, err := s.progress.encode()
	if err != nil {
		return err
	}
	var encoded, phase string
	if err := s.db.QueryRowContext(ctx, s.db.rebind(`SELECT plan, phase FROM loads WHERE load_id = ?1`), s.LoadID).Scan(&encoded, &phase); err != nil {
		return err
	}
	if phase != "gathering" {
		return errors.New("its load was stopped, or was started without it")
	}
	if s.plan, err = decode[plan](encoded); err != nil {
		return err
	}
	n, err := s.db.exec(ctx, s.db, `INSERT INTO shares (load_id, number, worker_id, phase, progress) VALUES (?1, ?2, ?3, 'taken', ?4)
		ON CONFLICT DO NOTHING`, s.LoadID, s.Number, s.id, text)
	if err == nil && n == 0 {
		err = errors.New("another worker has claimed it, and no partition is sent twice")
	}
	s.contact = time.Now()
	return err
}

// prepare does everything before the start that may fail, and reports that the worker is
// ready.
func (s *assignment) prepare() (err error) {
	ctx := s.stopping
	if s.sender, err = s.plan.sender(s.Number, s.WorkerConfig); err != nil {
		return err
	}
	if err := s.sender.Reachable(ctx); err != nil {
		return fmt.Errorf("from this worker %w", err)
	}
	if s.outbox, err = runs.CreateOutbox(outboxPath(s.Dir, s.task)); err != nil {
		return err
	}
	offset, err := s.db.measureClock(ctx)
	if err != nil {
		return err
	}
	s.progress.Offset, s.progress.Error = offset.offset, offset.bound
	s.Logger.Info("ready", "load", s.LoadID, "partition", s.Number+1, "of", s.plan.Partitions, "api", s.plan.API, "stage", s.plan.Stage)
	return s.writePhase(ctx, "ready")
}

// sendPartition waits for the start and sends the partition.
func (s *assignment) sendPartition() error {
	ctx, stop := context.WithCancelCause(s.stopping)
	defer stop(nil)
	origin, start, err := s.awaitStart(ctx)
	if err != nil {
		return err
	}
	var helpers sync.WaitGroup
	defer helpers.Wait()
	done, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	helpers.Go(func() { s.heedStop(done, stop) })
	helpers.Go(func() { s.deliver(done, stop) })

	delay := time.Since(start)
	s.mu.Lock()
	s.progress.Delay = delay
	s.mu.Unlock()
	report, err := s.sender.Run(ctx, origin.Add(delay), s.record)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress.Report = &report
	s.progress.Started, s.progress.Dropped, s.progress.InFlight, s.progress.Elapsed, s.progress.Lag = report.Started, report.Dropped, 0, report.Elapsed, report.Lag
	return err
}

// record keeps measured records in the outbox until they are uploaded.
func (s *assignment) record(b runner.Batch) error {
	s.mu.Lock()
	for i := range b.Records {
		s.latency.Record(time.Duration(b.Records[i].Operation.LatencyMS * float64(time.Millisecond)))
	}
	s.progress.Started, s.progress.Dropped, s.progress.InFlight, s.progress.Elapsed, s.progress.Lag = b.Started, b.Dropped, b.InFlight, b.Elapsed, b.Lag
	s.mu.Unlock()
	return s.outbox.Append(b.Records)
}

// awaitStart returns at the common start, which is origin by the coordinator's clock and
// start by this machine's.
func (s *assignment) awaitStart(ctx context.Context) (origin, start time.Time, err error) {
	l := s.newLoadWatcher()
	for {
		startAt, mine, err := l.check(ctx)
		if err != nil {
			return origin, start, err
		}
		if startAt > 0 {
			origin, start = time.Unix(0, mine), clockOffset{s.progress.Offset, s.progress.Error}.local(startAt)
			return origin, start, sleep(ctx, time.Until(start))
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return origin, start, err
		}
	}
}

// noteContact notes that the database has answered.
func (s *assignment) noteContact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.contact = time.Now()
}

// sinceContact returns how long ago the database last answered.
func (s *assignment) sinceContact() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.contact)
}

// conclude uploads the rest, reports how the partition ended, and removes what it used.
func (s *assignment) conclude(err error) {
	s.mu.Lock()
	switch {
	case err == nil, errors.Is(err, errStopped):
	case s.stopping.Err() != nil:
		s.progress.Failure = errStopping.Error()
	default:
		s.progress.Failure = withoutPassword(err, s.DB).Error()
	}
	s.mu.Unlock()
	reported := s.uploadRest()
	if s.sender != nil {
		s.sender.Close()
	}
	kept, closing := "", error(nil)
	if s.outbox != nil {
		kept, closing = s.outbox.Close()
	}
	for _, trouble := range []error{err, reported, closing} {
		if trouble != nil && !errors.Is(trouble, errStopped) {
			s.Logger.Warn("a partition ended with an error", "load", s.LoadID, "partition", s.Number+1, "error", withoutPassword(trouble, s.DB))
		}
	}
	if kept != "" {
		s.Logger.Warn("records could not be uploaded and are kept; `sagalab fleet collect` fetches them", "load", s.LoadID, "file", kept)
	}
	s.Logger.Info("ended", "load", s.LoadID, "partition", s.Number+1, "started", s.progress.Started, "uploaded", s.progress.Records)
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
