package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// schemaVersion goes up when a table changes.
const schemaVersion = 1

// tables makes a fleet's tables. Times are nanoseconds since 1970 by the database's clock;
// BLOB is BYTEA in PostgreSQL. The comment at each table says which process writes its
// rows. There is one exception: the coordinator sets the phase of a partition to lost once
// its worker is silent. From then on the worker's own statements, all of which are
// conditional on the phase before, change nothing.
const tables = `
CREATE TABLE meta (schema_version INTEGER NOT NULL);
CREATE TABLE workers ( -- written by the worker
	worker_id TEXT PRIMARY KEY,
	name      TEXT NOT NULL,    -- for messages and results
	version   TEXT NOT NULL,
	host      TEXT NOT NULL,
	cores     INTEGER NOT NULL,
	joined_at BIGINT NOT NULL,
	seen_at   BIGINT NOT NULL
);
CREATE TABLE loads ( -- written by the coordinator
	load_id  TEXT PRIMARY KEY,
	plan     TEXT NOT NULL,   -- JSON, see plan.go
	phase    TEXT NOT NULL,   -- gathering, started, stopped; collecting, incomplete (collector.go)
	reason   TEXT NOT NULL,   -- why it was stopped
	start_at BIGINT NOT NULL, -- the common start, 0 before it is set
	origin   BIGINT NOT NULL, -- the same by the coordinator's clock
	seen_at  BIGINT NOT NULL
);
CREATE TABLE shares ( -- a partition of a load; written by the worker that claimed it
	load_id    TEXT NOT NULL,
	number     INTEGER NOT NULL,
	worker_id  TEXT NOT NULL,
	phase      TEXT NOT NULL, -- taken, ready, sending, ended, failed; lost
	progress   TEXT NOT NULL, -- JSON, see progress.go
	PRIMARY KEY (load_id, number)
);
CREATE TABLE parcels ( -- a chunk of records; written by the worker, deleted by the coordinator
	load_id TEXT NOT NULL,
	number  INTEGER NOT NULL, -- of the partition
	seq     INTEGER NOT NULL, -- from 0, without gaps
	records INTEGER NOT NULL,
	packed  BLOB NOT NULL,
	PRIMARY KEY (load_id, number, seq)
);`

// migrate makes the tables unless they are there. Processes that start at the same time
// take turns.
func (d *database) migrate(ctx context.Context) error {
	if d.pool == nil {
		err := retryBusy(ctx, func() error {
			return d.atomically(ctx, func(tx *sql.Tx) error { return createTables(ctx, tx, tables, false) })
		})
		if err != nil && !errors.Is(err, errOtherTables) {
			err = fmt.Errorf("%w; name a file in a directory that can be written to", err)
		}
		return err
	}
	return d.atomically(ctx, func(tx *sql.Tx) error {
		const lock = 0x5a6a1ab_f1ee7 // of this purpose only
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(lock)); err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, tablesSchema).Scan(&there); err != nil {
			return err
		}
		if !there {
			if _, err := tx.ExecContext(ctx, `CREATE SCHEMA `+tablesSchema); err != nil {
				return err
			}
		}
		return createTables(ctx, tx, strings.NewReplacer("BLOB", "BYTEA", "CREATE TABLE ", "CREATE TABLE "+tablesSchema+".").Replace(tables), true)
	})
}

// retryBusy repeats do while SQLite refuses it as busy. That happens when several processes
// open a new file at once: while one switches it to WAL, the others are refused without
// regard to busy_timeout.
func retryBusy(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || !strings.Contains(err.Error(), "SQLITE_BUSY") || sleep(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}

// errOtherTables is the error for tables that this program cannot use.
var errOtherTables = errors.New("not the tables of this program")

// createTables makes the tables in a transaction, or checks the version of those that are
// there.
func createTables(ctx context.Context, tx *sql.Tx, script string, postgres bool) error {
	exists := `SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`
	meta := "meta"
	if postgres {
		exists = `SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = '` + tablesSchema + `' AND tablename = 'meta'`
		meta = tablesSchema + ".meta"
	}
	var n, version int
	if err := tx.QueryRowContext(ctx, exists).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		_, err := tx.ExecContext(ctx, script)
		if err == nil {
			_, err = tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %s VALUES (%d)`, meta, schemaVersion))
		}
		return err
	}
	err := tx.QueryRowContext(ctx, `SELECT schema_version FROM `+meta).Scan(&version)
	if err == nil && version != schemaVersion {
		err = fmt.Errorf("%w: its tables have version %d, this program needs version %d; use the program that made them, or name another database", errOtherTables, version, schemaVersion)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: its table meta has no version; name another database", errOtherTables)
	}
	return err
}
