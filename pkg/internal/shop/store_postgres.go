package shop

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// groupTime bounds a transaction, whatever the network does. The server's own
	// timeouts are shorter (postgres.go), so that it is the server that tells.
	groupTime = 20 * time.Second
	// maxGroup is how many writers share a transaction.
	maxGroup = 64
	// maxConflicts is how often a transaction that PostgreSQL took back because of
	// others is begun anew.
	maxConflicts = 5
)

// postgresSchema is a participant's data in a schema of PostgreSQL. One
// transaction at a time writes into it, of whatever process: an advisory lock,
// taken before anything is read, sees to that. So barriers need no locks of their
// own, nothing deadlocks, and numbers (orders.seq, ledger.entry_id) appear in their
// order, which cursors rely on.
//
// That costs no throughput, because hot rows (a product on sale) would be waited
// for anyway, and because writers of one process who wait for their turn share it:
// all of them go through one transaction, with one commit and with the round trips
// of one.
type postgresSchema struct {
	where string // for errors
	pool  *pgxpool.Pool
	key   int64 // of the advisory lock

	turn    sync.Mutex // held while a group is written
	writers line[*writer]
	readers line[*reader]
}

// writer is somebody who waits for a transaction.
type writer struct {
	about string
	ahead func() []query
	fn    func(tx) error
	done  chan struct{}
	err   error
	panic any // what fn panicked with
}

// reader is somebody who waits for the answer to one question.
type reader struct {
	query
	done chan struct{}
	err  error
}

func newPostgresSchema(where, schema string, pool *pgxpool.Pool) *postgresSchema {
	p := &postgresSchema{where: where, pool: pool, key: lockKey(schema)}
	p.writers = line[*writer]{serve: p.together, fits: apart}
	p.readers = line[*reader]{serve: p.answer, fits: func(group []*reader, _ *reader) bool { return len(group) < maxGroup }}
	return p
}

// apart keeps those apart who are about the same: what they want to know ahead is
// asked before any of them writes, so one would not see what the other did.
func apart(group []*writer, next *writer) bool {
	return len(group) < maxGroup && group[0].about != "" && next.about != "" &&
		!slices.ContainsFunc(group, func(w *writer) bool { return w.about == next.about })
}

// lockKey names an advisory lock; those of a database are numbers.
func lockKey(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte("sagalab " + name))
	return int64(h.Sum64())
}

func (p *postgresSchema) close() error {
	p.pool.Close()
	return nil
}

// errUncertain is the error of a transaction that may have been committed: the
// connection broke while the answer was awaited.
var errUncertain = errors.New("it is not known whether it took place")

func (p *postgresSchema) write(about string, ahead func() []query, fn func(tx) error) error {
	w := &writer{about: about, ahead: ahead, fn: fn, done: make(chan struct{})}
	p.writers.join(w)
	<-w.done
	if w.panic != nil {
		panic(w.panic)
	}
	return w.err
}

// together writes a group in one transaction. When that fails because of one of
// them, or of what others do, each gets a transaction of its own.
func (p *postgresSchema) together(group []*writer) {
	p.turn.Lock()
	defer p.turn.Unlock()
	err := p.transaction(group)
	for _, w := range group {
		w.err = err
		switch {
		case err == nil || unreachable(err) || timedOut(err):
		case len(group) > 1 || conflict(err):
			w.err = p.alone(w)
		}
		if w.err != nil && w.panic == nil {
			w.err = fmt.Errorf("%s: %w", p.where, w.err)
		}
		close(w.done)
	}
}

// alone writes for one, again and again as long as others are the reason why not.
func (p *postgresSchema) alone(w *writer) (err error) {
	for range maxConflicts {
		w.panic = nil
		if err = p.transaction([]*writer{w}); !conflict(err) {
			return err
		}
	}
	return err
}

func (p *postgresSchema) transaction(group []*writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return wire(err)
	}
	defer conn.Release() // which closes it unless the transaction has ended
	s := &postgresSession{ctx: ctx, conn: conn.Conn()}
	if err := s.begin(p.key, group); err != nil {
		s.rollback()
		return err
	}
	for _, w := range group {
		if err := w.run(tx{s}); err != nil {
			s.rollback()
			return err
		}
	}
	return s.commit()
}

// run is fn, whose panic is for the goroutine that waits and not for this one.
func (w *writer) run(t tx) (err error) {
	defer func() {
		if w.panic = recover(); w.panic != nil {
			err = fmt.Errorf("panic: %v", w.panic)
		}
	}()
	return w.fn(t)
}

func (p *postgresSchema) read(fn func(tx) error) error {
	if err := fn(tx{postgresReading{p}}); err != nil {
		return fmt.Errorf("%s: %w", p.where, err)
	}
	return nil
}

// answer asks the questions of a group in one round trip.
func (p *postgresSchema) answer(group []*reader) {
	for len(group) > 0 {
		n := p.ask(group)
		for _, r := range group[:n] {
			close(r.done)
		}
		group = group[n:]
	}
}

