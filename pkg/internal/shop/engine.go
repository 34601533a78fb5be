package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	"github.com/jackc/pgx/v5/pgxpool"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

const (
	// appVersion and executorID decide which unfinished sagas a process continues.
	// The engine's defaults (the binary's hash) would strand them at every rebuild.
	// appVersion changes only when saga.go no longer understands its own past.
	appVersion = "purchase-1"
	executorID = "shop"

	// maxRecoveries is how often a saga may be interrupted by a crash before the engine
	// gives it up and recovery.go starts it anew.
	maxRecoveries = 1000
)

// engine runs sagas and keeps their progress. It is safe for concurrent use.
type engine struct {
	ctx     dbos.Context
	saga    *saga
	logger  *slog.Logger
	history history

	// starting is read-locked while a saga is passed to the engine, which must not
	// happen once its shutdown has begun.
	starting sync.RWMutex
	closed   bool

	// shared: other processes have sagas in the same database, and only an order's
	// owner may continue its history (store/leases.go).
	shared bool
}

var errStopping = errors.New("the service is stopping; the next start continues the purchase")

// openSQLiteEngine opens the engine's database file. No saga runs before launch.
func openSQLiteEngine(ctx context.Context, path string, s *saga, logger *slog.Logger) (*engine, error) {
	db, err := store.OpenEngineDB(ctx, path)
	if err != nil {
		return nil, err
	}
	e, err := newEngine(ctx, dbos.Config{ExecutorID: executorID, SQLiteSystemDB: db}, s, logger)
	if err != nil {
		db.Close()
		return nil, store.OpenError(path, err)
	}
	return e, nil
}

// openPostgresEngine opens the engine's schema under an executor's name that no
// other process has.
func openPostgresEngine(ctx context.Context, pool *pgxpool.Pool, executor string, s *saga, logger *slog.Logger) (*engine, error) {
	e, err := newEngine(ctx, dbos.Config{ExecutorID: executor, SystemDBPool: pool, DatabaseSchema: store.EngineSchema}, s, logger)
	if err != nil {
		return nil, err
	}
	e.shared = true
	if is := e.ctx.GetExecutorID(); is != executor {
		return nil, errors.Join(fmt.Errorf("the engine names this process %s because DBOS__VMID is set, which would give all processes one name: unset it", is),
			e.close(time.Second))
	}
	return e, nil
}

func newEngine(ctx context.Context, c dbos.Config, s *saga, logger *slog.Logger) (*engine, error) {
	c.AppName, c.ApplicationVersion, c.Logger = "sagalab-shop", appVersion, logger
	// Sagas live as long as the engine, not as long as the opening's context.
	root, err := dbos.NewContext(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, err
	}
	e := &engine{ctx: root, saga: s, logger: logger, history: history{excess: make(chan struct{}, 1)}}
	dbos.RegisterWorkflow(root, s.run, dbos.WithWorkflowName("purchase"), dbos.WithMaxRecoveryAttempts(maxRecoveries))
	return e, nil
}

// launch continues the sagas that a crash interrupted and lets new ones start.
func (e *engine) launch() error { return e.ctx.Launch() }

// run runs the saga of an order, or finds the one that is running: the order's id
// is the saga's. It returns when the engine has recorded the saga's end, which is
// after the saga itself has returned.
func (e *engine) run(c store.Cart) error {
	h, err := e.start(c)
	if err != nil {
		return err
	}
	_, err = h.GetResult(dbos.WithHandlePollingInterval(20 * time.Millisecond))
	e.history.add(c.OrderID)
	return err
}

func (e *engine) start(c store.Cart) (dbos.WorkflowHandle[purchase.Status], error) {
	e.starting.RLock()
	defer e.starting.RUnlock()
	if e.closed {
		return nil, errStopping
	}
	if !e.shared {
		return dbos.RunWorkflow[store.Cart, purchase.Status](e.ctx, e.saga.run, c, dbos.WithWorkflowID(c.OrderID))
	}
	// A saga in use was started by a process that no longer owns the order, and may be
	// dead.
	for tries := 0; ; tries++ {
		h, err := dbos.RunWorkflow[store.Cart, purchase.Status](e.ctx, e.saga.run, c, dbos.WithWorkflowID(c.OrderID),
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

// forgetAll drops all history; no saga may be running.
func (e *engine) forgetAll() error { return e.forgetListed() }

// forgetEnded drops the history of sagas that have ended; others may be running.
func (e *engine) forgetEnded() error {
	return e.forgetListed(dbos.WithFilterStatus(dbos.WorkflowStatusSuccess, dbos.WorkflowStatusError,
		dbos.WorkflowStatusCancelled, dbos.WorkflowStatusMaxRecoveryAttemptsExceeded))
}

func (e *engine) forgetListed(with ...dbos.ListWorkflowsOption) error {
	e.history.take(0, 0)
	for {
		ids, err := e.list(1000, with...)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := e.forget(ids...); err != nil {
			return err
		}
	}
}

// forgetEndedOf drops the unfinished history that dead processes left of sagas whose
// orders have ended. The other histories are dropped when the sagas are started anew.
func (e *engine) forgetEndedOf(processes []string, o *store.Orders) error {
	if len(processes) == 0 {
		return nil
	}
	ids, err := e.list(1000, dbos.WithFilterStatus(dbos.WorkflowStatusPending))
	if err != nil || len(ids) == 0 {
		return err
	}
	ended, err := o.Ended(ids)
	if err != nil || len(ended) == 0 {
		return err
	}
	return e.forget(slices.Collect(maps.Keys(ended))...)
}

// busy reports whether any saga of any process is running.
func (e *engine) busy() (bool, error) {
	ids, err := e.list(1, dbos.WithFilterStatus(dbos.WorkflowStatusPending, dbos.WorkflowStatusEnqueued))
	return len(ids) > 0, err
}

func (e *engine) list(limit int, with ...dbos.ListWorkflowsOption) ([]string, error) {
	found, err := dbos.ListWorkflows(e.ctx, append(with[:len(with):len(with)], dbos.WithFilterLimit(limit),
		dbos.WithFilterLoadInput(false), dbos.WithFilterLoadOutput(false))...)
	ids := make([]string, len(found))
	for i, w := range found {
		ids[i] = w.ID
	}
	return ids, err
}

// close stops the engine. Running sagas stay unfinished and are continued by the
// next launch.
func (e *engine) close(timeout time.Duration) error {
	e.starting.Lock()
	e.closed = true
	e.starting.Unlock()
	return dbos.Shutdown(e.ctx, timeout)
}
