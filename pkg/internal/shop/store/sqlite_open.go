package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"

	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // the engine on SQLite
	"modernc.org/sqlite"
)

// schemaVersion goes up when a stored table changes its meaning.
const schemaVersion = 1

// The roles of database files: a letter that is written into the file.
const (
	ordersRole   = 'o'
	stockRole    = 's'
	paymentsRole = 'p'
	engineRole   = 'e'
)

// openSQLiteDatabase opens the database file at path, or creates it with schema and
// first, all in one transaction. A file of another role is refused.
func openSQLiteDatabase(ctx context.Context, path string, role byte, schema string, first func(Tx) error) (*Database, error) {
	fresh, err := identify(ctx, path, role)
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(path)
	if err != nil {
		return nil, err
	}
	f := &sqliteFile{path: path, db: db, stmts: map[string]*sql.Stmt{}}
	if f.conn, err = db.Conn(ctx); err != nil {
		db.Close()
		return nil, OpenError(path, err)
	}
	if fresh {
		err = f.write("", nil, func(t Tx) error {
			if err := t.ExecScript(schema + stampScript(role)); err != nil {
				return err
			}
			return first(t)
		})
	}
	if err != nil {
		f.close()
		return nil, OpenError(path, err)
	}
	return &Database{f}, nil
}

// OpenEngineDB opens the saga engine's database file, or creates it.
func OpenEngineDB(ctx context.Context, path string) (*sql.DB, error) {
	fresh, err := identify(ctx, path, engineRole)
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(path)
	if err != nil {
		return nil, err
	}
	if fresh {
		if _, err := db.ExecContext(ctx, stampScript(engineRole)); err != nil {
			db.Close()
			return nil, OpenError(path, err)
		}
	}
	return db, nil
}

// RemoveEngineDB removes the saga engine's database file and the files that SQLite
// keeps beside it. It refuses the file of another program.
func RemoveEngineDB(ctx context.Context, path string) error {
	if _, err := identify(ctx, path, engineRole); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// dsn names a database file for the driver; parameters follow "?".
func dsn(path string, parameters ...string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(parameters, "&")
}

// openSQLite opens path with the settings that the service runs on. One
// connection: with eight the slowest purchase took 2.3 s.
func openSQLite(path string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn(path, "_txlock=immediate", "_pragma=busy_timeout(10000)",
		"_pragma=foreign_keys(ON)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)"))
	if err != nil {
		return nil, OpenError(path, err)
	}
	db := sql.OpenDB(preparingConnector{c})
	db.SetMaxOpenConns(1)
	return db, nil
}

// applicationID marks a file as the service's ("sag") and contains its role.
func applicationID(role byte) int64 {
	return int64('s')<<24 | int64('a')<<16 | int64('g')<<8 | int64(role)
}

func stampScript(role byte) string {
	return fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID(role), schemaVersion)
}

// identify reports whether path is still to be created, and refuses a file that
// belongs to another program before anything is written to it.
func identify(ctx context.Context, path string, role byte) (fresh bool, err error) {
	db, err := sql.Open("sqlite", dsn(path, "_pragma=busy_timeout(10000)"))
	if err != nil {
		return false, OpenError(path, err)
	}
	defer db.Close()
	var id, version, tables int64
	err = db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&id, &version, &tables)
	switch {
	case err != nil:
		return false, OpenError(path, err)
	case id == 0 && tables == 0:
		return true, nil
	case id != applicationID(role):
		return false, fmt.Errorf("%s is a database of something else: name another file", path)
	case version != schemaVersion:
		return false, fmt.Errorf("%s was written by another version of this service (schema %d, want %d): name another file",
			path, version, schemaVersion)
	}
	return false, nil
}

// OpenError returns the error of a database file that cannot be opened, with advice.
func OpenError(path string, err error) error {
	return fmt.Errorf("cannot use %s as a database: %w; name a file in a directory that can be written to", path, err)
}
