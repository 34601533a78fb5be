package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// sqliteFile is a backend in a file. It has one connection behind one lock: SQLite
// writes one transaction at a time anyway, and waiting in Go is cheaper and fairer
// than in SQLite's busy handler. Statements are prepared once.
type sqliteFile struct {
	path string

	mu    sync.Mutex
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
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

func (f *sqliteFile) write(_ string, ahead func() []query, fn func(Tx) error) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := Tx{sqliteSession{f}}
	if _, err := t.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() { // also when fn panics, else the file would stay locked
		if !committed {
			_, rollback := t.Exec("ROLLBACK")
			err = errors.Join(err, rollback)
		}
	}()
	if ahead != nil {
		for _, q := range ahead() {
			if err := t.QueryEach(q.text, q.row, q.args...); err != nil {
				return err
			}
		}
	}
	if err := fn(t); err != nil {
		return err
	}
	if _, err := t.Exec("COMMIT"); err != nil {
		return err
	}
	committed = true
	return nil
}

func (f *sqliteFile) read(fn func(Tx) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fn(Tx{sqliteSession{f}})
}

func (f *sqliteFile) blockWrites() (release func()) {
	f.mu.Lock()
	return f.mu.Unlock
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

func (s sqliteSession) Exec(query string, args ...any) (int64, error) {
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

func (s sqliteSession) Queue(query string, args ...any) error {
	_, err := s.Exec(query, args...)
	return err
}

func (s sqliteSession) ExecScript(script string) error {
	_, err := s.f.conn.ExecContext(context.Background(), script)
	return err
}

func (s sqliteSession) QueryEach(query string, row func(scan func(...any) error) error, args ...any) error {
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
