package fleet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	"github.com/google/uuid"
)

const (
	// beat is how often a worker says that it lives.
	heartbeatEvery = time.Second
	// queuePoll is how often a free worker looks for a share.
	queuePoll = 100 * time.Millisecond

	queueName    = "sagalab-shares"
	workflowName = "share"
)

// WorkerConfig is how a worker joins a fleet.
type WorkerConfig struct {
	// DB is the fleet's database: a PostgreSQL URL, or a file's path.
	DB string
	// Name is what people call the worker, the host's name and the process's number
	// if "". It need not be unique, but it helps.
	Name string
	// Dir is where records are kept until they are delivered, a directory of its own
	// in the system's temporary one if "". What could not be delivered stays there.
	Dir string
	// Header is sent with every purchase; secrets are in here and nowhere else.
	Header http.Header
	// TLS is how this worker speaks https; nil means crypto/tls's defaults.
	TLS *tls.Config
	// AllowHosts are the hosts other than this machine that its owner lets it put
	// load on.
	AllowHosts []string
	// Logger is told of loads and of trouble, slog.Default if nil.
	Logger *slog.Logger
}

func (c WorkerConfig) withDefaults() WorkerConfig {
	if c.Name == "" {
		host, _ := os.Hostname()
		c.Name = fmt.Sprintf("%s-%d", orElse(host, "worker"), os.Getpid())
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// worker is a process of a fleet.
type worker struct {
	WorkerConfig
	db       *database
	id       string
	host     string
	stopping context.Context // ends when the worker is to leave

	busy sync.Mutex // held while it has a share
}

var errStopping = errors.New("the worker was stopped")

// Work joins a fleet, calls joined with the worker's name, and works until ctx
// ends. A share under way is then ended, what it recorded is delivered, and nil is
// returned. Database trouble after the start is waited out, however long it lasts.
func Work(ctx context.Context, c WorkerConfig, joined func(name string)) error {
	c = c.withDefaults()
	if c.Dir != "" {
		if err := os.MkdirAll(c.Dir, 0o755); err != nil {
			return fmt.Errorf("the directory for records: %w", err)
		}
	}
	db, err := openDatabase(ctx, c.DB)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	w := &worker{WorkerConfig: c, db: db, id: uuid.NewString(), host: orElse(host, "unknown"), stopping: ctx}
	engine, err := db.engine(ctx, w.id, c.Logger)
	if err != nil {
		return errors.Join(err, db.close())
	}
	if err := w.join(ctx, engine); err != nil {
		return errors.Join(err, db.closeAll(engine, time.Second))
	}
	joined(c.Name)
	w.sendHeartbeats(ctx)
	return w.leave(engine)
}

// join makes the worker known and lets it take shares.
func (w *worker) join(ctx context.Context, engine dbos.Context) error {
	dbos.RegisterWorkflow(engine, w.partitionWorkflow, dbos.WithWorkflowName(workflowName))
	if err := registerQueue(engine); err != nil {
		return fmt.Errorf("the queue of %s: %w", w.db.name, err)
	}
	if err := w.heartbeat(ctx); err != nil {
		return fmt.Errorf("joining the fleet of %s: %w", w.db.name, err)
	}
	return engine.Launch()
}

// registerQueue makes the queue, on which a worker takes one share at a time.
func registerQueue(engine dbos.Context) error {
	_, err := dbos.RegisterQueue(engine, queueName, dbos.WithWorkerConcurrency(1),
		dbos.WithQueueBasePollingInterval(queuePoll), dbos.WithQueueOnConflict(dbos.QueueConflictNeverUpdate))
	return err
}

// appear says that the worker lives.
func (w *worker) heartbeat(ctx context.Context) error {
	n, err := w.db.exec(ctx, w.db, `UPDATE workers SET seen_at = `+w.db.now()+` WHERE worker_id = ?1`, w.id)
	if err != nil || n > 0 {
		return err
	}
	now := w.db.now()
	_, err = w.db.exec(ctx, w.db, `INSERT INTO workers (worker_id, name, version, host, cores, joined_at, seen_at)
		VALUES (?1, ?2, ?3, ?4, ?5, `+now+`, `+now+`)`, w.id, w.Name, Version, w.host, runtime.GOMAXPROCS(0))
	return err
}

// live says that the worker lives until ctx ends.
func (w *worker) sendHeartbeats(ctx context.Context) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	away := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		bounded, cancel := context.WithTimeout(ctx, w.db.timeouts.heartbeatTimeout)
		err := w.heartbeat(bounded)
		cancel()
		if failed := err != nil && ctx.Err() == nil; failed != away {
			if away = failed; away {
				w.Logger.Warn("the fleet's database cannot be reached, trying on", "error", withoutPassword(err, w.DB))
			} else {
				w.Logger.Info("the fleet's database can be reached again")
			}
		}
	}
}

// leave waits for the share under way and takes the worker off the list.
func (w *worker) leave(engine dbos.Context) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.db.timeouts.deliveryTimeout)
	defer cancel()
	done := make(chan struct{})
	go func() { w.busy.Lock(); close(done) }() // and takes no other
	beats := time.NewTicker(heartbeatEvery)    // it still lives while it delivers
	defer beats.Stop()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-ctx.Done():
			waiting = false
		case <-beats.C:
			_ = w.heartbeat(ctx) // who counts the beats sees that it failed
		}
	}
	_, err := w.db.exec(ctx, w.db, `DELETE FROM workers WHERE worker_id = ?1`, w.id)
	if err != nil {
		w.Logger.Warn("the fleet was not told that this worker has left", "error", withoutPassword(err, w.DB))
	}
	return w.db.closeAll(engine, 5*time.Second)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
