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

// tables are a fleet's. Times are nanoseconds since 1970 by the database's clock;
// BLOB is BYTEA in PostgreSQL. A row belongs to whoever is named at it and is
// written by nobody else, but for the phase of a share, which whoever gathers sets
// to lost once its worker is silent: from then on the worker's own statements, all
// of which ask for the phase before, find nothing to write.
const tables = `
CREATE TABLE meta (schema_version INTEGER NOT NULL);
CREATE TABLE workers ( -- each by itself
	worker_id TEXT PRIMARY KEY, -- of the process
	name      TEXT NOT NULL,    -- what people call it
	version   TEXT NOT NULL,
	host      TEXT NOT NULL,
	cores     INTEGER NOT NULL,
	joined_at BIGINT NOT NULL,
	seen_at   BIGINT NOT NULL
);
CREATE TABLE loads ( -- whoever gathers
	load_id  TEXT PRIMARY KEY,
	plan     TEXT NOT NULL,   -- JSON, see plan.go
	phase    TEXT NOT NULL,   -- gathering, started, stopped
	reason   TEXT NOT NULL,   -- why it was stopped
	start_at BIGINT NOT NULL, -- the agreed start, 0 before there is one
	origin   BIGINT NOT NULL, -- what the clock of whoever gathers shows then
	seen_at  BIGINT NOT NULL
);
CREATE TABLE shares ( -- the worker that took it
	load_id    TEXT NOT NULL,
	number     INTEGER NOT NULL,
	worker_id  TEXT NOT NULL,
	phase      TEXT NOT NULL, -- ready, sending, ended, failed; lost
	progress   TEXT NOT NULL, -- JSON, see plan.go
	PRIMARY KEY (load_id, number)
);
CREATE TABLE parcels ( -- the worker writes, whoever gathers takes away
	load_id TEXT NOT NULL,
	number  INTEGER NOT NULL, -- the share's
	seq     INTEGER NOT NULL, -- from 0, without gaps
	records INTEGER NOT NULL,
	packed  BLOB NOT NULL,
	PRIMARY KEY (load_id, number, seq)
);`

// migrate makes the tables unless they are there. Processes that start at one
// moment take turns.
func (d *database) migrate(ctx context.Context) error {
	if d.pool == nil {
		err := retryBusy(ctx, func() error {
			return d.atomically(ctx, func(tx *sql.Tx) error { return createTables(ctx, tx, tables, false) })
		})
		if err != nil {
			return fmt.Errorf("%w; name a file in a directory that can be written to", err)
		}
		return nil
	}
	return d.atomically(ctx, func(tx *sql.Tx) error {
		const lock = 0x5a6a1ab_f1ee7 // nobody else's
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

// unlocked does what several processes may do to a new SQLite file at one moment:
// while one of them switches it to its way of writing, the others are refused at
// once, however long they would wait.
func retryBusy(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || !strings.Contains(err.Error(), "SQLITE_BUSY") || sleep(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}

// create makes the tables in a transaction, or checks their version.
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
		err = fmt.Errorf("its tables have version %d, this program wants %d", version, schemaVersion)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = errors.New("it belongs to something else")
	}
	if err != nil {
		err = fmt.Errorf("%w: name another database", err)
	}
	return err
}
