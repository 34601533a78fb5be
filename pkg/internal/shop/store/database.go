package store

// Database is one participant's database. Transactions and reads are safe for
// concurrent use.
type Database struct{ backend }

// backend is what a database is kept in: a file of SQLite (sqlite_file.go) or a schema of
// PostgreSQL (postgres_schema.go). Statements are written once, with parameters as
// ?1, in the SQL that both understand.
type backend interface {
	// write runs the queries of ahead and then fn in a transaction that is committed
	// when fn returns nil. No other transaction of any process writes meanwhile: what
	// was read still holds when it is acted on. Both may run more than once; what they
	// did before is rolled back. subject is an order or a key: transactions with other
	// subjects may share the commit. "" shares it with none.
	write(subject string, ahead func() []query, fn func(Tx) error) error
	// read runs fn, which only reads. Each of its statements sees one state.
	read(fn func(Tx) error) error
	// emptied returns the script that empties tables.
	emptied(tables ...string) string
	// anyOf returns the condition of being in a parameter that is a JSON list of texts.
	anyOf(parameter string) string
	// blockWrites is BlockWrites.
	blockWrites() (release func())
	close() error
}

// query is a query whose result is needed at the beginning of a transaction, so that
// it can share the round trip that begins it.
type query struct {
	text string
	args []any
	row  func(scan func(...any) error) error // is called for each row, in order; nil without rows
}

// Atomically runs fn in a transaction that is committed when fn returns nil. fn may
// run more than once; what it did before is rolled back.
func (d *Database) Atomically(fn func(Tx) error) error { return d.write("", nil, fn) }

// Read runs fn, which only reads. Each of its statements sees one state.
func (d *Database) Read(fn func(Tx) error) error { return d.read(fn) }

// BlockWrites keeps all writes, on SQLite also reads, waiting until release is called.
// It is for tests.
func (d *Database) BlockWrites() (release func()) { return d.blockWrites() }

// session runs statements.
type session interface {
	// Exec runs one statement and returns how many rows it changed.
	Exec(query string, args ...any) (int64, error)
	// Queue runs a statement before the next one or the end of the transaction, which
	// fail if it does.
	Queue(query string, args ...any) error
	// ExecScript runs several statements that take no arguments.
	ExecScript(script string) error
	// QueryEach calls row for every row of a query, in order.
	QueryEach(query string, row func(scan func(...any) error) error, args ...any) error
}

// Tx is a transaction, valid inside Atomically and Read only.
type Tx struct{ session }

// QueryFirst scans the first row of a query into dest and reports whether there was
// one.
func (t Tx) QueryFirst(query string, args []any, dest ...any) (found bool, err error) {
	err = t.QueryEach(query, func(scan func(...any) error) error {
		found = true
		return scan(dest...)
	}, args...)
	return found, err
}
