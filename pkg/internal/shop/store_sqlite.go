package shop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // the engine on SQLite
	"modernc.org/sqlite"
)

// sqliteFile is a participant's database in a file. It has one connection behind
// one lock: SQLite writes one transaction at a time anyway, and waiting in Go is
// cheaper and fairer than waiting in SQLite's busy handler. Statements are prepared
// once.
type sqliteFile struct {
	path string

	mu    sync.Mutex
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// schemaVersion goes up when a stored table changes its meaning.
const schemaVersion = 1

// openSQLiteStore opens the database file at path, or creates it with schema and
// first, all in one transaction. The role is a letter written into the file, so
// that no other file is taken for it.
func openSQLiteStore(ctx context.Context, path string, role byte, schema string, first func(tx) error) (*store, error) {
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
		return nil, openError(path, err)
	}
	if fresh {
		err = f.write("", nil, func(t tx) error {
			if err := t.script(schema + stamp(role)); err != nil {
				return err
			}
			return first(t)
		})
	}
	if err != nil {
		f.close()
		return nil, openError(path, err)
	}
	return &store{f}, nil
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
		return nil, openError(path, err)
	}
	db := sql.OpenDB(preparing{c})
	db.SetMaxOpenConns(1)
	return db, nil
}

// applicationID marks a file as ours ("sag") and tells its role.
func applicationID(role byte) int64 {
	return int64('s')<<24 | int64('a')<<16 | int64('g')<<8 | int64(role)
}

func stamp(role byte) string {
	return fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID(role), schemaVersion)
}

// identify reports whether path is still to be created, and refuses a file that
// belongs to something else before anything is written to it.
func identify(ctx context.Context, path string, role byte) (fresh bool, err error) {
	db, err := sql.Open("sqlite", dsn(path, "_pragma=busy_timeout(10000)"))
	if err != nil {
		return false, openError(path, err)
	}
	defer db.Close()
	var id, version, tables int64
	err = db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&id, &version, &tables)
	switch {
	case err != nil:
		return false, openError(path, err)
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

func openError(path string, err error) error {
	return fmt.Errorf("cannot use %s as a database: %w; name a file in a directory that can be written to", path, err)
}

func (f *sqliteFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, st := range f.stmts {
		errs = append(errs, st.Close())
	}
	if f.conn != nil {
		errs = append(errs, f.conn.Close())
	}
	return errors.Join(append(errs, f.db.Close())...)
}

func (f *sqliteFile) write(_ string, ahead func() []query, fn func(tx) error) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := tx{sqliteSession{f}}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() { // also when fn panics, else the store would stay locked
		if !committed {
			_, rollback := t.exec("ROLLBACK")
			err = errors.Join(err, rollback)
		}
	}()
	if ahead != nil {
		for _, q := range ahead() {
			if err := t.each(q.text, q.row, q.args...); err != nil {
				return err
			}
		}
	}
	if err := fn(t); err != nil {
		return err
	}
	if _, err := t.exec("COMMIT"); err != nil {
		return err
	}
	committed = true
	return nil
}

func (f *sqliteFile) read(fn func(tx) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fn(tx{sqliteSession{f}})
}

func (f *sqliteFile) emptied(tables ...string) string {
	var script strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&script, "DELETE FROM %s;", table)
	}
	return script.String()
}

func (f *sqliteFile) anyOf(parameter string) string {
	return "IN (SELECT value FROM json_each(" + parameter + "))"
}

// sqliteSession runs statements without a context: each takes microseconds, and
// watching a context costs the driver a goroutine a statement.
type sqliteSession struct{ f *sqliteFile }

func (s sqliteSession) prepared(query string) (*sql.Stmt, error) {
	if st, ok := s.f.stmts[query]; ok {
		return st, nil
	}
	st, err := s.f.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.f.path, err)
	}
	s.f.stmts[query] = st
	return st, nil
}

func (s sqliteSession) exec(query string, args ...any) (int64, error) {
	st, err := s.prepared(query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", s.f.path, err)
	}
	return res.RowsAffected()
}

func (s sqliteSession) later(query string, args ...any) error {
	_, err := s.exec(query, args...)
	return err
}

func (s sqliteSession) script(script string) error {
	_, err := s.f.conn.ExecContext(context.Background(), script)
	return err
}

func (s sqliteSession) each(query string, row func(scan func(...any) error) error, args ...any) error {
	st, err := s.prepared(query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(context.Background(), args...)
	if err != nil {
		return fmt.Errorf("%s: %w", s.f.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
