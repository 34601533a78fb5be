package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgresSession runs statements on one connection.
type postgresSession struct {
	ctx     context.Context
	conn    *pgx.Conn
	pending []query // statements that the next round trip sends first
}

// begin begins a transaction, takes the lock and runs the queries of all writers, in
// one round trip. In this order: a statement sees what was committed before it, and
// no other transaction commits once the lock is held.
func (s *postgresSession) begin(key int64, group []*writer) error {
	s.pending = append(s.pending, query{text: "BEGIN"}, query{text: "SELECT pg_advisory_xact_lock(?1)", args: []any{key}})
	for _, w := range group {
		if w.ahead != nil {
			s.pending = append(s.pending, w.ahead()...)
		}
	}
	_, err := s.flush()
	return err
}

// flush sends the pending statements, reads the answers, and returns the last one's
// tag.
func (s *postgresSession) flush() (pgconn.CommandTag, error) {
	if len(s.pending) == 1 { // a batch costs more
		q := s.pending[0]
		s.pending = nil
		return s.single(q)
	}
	_, _, tag, err := s.send()
	return tag, err
}

// send sends the pending statements as one batch. good is how many of them
// succeeded, begun whether some of the answer to the next one was read.
func (s *postgresSession) send() (good int, begun bool, tag pgconn.CommandTag, err error) {
	sent := s.pending
	s.pending = nil
	var batch pgx.Batch
	for _, q := range sent {
		batch.Queue(dollars(q.text), q.args...)
	}
	results := s.conn.SendBatch(s.ctx, &batch)
	for i, q := range sent {
		if q.row == nil {
			tag, err = results.Exec()
			err = classifyWire(err)
		} else if rows, asked := results.Query(); asked != nil {
			err = classifyWire(asked)
		} else {
			begun = true
			tag, err = forEach(rows, q.row)
		}
		if err != nil {
			results.Close()
			return i, begun, tag, err
		}
		begun = false
	}
	return len(sent), false, tag, classifyWire(results.Close())
}

func (s *postgresSession) single(q query) (pgconn.CommandTag, error) {
	if q.row == nil {
		tag, err := s.conn.Exec(s.ctx, dollars(q.text), q.args...)
		return tag, classifyWire(err)
	}
	rows, err := s.conn.Query(s.ctx, dollars(q.text), q.args...)
	if err != nil {
		return pgconn.CommandTag{}, classifyWire(err)
	}
	return forEach(rows, q.row)
}

func forEach(rows pgx.Rows, row func(scan func(...any) error) error) (pgconn.CommandTag, error) {
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return pgconn.CommandTag{}, err
		}
	}
	rows.Close()
	return rows.CommandTag(), classifyWire(rows.Err())
}

func (s *postgresSession) Exec(text string, args ...any) (int64, error) {
	s.pending = append(s.pending, query{text: text, args: args})
	tag, err := s.flush()
	return tag.RowsAffected(), err
}

func (s *postgresSession) Queue(text string, args ...any) error {
	s.pending = append(s.pending, query{text: text, args: args})
	return nil
}

func (s *postgresSession) QueryEach(text string, row func(scan func(...any) error) error, args ...any) error {
	s.pending = append(s.pending, query{text: text, args: args, row: row})
	_, err := s.flush()
	return err
}

func (s *postgresSession) ExecScript(script string) error {
	if len(s.pending) > 0 {
		if _, err := s.flush(); err != nil {
			return err
		}
	}
	return classifyWire(s.conn.PgConn().Exec(s.ctx, script).Close())
}

func (s *postgresSession) commit() error {
	s.pending = append(s.pending, query{text: "COMMIT"})
	tag, err := s.flush()
	switch {
	case IsUnreachable(err):
		return errors.Join(err, ErrCommitUnknown)
	case err != nil:
		s.rollback()
		return err
	case tag.String() != "COMMIT":
		return fmt.Errorf("PostgreSQL answered COMMIT by %s", tag)
	}
	return nil
}

// rollback ends a transaction that failed. When that fails, too, the connection is
// closed, which does the same.
func (s *postgresSession) rollback() {
	if !s.conn.IsClosed() && s.conn.PgConn().TxStatus() != 'I' {
		_, _ = s.conn.Exec(s.ctx, "ROLLBACK")
	}
}

var parameter = regexp.MustCompile(`\?(\d+)`)

// dollarQueries caches the statements in PostgreSQL's way of writing parameters. They
// are the constants of this package, so there are not many.
var dollarQueries sync.Map

func dollars(query string) string {
	if q, ok := dollarQueries.Load(query); ok {
		return q.(string)
	}
	q := parameter.ReplaceAllString(query, "$$$1")
	dollarQueries.Store(query, q)
	return q
}