// ask asks the questions of a group, and reports how many of them were answered, or
// failed: after one that failed the server answers no more.
func (p *postgresSchema) ask(group []*reader) (answered int) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		err = wire(err)
	} else {
		defer conn.Release()
		s := &postgresSession{ctx: ctx, conn: conn.Conn()}
		for _, r := range group {
			s.pending = append(s.pending, r.query)
		}
		var begun bool
		if answered, begun, _, err = s.send(); err == nil || answered == len(group) {
			return len(group)
		}
		if !begun && !unreachable(err) { // it may be another one's fault: all are parsed before any is run
			_, err = s.single(group[answered].query)
		}
	}
	if !unreachable(err) {
		group[answered].err = err
		return answered + 1
	}
	for _, r := range group[answered:] {
		r.err = err
	}
	return len(group)
}

// postgresReading asks, in one round trip with others, and does nothing else.
type postgresReading struct{ p *postgresSchema }

func (s postgresReading) each(text string, row func(scan func(...any) error) error, args ...any) error {
	r := &reader{query: query{text, args, row}, done: make(chan struct{})}
	s.p.readers.join(r)
	<-r.done
	return r.err
}

var errReading = errors.New("this only reads")

func (postgresReading) exec(string, ...any) (int64, error) { return 0, errReading }
func (postgresReading) later(string, ...any) error         { return errReading }
func (postgresReading) script(string) error                { return errReading }

// direct runs one statement without waiting for the turn of a writer.
func (p *postgresSchema) direct(statement string, args ...any) (changed int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	tag, err := p.pool.Exec(ctx, dollars(statement), args...)
	if err = wire(err); err != nil {
		return 0, fmt.Errorf("%s: %w", p.where, err)
	}
	return tag.RowsAffected(), nil
}

// emptied takes a moment, however much there is; deleting a million orders would
// take longer than a statement may.
func (p *postgresSchema) emptied(tables ...string) string {
	return "TRUNCATE " + strings.Join(tables, ", ")
}

func (p *postgresSchema) anyOf(parameter string) string {
	return "IN (SELECT json_array_elements_text(" + parameter + "::json))"
}

// postgresSession runs statements on one connection.
type postgresSession struct {
	ctx     context.Context
	conn    *pgx.Conn
	pending []query // statements that go along with the next round trip
}

// begin begins a transaction, takes the lock and asks what everybody wants to know
// ahead, in one round trip. In this order: a statement sees what was committed
// before it, and nobody commits any more once the lock is held.
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

// flush sends what is pending, reads the answers, and returns the last one's tag.
func (s *postgresSession) flush() (pgconn.CommandTag, error) {
	if len(s.pending) == 1 { // a batch takes more
		q := s.pending[0]
		s.pending = nil
		return s.single(q)
	}
	_, _, tag, err := s.send()
	return tag, err
}

// send is flush for several statements. good is how many of them went well, begun
// whether some of the answer to the next one was read.
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
			err = wire(err)
		} else if rows, asked := results.Query(); asked != nil {
			err = wire(asked)
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
	return len(sent), false, tag, wire(results.Close())
}

func (s *postgresSession) single(q query) (pgconn.CommandTag, error) {
	if q.row == nil {
		tag, err := s.conn.Exec(s.ctx, dollars(q.text), q.args...)
		return tag, wire(err)
	}
	rows, err := s.conn.Query(s.ctx, dollars(q.text), q.args...)
	if err != nil {
		return pgconn.CommandTag{}, wire(err)
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
	return rows.CommandTag(), wire(rows.Err())
}

func (s *postgresSession) exec(text string, args ...any) (int64, error) {
	s.pending = append(s.pending, query{text: text, args: args})
	tag, err := s.flush()
	return tag.RowsAffected(), err
}

func (s *postgresSession) later(text string, args ...any) error {
	s.pending = append(s.pending, query{text: text, args: args})
	return nil
}

func (s *postgresSession) each(text string, row func(scan func(...any) error) error, args ...any) error {
	s.pending = append(s.pending, query{text: text, args: args, row: row})
	_, err := s.flush()
	return err
}

func (s *postgresSession) script(script string) error {
	if len(s.pending) > 0 {
		if _, err := s.flush(); err != nil {
			return err
		}
	}
	return wire(s.conn.PgConn().Exec(s.ctx, script).Close())
}

func (s *postgresSession) commit() error {
	s.pending = append(s.pending, query{text: "COMMIT"})
	tag, err := s.flush()
	switch {
	case unreachable(err):
		return errors.Join(err, errUncertain)
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

// written are the statements in PostgreSQL's way of writing parameters. They are
// the constants of this package, so there are not many.
var written sync.Map

func dollars(query string) string {
	if q, ok := written.Load(query); ok {
		return q.(string)
	}
	q := parameter.ReplaceAllString(query, "$$$1")
	written.Store(query, q)
	return q
}
