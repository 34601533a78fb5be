package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	"github.com/jackc/pgx/v5/pgxpool"

	"sagalab/pkg/purchase"
)

const (
	// appVersion and executorID decide which unfinished sagas a process continues.
	// The engine's defaults (the binary's hash) would strand them at every rebuild.
	// appVersion changes only when saga.go no longer understands its own past.
	appVersion = "purchase-1"
	executorID = "shop"

	// maxRecoveries is how often a saga may be caught by a crash before the engine
	// gives it up and resume.go starts it anew.
	maxRecoveries = 1000

	// The history of the latest keptHistory sagas stays for whoever wants to look
	// into the engine's database; older ones go, pruneBatch at a time.
	keptHistory = 1000
	pruneBatch  = 100
)

// engine runs sagas and keeps their progress.
type engine struct {
	ctx     dbos.Context
	saga    *saga
	logger  *slog.Logger
	history history

	// starting is read-locked while a saga is handed to the engine, which must not
	// happen once its shutdown has begun.
	starting sync.RWMutex
	closed   bool

	// shared: other processes have sagas in the same database, and nobody's history
	// is continued but by the order's owner (peers.go).
	shared bool
}

var errStopping = errors.New("the service is stopping; the next start continues the purchase")

// openEngine opens the engine's database file. Nothing runs before launch.
func openEngine(ctx context.Context, path string, s *saga, logger *slog.Logger) (*engine, error) {
	fresh, err := identify(ctx, path, 'e')
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(path)
	if err != nil {
		return nil, err
	}
	if fresh {
		if _, err := db.ExecContext(ctx, stamp('e')); err != nil {
			db.Close()
			return nil, openError(path, err)
		}
	}
	e, err := newEngine(ctx, dbos.Config{ExecutorID: executorID, SQLiteSystemDB: db}, s, logger)
	if err != nil {
		db.Close()
		return nil, openError(path, err)
	}
	return e, nil
}

// openSharedEngine opens the engine's schema, under an executor's name that no
// other process has.
func openSharedEngine(ctx context.Context, pool *pgxpool.Pool, executor string, s *saga, logger *slog.Logger) (*engine, error) {
	e, err := newEngine(ctx, dbos.Config{ExecutorID: executor, SystemDBPool: pool, DatabaseSchema: engineIn}, s, logger)
	if err != nil {
		return nil, err
	}
	e.shared = true
	if is := e.ctx.GetExecutorID(); is != executor {
		return nil, errors.Join(fmt.Errorf("the engine calls this process %s as DBOS__VMID says, which every process would be called: unset it", is),
			e.close(time.Second))
	}
	return e, nil
}

func newEngine(ctx context.Context, c dbos.Config, s *saga, logger *slog.Logger) (*engine, error) {
	c.AppName, c.ApplicationVersion, c.Logger = "sagalab-shop", appVersion, logger
	// Sagas live as long as the engine, not as long as whoever opened it.
	root, err := dbos.NewContext(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, err
	}
	e := &engine{ctx: root, saga: s, logger: logger, history: history{more: make(chan struct{}, 1)}}
	dbos.RegisterWorkflow(root, s.run, dbos.WithWorkflowName("purchase"), dbos.WithMaxRecoveryAttempts(maxRecoveries))
	return e, nil
}

// launch continues the sagas that a crash interrupted and lets new ones start.
func (e *engine) launch() error { return e.ctx.Launch() }

// run runs the saga of an order, or finds the one that is running: the order's id
// is the saga's. It returns when the engine has recorded the saga's end, which is
// after the saga itself has returned.
func (e *engine) run(c cart) error {
	h, err := e.start(c)
	if err != nil {
		return err
	}
	_, err = h.GetResult(dbos.WithHandlePollingInterval(20 * time.Millisecond))
	e.history.add(c.OrderID)
	return err
}

func (e *engine) start(c cart) (dbos.WorkflowHandle[purchase.Status], error) {
	e.starting.RLock()
	defer e.starting.RUnlock()
	if e.closed {
		return nil, errStopping
	}
	if !e.shared {
		return dbos.RunWorkflow[cart, purchase.Status](e.ctx, e.saga.run, c, dbos.WithWorkflowID(c.OrderID))
	}
	// Whoever started this saga does not own the order any more, and may be dead.
	for tries := 0; ; tries++ {
		h, err := dbos.RunWorkflow[cart, purchase.Status](e.ctx, e.saga.run, c, dbos.WithWorkflowID(c.OrderID),
			dbos.WithWorkflowIDReusePolicy(dbos.WorkflowIDReusePolicyReject))
		if tries == 3 || !errors.Is(err, dbos.ErrWorkflowIDInUse) {
			return h, err
		}
		if err := e.forget(c.OrderID); err != nil {
			return nil, err
		}
	}
}

