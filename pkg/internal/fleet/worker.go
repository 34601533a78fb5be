package fleet

import (
	"cmp"
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

	"sagalab/pkg/buyers"
	"sagalab/pkg/purchase"
)

// The names of the queue and the workflow in the engine.
const (
	queueName    = "sagalab-shares"
	workflowName = "share"
)

// WorkerConfig is how a worker joins a fleet.
type WorkerConfig struct {
	// DB is the fleet's database: a PostgreSQL URL, or a file's path.
	DB string
	// Name names the worker in messages and results. "" means the host name and the
	// process id. It need not be unique.
	Name string
	// Dir is the directory in which records are kept until they are uploaded; "" means
	// a new one in the system's directory for temporary files. Records that could not be
	// uploaded stay there for KeptFor, and a worker with this directory uploads them when
	// their load is collected.
	Dir string
	// Header is sent with every purchase. Secrets belong here only: it is never stored.
	Header http.Header
	// TLS configures https; nil means crypto/tls's defaults.
	TLS *tls.Config
	// AllowHosts are the origins that this worker may put under load, as
	// purchase.ParseOrigin reads them and purchase.Origin.Allows applies them: HOST is
	// https at port 443 of it. Loopback has to be allowed like any other host. The
	// Authorization header goes nowhere else; redirects are not followed.
	AllowHosts []string
	// Feeds are the worker's own copies of the tables that loads take purchases from. A
	// load names one by the hash of its content, and is refused without it.
	Feeds []*buyers.Feed
	// Vars are the values that the file of a load's adapter can have, by name: those of
	// adapters.Environment when the worker was started. They are never stored.
	Vars map[string]string
	// Logger gets loads and errors; nil means slog.Default.
	Logger *slog.Logger
}

// hostName is the name of this machine, for messages.
func hostName() string {
	host, _ := os.Hostname()
	return cmp.Or(host, "unknown")
}

// withDefaults returns c with the defaults of Name and Logger.
func (c WorkerConfig) withDefaults() WorkerConfig {
	if c.Name == "" {
		host, _ := os.Hostname()
		c.Name = fmt.Sprintf("%s-%d", cmp.Or(host, "worker"), os.Getpid())
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// worker is a process that has joined a fleet.
type worker struct {
	WorkerConfig
	db       *database
	id       string
	host     string
	stopping context.Context // ends when the worker is to stop

	busy sync.Mutex // held while it has a partition
}

var errStopping = errors.New("the worker was stopped")

// Work joins a fleet, calls joined with the worker's name, and sends partitions of loads
// until ctx ends. Then it stops the partition under way, uploads what that recorded, and
// returns nil. Once it has joined it retries for as long as the database is out of reach.
func Work(ctx context.Context, c WorkerConfig, joined func(name string)) error {
	c = c.withDefaults()
	for _, text := range c.AllowHosts {
		if _, err := purchase.ParseOrigin(text); err != nil {
			return err
		}
	}
	for _, f := range c.Feeds {
		if err := f.Validate(); err != nil {
			return err
		}
	}
	own, err := c.makeDir()
	if err != nil {
		return fmt.Errorf("the directory for records: %w", err)
	}
	if own {
		defer os.Remove(c.Dir) // unless records are kept in it
	}
	db, err := openDatabase(ctx, c.DB)
	if err != nil {
		return err
	}
	w := &worker{WorkerConfig: c, db: db, id: uuid.NewString(), host: hostName(), stopping: ctx}
	engine, err := db.engine(ctx, w.id, c.Logger)
	if err != nil {
		return errors.Join(err, db.close())
	}
	if err := w.join(ctx, engine); err != nil {
		return errors.Join(err, db.closeAll(engine, time.Second))
	}
	joined(c.Name)
	var redelivering sync.WaitGroup
	redelivering.Go(func() { w.redeliverKept(ctx) })
	w.sendHeartbeats(ctx)
	redelivering.Wait()
	return w.leave(engine)
}

// makeDir makes the directory for records. own is true for a new one of this process.
func (c *WorkerConfig) makeDir() (own bool, err error) {
	if c.Dir != "" {
		return false, os.MkdirAll(c.Dir, 0o755)
	}
	c.Dir, err = os.MkdirTemp("", "sagalab-worker-")
	return true, err
}

// join adds the worker to the fleet and starts to take partitions from the queue.
func (w *worker) join(ctx context.Context, engine dbos.Context) error {
	dbos.RegisterWorkflow(engine, w.partitionWorkflow, dbos.WithWorkflowName(workflowName))
	if err := registerQueue(engine); err != nil {
		return fmt.Errorf("registering the queue in %s: %w", w.db.name, err)
	}
	if err := w.heartbeat(ctx); err != nil {
		return fmt.Errorf("joining the fleet of %s: %w", w.db.name, err)
	}
	return engine.Launch()
}

// registerQueue registers the queue, from which a worker takes one partition at a time.
func registerQueue(engine dbos.Context) error {
	_, err := dbos.RegisterQueue(engine, queueName, dbos.WithWorkerConcurrency(1),
		dbos.WithQueueBasePollingInterval(queuePoll), dbos.WithQueueOnConflict(dbos.QueueConflictNeverUpdate))
	return err
}

// heartbeat updates the worker's row in workers, or inserts it.
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

// sendHeartbeats updates the worker's row every heartbeatEvery until ctx ends.
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
				w.Logger.Warn("the fleet's database is out of reach, retrying", "error", withoutPassword(err, w.DB))
			} else {
				w.Logger.Info("the fleet's database can be reached again")
			}
		}
	}
}

// leave waits for the partition under way, removes the worker from the fleet, and closes
// the database.
func (w *worker) leave(engine dbos.Context) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.db.timeouts.deliveryTimeout)
	defer cancel()
	done := make(chan struct{})
	go func() { w.busy.Lock(); close(done) }() // it stays locked: no other is taken
	beats := time.NewTicker(heartbeatEvery)    // the worker lives while it uploads
	defer beats.Stop()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-ctx.Done():
			waiting = false
		case <-beats.C:
			_ = w.heartbeat(ctx) // the coordinator notices missing heartbeats
		}
	}
	_, err := w.db.exec(ctx, w.db, `DELETE FROM workers WHERE worker_id = ?1`, w.id)
	if err != nil {
		w.Logger.Warn("this worker could not be removed from the list of workers", "error", withoutPassword(err, w.DB))
	}
	return w.db.closeAll(engine, 5*time.Second)
}
