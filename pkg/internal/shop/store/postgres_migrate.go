package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The tables on PostgreSQL are those of SQLite (orders.go, stock.go, payments.go)
// with PostgreSQL's types, and with the tables of leases and fixtures that processes
// share.
const (
	aboutTable = `
CREATE TABLE about ( -- one row
	role    TEXT NOT NULL,
	version INTEGER NOT NULL,
	epoch   BIGINT NOT NULL -- the fixture that is set here, see fixture_postgres.go
);`
	effectsTable = `
CREATE TABLE effects (
	order_id TEXT NOT NULL,
	step     TEXT NOT NULL,
	action   TEXT NOT NULL,
	outcome  TEXT NOT NULL,
	amount   BIGINT NOT NULL,
	at       BIGINT NOT NULL,
	PRIMARY KEY (order_id, step, action)
);`
	ordersTables = aboutTable + effectsTable + `
CREATE TABLE orders (
	seq               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	order_id          TEXT NOT NULL UNIQUE,
	idempotency_key   TEXT UNIQUE,
	user_id           BIGINT NOT NULL,
	product_id        BIGINT NOT NULL,
	quantity          BIGINT NOT NULL,
	payment_method_id BIGINT NOT NULL,
	status            TEXT NOT NULL,
	reason            TEXT NOT NULL,
	created_at        BIGINT NOT NULL,
	updated_at        BIGINT NOT NULL,
	owner             TEXT NOT NULL -- the lease of the process that runs its saga
);
CREATE INDEX unfinished ON orders (seq) WHERE status IN ('PENDING', 'COMPENSATING');
CREATE TABLE processes (
	process TEXT PRIMARY KEY,
	expires TIMESTAMPTZ NOT NULL
);
CREATE TABLE scene ( -- one row
	epoch  BIGINT NOT NULL, -- counts the fixtures
	setter TEXT NOT NULL,   -- the lease of the process that is setting one, '' if none is
	scene  TEXT             -- the fixture that is being set, NULL while purchases are awaited
);
INSERT INTO scene VALUES (0, '', NULL);`
	stockTables = aboutTable + effectsTable + `
CREATE TABLE products (
	product_id BIGINT PRIMARY KEY,
	price      BIGINT NOT NULL CHECK (price >= 1),
	stock      BIGINT NOT NULL CHECK (stock >= 0),
	reserved   BIGINT NOT NULL CHECK (reserved >= 0)
) WITH (fillfactor = 50);`
	paymentsTables = aboutTable + effectsTable + `
CREATE TABLE users (
	user_id BIGINT PRIMARY KEY,
	balance BIGINT NOT NULL CHECK (balance >= 0)
) WITH (fillfactor = 50);
CREATE TABLE ledger (
	entry_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	order_id TEXT NOT NULL,
	user_id  BIGINT NOT NULL,
	kind     TEXT NOT NULL,
	amount   BIGINT NOT NULL CHECK (amount > 0),
	at       BIGINT NOT NULL
);`
)

// migrationLock is the advisory lock of a process that makes or checks the schemas.
var migrationLock = lockKey("migrations")

// migrationTimeout bounds how long a process waits for another one that migrates.
const migrationTimeout = time.Minute

// migrateAlone runs fn while no other process does. It polls for the lock: a statement
// that waits for it would hold a snapshot, and the engine's migrations wait for all
// transactions that hold one.
func migrateAlone(ctx context.Context, pool *pgxpool.Pool, fn func() error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	bounded, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	for locked := false; ; {
		if err := conn.QueryRow(bounded, "SELECT pg_try_advisory_lock($1)", migrationLock).Scan(&locked); err != nil {
			return err
		}
		if locked {
			break
		}
		select {
		case <-bounded.Done():
			return fmt.Errorf("another process has been migrating for %v", migrationTimeout)
		case <-time.After(20 * time.Millisecond):
		}
	}
	err = fn()
	if _, unlock := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock); unlock != nil {
		conn.Conn().Close(ctx) // which ends the lock, too
	}
	return err
}

// migrate creates a participant's schema unless it exists, and refuses one that
// belongs to another program before anything is written to it.
func migrate(ctx context.Context, pool *pgxpool.Pool, schema, tables string) error {
	fresh, err := identifySchema(ctx, pool, schema)
	if err != nil || !fresh {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(t pgx.Tx) error {
		var there bool
		if err := t.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, schema).Scan(&there); err != nil {
			return err
		}
		if !there { // IF NOT EXISTS would need the privilege CREATE although the schema exists
			if _, err := t.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
				return err
			}
		}
		if _, err := t.Conn().PgConn().Exec(ctx, tables).ReadAll(); err != nil {
			return err
		}
		_, err := t.Exec(ctx, "INSERT INTO about VALUES ($1, $2, 0)", schema, schemaVersion)
		return err
	})
}

func identifySchema(ctx context.Context, pool *pgxpool.Pool, schema string) (fresh bool, err error) {
	var tables int
	var hasAbout bool
	err = pool.QueryRow(ctx, `SELECT count(*), coalesce(bool_or(tablename = 'about'), false) FROM pg_tables WHERE schemaname = $1`,
		schema).Scan(&tables, &hasAbout)
	switch {
	case err != nil:
		return false, err
	case tables == 0:
		return true, nil
	case !hasAbout:
		return false, foreignSchema(schema)
	}
	var role string
	var version int
	err = pool.QueryRow(ctx, "SELECT role, version FROM "+schema+".about").Scan(&role, &version)
	switch {
	case sqlState(err) == "42501": // insufficient_privilege, for which Server.Explain has advice
		return false, err
	case err != nil || role != schema:
		return false, errors.Join(foreignSchema(schema), err)
	case version != schemaVersion:
		return false, fmt.Errorf("the schema %s was written by another version of this service (schema %d, want %d): use another database",
			schema, version, schemaVersion)
	}
	return false, nil
}

func foreignSchema(schema string) error {
	return fmt.Errorf("the schema %s belongs to something else: use another database", schema)
}