// forget drops the history of some sagas, which must not be running.
func (e *engine) forget(orderIDs ...string) error {
	return dbos.DeleteWorkflows(e.ctx, orderIDs)
}

// forgetAll drops all history; nothing may be running.
func (e *engine) forgetAll() error {
	e.history.take(0, 0)
	for {
		ids, err := e.list(1000)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := e.forget(ids...); err != nil {
			return err
		}
	}
}

// forgetEnded drops the history of what has ended; anything may be running.
func (e *engine) forgetEnded() error {
	e.history.take(0, 0)
	for {
		ids, err := e.list(1000, dbos.WithFilterStatus(dbos.WorkflowStatusSuccess, dbos.WorkflowStatusError,
			dbos.WorkflowStatusCancelled, dbos.WorkflowStatusMaxRecoveryAttemptsExceeded))
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := e.forget(ids...); err != nil {
			return err
		}
	}
}

// forgetOf drops what dead processes left of sagas whose orders had come to their
// end already. The others are dropped when they are started anew.
func (e *engine) forgetOf(processes []string, o *orders) error {
	if len(processes) == 0 {
		return nil
	}
	ids, err := e.list(1000, dbos.WithFilterStatus(dbos.WorkflowStatusPending))
	if err != nil || len(ids) == 0 {
		return err
	}
	ended, err := o.ended(ids)
	if err != nil || len(ended) == 0 {
		return err
	}
	return e.forget(slices.Collect(maps.Keys(ended))...)
}

// busy tells whether any saga of any process is running.
func (e *engine) busy() (bool, error) {
	ids, err := e.list(1, dbos.WithFilterStatus(dbos.WorkflowStatusPending, dbos.WorkflowStatusEnqueued))
	return len(ids) > 0, err
}

func (e *engine) list(limit int, with ...dbos.ListWorkflowsOption) ([]string, error) {
	found, err := dbos.ListWorkflows(e.ctx, append(with, dbos.WithFilterLimit(limit),
		dbos.WithFilterLoadInput(false), dbos.WithFilterLoadOutput(false))...)
	ids := make([]string, len(found))
	for i, w := range found {
		ids[i] = w.ID
	}
	return ids, err
}

// close stops the engine. What is running stays unfinished and is continued by
// the next launch.
func (e *engine) close(timeout time.Duration) error {
	e.starting.Lock()
	e.closed = true
	e.starting.Unlock()
	return dbos.Shutdown(e.ctx, timeout)
}

// history is a queue of the finished sagas that the engine still remembers.
type history struct {
	mu   sync.Mutex
	ids  []string
	more chan struct{} // has something in it when there may be too many
}

func (h *history) add(ids ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids = append(h.ids, ids...)
	if len(h.ids) >= keptHistory+pruneBatch {
		select {
		case h.more <- struct{}{}:
		default:
		}
	}
}

// take removes the oldest ids from the queue, at most batch of them (0: any
// number), as long as keep are left.
func (h *history) take(keep, batch int) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.ids) - keep
	if batch > 0 {
		n = min(n, batch)
	}
	if n <= 0 {
		return nil
	}
	taken := h.ids[:n:n]
	h.ids = h.ids[n:]
	return taken
}

// prune drops old history until ctx ends. What an earlier process left behind is
// taken up first. On a shared database each process keeps the latest of its own.
func (e *engine) prune(ctx context.Context) {
	left, err := e.list(10_000, dbos.WithFilterStatus(dbos.WorkflowStatusSuccess))
	if err != nil {
		e.logger.Warn("old saga history stays for now", "error", err)
	}
	e.history.add(left...)
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.history.more:
		}
		for ctx.Err() == nil {
			ids := e.history.take(keptHistory, pruneBatch)
			if len(ids) < pruneBatch {
				e.history.add(ids...)
				break
			}
			if err := e.forget(ids...); err != nil {
				e.logger.Warn("some saga history stays", "error", err)
				break
			}
		}
	}
}

// removeDatabase removes a database file and what SQLite keeps beside it.
func removeDatabase(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
