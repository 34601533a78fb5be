package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// groupTimeout bounds a transaction, whatever the network does. The server's own
	// timeouts are shorter (postgres_session.go), so that its error is the one that is reported.
	groupTimeout = 20 * time.Second
	// maxGroup bounds the writers that share a transaction.
	maxGroup = 64
	// maxConflicts bounds how often a transaction runs that PostgreSQL rolls back because
	// of others.
	maxConflicts = 5
)

// postgresSchema is a backend in a schema of PostgreSQL. One transaction at a time
// writes into it, of all processes: each takes an advisory lock before it reads
// anything. So barriers need no locks of their own, deadlocks cannot occur, and
// numbers (orders.seq, ledger.entry_id) appear in their order, which cursors rely on.
//
// That costs no throughput, because transactions would wait for hot rows (a product
// on sale) anyway, and because the waiting writers of one process form a group: all
// of them go through one transaction, with one commit and with the round trips of
// one.
type postgresSchema struct {
	where string // for errors
	pool  *pgxpool.Pool
	key   int64 // of the advisory lock

	writing sync.Mutex // held while a group is written
	writers groupCommitter[*writer]
	readers groupCommitter[*reader]
}

// writer is a call of write that waits for its transaction.
type writer struct {
	subject string
	ahead   func() []query
	fn      func(Tx) error
	done    chan struct{}
	err     error
	panic   any // what fn panicked with
}

// reader is a query that waits for its answer.
type reader struct {
	query
	done chan struct{}
	err  error
}

func newPostgresSchema(where, schema string, pool *pgxpool.Pool) *postgresSchema {
	p := &postgresSchema{where: where, pool: pool, key: lockKey(schema)}
	p.writers = groupCommitter[*writer]{commit: p.commitGroup, canJoin: batchable}
	p.readers = groupCommitter[*reader]{commit: p.readGroup, canJoin: func(group []*reader, _ *reader) bool { return len(group) < maxGroup }}
	return p
}

// openPostgresSchema opens a participant's schema, or creates it with tables.
func openPostgresSchema(ctx context.Context, sv *Server, schema, tables string) (*postgresSchema, error) {
	pool, err := sv.pool(ctx, schema, storeConnections)
	if err != nil {
		return nil, err
	}
	if err := migrateAlone(ctx, pool, func() error { return migrate(ctx, pool, schema, tables) }); err != nil {
		pool.Close()
		return nil, err
	}
	return newPostgresSchema("the schema "+schema, schema, pool), nil
}

// batchable reports whether next may share the transaction of group: only with
// another subject, because the queries of all are run before any of them writes, so
// that one would not see what another with its subject wrote.
func batchable(group []*writer, next *writer) bool {
	return len(group) < maxGroup && group[0].subject != "" && next.subject != "" &&
		!slices.ContainsFunc(group, func(w *writer) bool { return w.subject == next.subject })
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

// ErrCommitUnknown is the error of a transaction that may have been committed: the
// connection broke before the answer to COMMIT arrived.
var ErrCommitUnknown = errors.New("it is not known whether the transaction was committed")

func (p *postgresSchema) write(subject string, ahead func() []query, fn func(Tx) error) error {
	w := &writer{subject: subject, ahead: ahead, fn: fn, done: make(chan struct{})}
	p.writers.submit(w)
	<-w.done
	if w.panic != nil {
		panic(w.panic)
	}
	return w.err
}

// commitGroup writes a group in one transaction. When that fails because of one
// writer, or of a conflict, each gets a transaction of its own.
func (p *postgresSchema) commitGroup(group []*writer) {
	p.writing.Lock()
	defer p.writing.Unlock()
	err := p.transaction(group)
	for _, w := range group {
		w.err = err
		switch {
		case err == nil || IsUnreachable(err) || timedOut(err):
		case len(group) > 1 || conflict(err):
			w.err = p.commitAlone(w)
		}
		if w.err != nil && w.panic == nil {
			w.err = fmt.Errorf("%s: %w", p.where, w.err)
		}
		close(w.done)
	}
}

// commitAlone writes for one writer, and again after a conflict.
func (p *postgresSchema) commitAlone(w *writer) (err error) {
	for range maxConflicts {
		w.panic = nil
		if err = p.transaction([]*writer{w}); !conflict(err) {
			return err
		}
	}
	return err
}

func (p *postgresSchema) transaction(group []*writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return classifyWire(err)
	}
	defer conn.Release() // which closes it unless the transaction has ended
	s := &postgresSession{ctx: ctx, conn: conn.Conn()}
	if err := s.begin(p.key, group); err != nil {
		s.rollback()
		return err
	}
	for _, w := range group {
		if err := w.run(Tx{s}); err != nil {
			s.rollback()
			return err
		}
	}
	return s.commit()
}

// run calls fn. A panic is kept for the goroutine that called write.
func (w *writer) run(t Tx) (err error) {
	defer func() {
		if w.panic = recover(); w.panic != nil {
			err = fmt.Errorf("panic: %v", w.panic)
		}
	}()
	return w.fn(t)
}

func (p *postgresSchema) read(fn func(Tx) error) error {
	if err := fn(Tx{readSession{p}}); err != nil {
		return fmt.Errorf("%s: %w", p.where, err)
	}
	return nil
}

// readGroup runs the queries of a group, in one round trip if none fails.
func (p *postgresSchema) readGroup(group []*reader) {
	for len(group) > 0 {
		n := p.readBatch(group)
		for _, r := range group[:n] {
			close(r.done)
		}
		group = group[n:]
	}
}

// readBatch runs the queries of a group in one round trip. It returns how many of
// them were answered or failed: after one that failed the server runs no more.
func (p *postgresSchema) readBatch(group []*reader) (answered int) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		err = classifyWire(err)
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
		if !begun && !IsUnreachable(err) { // another query may have failed: all are parsed before any is run
			_, err = s.single(group[answered].query)
		}
	}
	if !IsUnreachable(err) {
		group[answered].err = err
		return answered + 1
	}
	for _, r := range group[answered:] {
		r.err = err
	}
	return len(group)
}

// readSession runs queries, in round trips that it shares with others. It refuses
// statements that write.
type readSession struct{ p *postgresSchema }

func (s readSession) QueryEach(text string, row func(scan func(...any) error) error, args ...any) error {
	r := &reader{query: query{text, args, row}, done: make(chan struct{})}
	s.p.readers.submit(r)
	<-r.done
	return r.err
}

var errReading = errors.New("a read cannot write")

func (readSession) Exec(string, ...any) (int64, error) { return 0, errReading }
func (readSession) Queue(string, ...any) error         { return errReading }
func (readSession) ExecScript(string) error            { return errReading }

// direct runs one statement without waiting for the transactions of writers.
func (p *postgresSchema) direct(statement string, args ...any) (changed int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTimeout)
	defer cancel()
	tag, err := p.pool.Exec(ctx, dollars(statement), args...)
	if err = classifyWire(err); err != nil {
		return 0, fmt.Errorf("%s: %w", p.where, err)
	}
	return tag.RowsAffected(), nil
}

func (p *postgresSchema) blockWrites() (release func()) {
	p.writing.Lock()
	return p.writing.Unlock
}

// emptied uses TRUNCATE, whose time does not grow with the rows: deleting a million
// orders would take longer than the statement timeout.
func (p *postgresSchema) emptied(tables ...string) string {
	return "TRUNCATE " + strings.Join(tables, ", ")
}

func (p *postgresSchema) anyOf(parameter string) string {
	return "IN (SELECT json_array_elements_text(" + parameter + "::json))"
}
