package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // the engine on SQLite
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// The schemas of a fleet in PostgreSQL: its own tables, and the engine's.
const (
	tablesSchema = "sagalab_fleet"
	engineSchema = "sagalab_fleet_engine"
)

// connectionsMax bounds the connections of one process to PostgreSQL.
const connectionsMax = 5

// openTimeout bounds connecting and making tables.
const openTimeout = 30 * time.Second

// database is a connection to a fleet's database.
type database struct {
	*sql.DB
	name     string        // the address without a password
	pool     *pgxpool.Pool // nil for SQLite
	enginedb *sql.DB       // nil for PostgreSQL
	closing  atomic.Bool
	timeouts timeouts
}

// openDatabase connects to a fleet's database, a URL of PostgreSQL or the path of a SQLite
// file, and makes its tables unless they are there.
func openDatabase(ctx context.Context, where string) (*database, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	var d *database
	var err error
	switch {
	case where == "":
		return nil, errors.New("a fleet needs a database: give a PostgreSQL URL such as postgres://sagalab@db.example/fleet, or the path of a file for processes of one machine")
	case strings.HasPrefix(where, "postgres://"), strings.HasPrefix(where, "postgresql://"):
		d, err = openPostgres(ctx, where)
	case strings.Contains(where, "://"):
		return nil, fmt.Errorf("%s is not the database of a fleet: want postgres://… or the path of a file", addressWithoutPassword(where))
	default:
		d, err = openFile(where)
	}
	if err != nil {
		return nil, fmt.Errorf("the fleet's database %s: %w", addressWithoutPassword(where), withoutPassword(err, where))
	}
	d.name, d.timeouts = addressWithoutPassword(where), defaultTimeouts
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the fleet's database %s: %w", d.name, withMigrateAdvice(withoutPassword(err, where))), d.close())
	}
	return d, nil
}

// openPostgres connects to PostgreSQL.
func openPostgres(ctx context.Context, where string) (*database, error) {
	config, err := pgxpool.ParseConfig(where)
	if err != nil {
		return nil, err
	}
	config.MaxConns = connectionsMax
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	for name, value := range map[string]string{
		"application_name": "sagalab fleet", "search_path": tablesSchema,
		// no statement waits without a bound, and no dead process holds a lock
		"statement_timeout": "20s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "20s",
	} {
		config.ConnConfig.RuntimeParams[name] = value
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w; check the address, the role and its password (PGPASSWORD, PGPASSFILE), and sslmode", err)
	}
	return &database{DB: stdlib.OpenDBFromPool(pool), pool: pool}, nil
}

// openFile opens two SQLite files beside each other, one for the tables and one for the
// engine, with one connection each: SQLite has one writer at a time anyway.
func openFile(path string) (*database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	open := func(path string) (*sql.DB, error) {
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
			"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
		if err == nil {
			db.SetMaxOpenConns(1)
		}
		return db, err
	}
	tables, err := open(path)
	if err != nil {
		return nil, err
	}
	engine, err := open(strings.TrimSuffix(path, filepath.Ext(path)) + "-engine" + filepath.Ext(path))
	if err != nil {
		return nil, errors.Join(err, tables.Close())
	}
	return &database{DB: tables, enginedb: engine}, nil
}

// closeAll shuts the engine down within wait, then closes the database.
func (d *database) closeAll(engine dbos.Context, wait time.Duration) error {
	d.closing.Store(true)
	return errors.Join(dbos.Shutdown(engine, wait), d.close())
}

func (d *database) close() error {
	err := d.DB.Close()
	if d.pool != nil {
		d.pool.Close()
		return err
	}
	return errors.Join(err, d.enginedb.Close())
}

