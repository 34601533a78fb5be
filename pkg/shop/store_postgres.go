package shop

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
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

	turn sync.Mutex // held while a group is written

	mu      sync.Mutex
	waiting []*writer
	leading bool // somebody writes groups
}

// writer is somebody who waits for a transaction.
type writer struct {
	ahead func() []query
	fn    func(tx) error
	done  chan struct{}
	err   error
	panic any // what fn panicked with
}

func newPostgresSchema(where, schema string, pool *pgxpool.Pool) *postgresSchema {
	return &postgresSchema{where: where, pool: pool, key: lockKey(schema)}
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

func (p *postgresSchema) write(ahead func() []query, fn func(tx) error) error {
	w := &writer{ahead: ahead, fn: fn, done: make(chan struct{})}
	p.mu.Lock()
	p.waiting = append(p.waiting, w)
	if !p.leading {
		p.leading = true
		go p.lead()
	}
	p.mu.Unlock()
	<-w.done
	if w.panic != nil {
		panic(w.panic)
	}
	return w.err
}

// lead writes for everybody who waits, until nobody does.
func (p *postgresSchema) lead() {
	for {
		p.turn.Lock()
		p.mu.Lock()
		group := p.waiting[:min(len(p.waiting), maxGroup)]
		p.waiting = p.waiting[len(group):]
		if len(group) == 0 {
			p.waiting, p.leading = nil, false
		}
		p.mu.Unlock()
		p.together(group)
		p.turn.Unlock()
		if len(group) == 0 {
			return
		}
	}
}

// together writes a group in one transaction. When that fails because of one of
// them, or of what others do, each gets a transaction of its own.
func (p *postgresSchema) together(group []*writer) {
	if len(group) == 0 {
		return
	}
	err := p.transaction(group)
	for _, w := range group {
		w.err = err
		if err != nil && !unreachable(err) {
			w.err = p.alone(w, err)
		}
		if w.err != nil && w.panic == nil {
			w.err = fmt.Errorf("%s: %w", p.where, w.err)
		}
		close(w.done)
	}
}

// alone writes for one, again and again as long as others are the reason why not.
// failed is how its group fared.
func (p *postgresSchema) alone(w *writer, failed error) (err error) {
	for range maxConflicts {
		w.panic = nil
		if err = p.transaction([]*writer{w}); !conflict(err) {
			return err
		}
	}
	return errors.Join(err, failed)
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
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	conn, err := p.pool.Acquire(ctx)
	if err = wire(err); err == nil {
		err = fn(tx{&postgresSession{ctx: ctx, conn: conn.Conn()}})
		conn.Release()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.where, err)
	}
	return nil
}

// direct runs one statement without waiting for the turn of a writer.
func (p *postgresSchema) direct(statement string, args ...any) (changed int64, err error) {
	err = p.read(func(t tx) (err error) {
		changed, err = t.exec(statement, args...)
		return err
	})
	return changed, err
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
func (s *postgresSession) flush() (tag pgconn.CommandTag, err error) {
	sent := s.pending
	s.pending = nil
	if len(sent) == 1 { // a batch takes more
		return s.single(sent[0])
	}
	var batch pgx.Batch
	for _, q := range sent {
		batch.Queue(dollars(q.text), q.args...)
	}
	results := s.conn.SendBatch(s.ctx, &batch)
	for _, q := range sent {
		if q.row == nil {
			tag, err = results.Exec()
			err = wire(err)
		} else if rows, asked := results.Query(); asked != nil {
			err = wire(asked)
		} else {
			tag, err = forEach(rows, q.row)
		}
		if err != nil {
			results.Close()
			return tag, err
		}
	}
	return tag, wire(results.Close())
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
