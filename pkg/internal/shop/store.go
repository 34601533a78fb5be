package shop

// store is one participant's data.
type store struct{ database }

// database is what a store is kept in: a file of SQLite (store_sqlite.go) or a
// schema of PostgreSQL (store_postgres.go). Statements are written once, with
// parameters as ?1, in the SQL that both understand.
type database interface {
	// write runs the queries of ahead and then fn in a transaction that is committed
	// when fn returns nil. Nobody else writes meanwhile, in no process: what was read
	// still holds when it is acted on. Both may run more than once, whatever they did
	// before being undone. about is what the transaction is about, an order or a key:
	// others about something else may be in it, too. "" is alone.
	write(about string, ahead func() []query, fn func(tx) error) error
	// read runs fn, which only reads. Each of its statements sees one state.
	read(fn func(tx) error) error
	// emptied is the script that empties tables.
	emptied(tables ...string) string
	// anyOf is the condition of being in a parameter that is a JSON list of texts.
	anyOf(parameter string) string
	close() error
}

// query is a question whose answer is known to be needed before a transaction
// begins, so that asking it costs no round trip of its own.
type query struct {
	text string
	args []any
	row  func(scan func(...any) error) error // is called for each row, in order
}

// atomically runs fn in a transaction that is committed when fn returns nil.
func (s *store) atomically(fn func(tx) error) error { return s.write("", nil, fn) }

// reading runs fn, which only reads, a statement at a time.
func (s *store) reading(fn func(tx) error) error { return s.read(fn) }

// session runs statements.
type session interface {
	// exec runs one statement and tells how many rows it changed.
	exec(query string, args ...any) (int64, error)
	// later runs a statement before the next one or the end of the transaction, which
	// fail if it does. Nobody wants to know what it changed.
	later(query string, args ...any) error
	// script runs several statements that take no arguments.
	script(script string) error
	// each calls row for every row of a query, in order.
	each(query string, row func(scan func(...any) error) error, args ...any) error
}

// tx is a transaction of a store, valid inside atomically and reading only.
type tx struct{ session }

// one scans the first row of a query into dest and reports whether there was one.
func (t tx) one(query string, args []any, dest ...any) (found bool, err error) {
	err = t.each(query, func(scan func(...any) error) error {
		found = true
		return scan(dest...)
	}, args...)
	return found, err
}