// engine returns DBOS on this database; executor is the id of this process.
func (d *database) engine(ctx context.Context, executor string, logger *slog.Logger) (dbos.Context, error) {
	c := dbos.Config{
		AppName: "sagalab-fleet", ApplicationVersion: Version, ExecutorID: executor,
		Logger:                 slog.New(engineLog{logger.Handler(), &d.closing}),
		SystemDBStartupTimeout: openTimeout,
		// notifications are not used, and polling for them every 10 ms took half of an idle
		// worker's processor time
		NotificationCoalesceInterval: time.Minute,
	}
	if d.pool != nil {
		c.SystemDBPool, c.DatabaseSchema = d.pool, engineSchema
	} else {
		c.SQLiteSystemDB = d.enginedb
	}
	var engine dbos.Context
	bounded, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	err := d.exclusively(bounded, func() (err error) {
		engine, err = dbos.NewContext(context.WithoutCancel(ctx), c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the engine in the fleet's database %s: %w", d.name, withMigrateAdvice(err))
	}
	return engine, nil
}

// engineLock is the advisory lock under which the engine makes its tables.
const engineLock = 0x5a6a1ab_e4617e

// exclusively runs do while no other process of the fleet does: the engine's migrations
// fail when two processes run them at once.
func (d *database) exclusively(ctx context.Context, do func() error) error {
	if d.pool == nil {
		return retryBusy(ctx, do)
	}
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	for got := false; !got; {
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(engineLock)).Scan(&got); err != nil {
			return err
		}
		if !got {
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return fmt.Errorf("another process is making the engine's tables: %w", err)
			}
		}
	}
	defer func() { // a connection that is gone has released the lock
		_, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(engineLock))
	}()
	return do()
}

// now returns an SQL expression for the database's clock, in nanoseconds since 1970. With
// SQLite that is the clock of the machine that all processes share.
func (d *database) now() string {
	if d.pool != nil {
		return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) * 1000"
	}
	return fmt.Sprint(time.Now().UnixNano())
}

// atomically runs fn in a transaction, which it commits when fn returns nil.
func (d *database) atomically(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// queryRunner is a database or a transaction in it.
type queryRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// exec runs one statement and returns how many rows it changed. Its parameters are ?1, ?2
// and so on.
func (d *database) exec(ctx context.Context, in queryRunner, query string, args ...any) (int64, error) {
	r, err := in.ExecContext(ctx, d.rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// query runs one statement that returns rows.
func (d *database) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.QueryContext(ctx, d.rebind(query), args...)
}

// rebind returns a statement with the parameters of this database: $1 in PostgreSQL.
func (d *database) rebind(query string) string {
	if d.pool != nil {
		return strings.ReplaceAll(query, "?", "$")
	}
	return query
}

// engineLog passes on the engine's errors until it is closed: after that they are about
// being interrupted.
type engineLog struct {
	slog.Handler
	closing *atomic.Bool
}

func (e engineLog) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError && !e.closing.Load() && e.Handler.Enabled(ctx, l)
}

func (e engineLog) WithAttrs(a []slog.Attr) slog.Handler {
	return engineLog{e.Handler.WithAttrs(a), e.closing}
}

func (e engineLog) WithGroup(name string) slog.Handler {
	return engineLog{e.Handler.WithGroup(name), e.closing}
}

// addressWithoutPassword returns a database's address as it may be printed.
func addressWithoutPassword(where string) string {
	if u, err := url.Parse(where); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host + u.Path
	}
	if at := strings.LastIndexByte(where, '@'); at >= 0 && strings.Contains(where, "://") {
		return "postgres://…@" + where[at+1:]
	}
	return where
}

// withMigrateAdvice adds to the error of a role that may not make tables what to do. The
// engine's errors have PostgreSQL's code in their text only.
func withMigrateAdvice(err error) error {
	if !strings.Contains(err.Error(), "SQLSTATE 42501") {
		return err
	}
	return fmt.Errorf("%w; have the owner of its schemas run `sagalab migrate` first (see Deployment in the README), or grant this role CREATE on the database", err)
}

var passwords = regexp.MustCompile(`(?i)(password=)\S+|(://[^:/@\s]*:)[^@\s]*@`)

// withoutPassword returns err without the password of the address in its text.
func withoutPassword(err error, where string) error {
	text := err.Error()
	if u, parsed := url.Parse(where); parsed == nil && u.User != nil {
		if secret, ok := u.User.Password(); ok && secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	text = passwords.ReplaceAllString(text, "$1$2…")
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
