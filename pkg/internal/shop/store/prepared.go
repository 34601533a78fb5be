package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// preparingConnector makes SQLite connections that keep their prepared statements.
// The engine sends every statement as text, and parsing them was a quarter of the
// CPU time of a purchase, while all other sagas wait for the connection.
type preparingConnector struct{ driver.Connector }

func (p preparingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := c.(sqliteConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("the SQLite driver's %T lacks what the service needs of a connection", c)
	}
	return &preparedConn{sqliteConn: full, known: map[string]*preparedStmt{}}, nil
}

// sqliteConn lists the methods of the driver's connections, so that wrapping one
// hides none that database/sql looks for.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// maxKnown bounds the statements that a connection keeps. The engine has some dozens;
// the texts that it builds from lists of arguments must not accumulate.
const maxKnown = 200

// preparedConn is a connection with its prepared statements; database/sql uses it from one goroutine at a time.
type preparedConn struct {
	sqliteConn
	known map[string]*preparedStmt
}

type preparedStmt struct {
	stmt interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	close func() error
	busy  bool // rows of it are being read
}

// statement returns the kept statement for a text, nil when this text has
// to be parsed: its statement is in use, or maxKnown are kept.
func (c *preparedConn) statement(ctx context.Context, query string) (*preparedStmt, error) {
	if p, ok := c.known[query]; ok {
		if p.busy {
			return nil, nil
		}
		return p, nil
	}
	if len(c.known) >= maxKnown {
		return nil, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	p := &preparedStmt{close: s.Close}
	var ok bool
	if p.stmt, ok = s.(interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}); !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T knows no contexts", s), s.Close())
	}
	c.known[query] = p
	return p, nil
}

// ExecContext runs a statement without rows.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	p, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return p.stmt.ExecContext(ctx, args)
}

// QueryContext runs a statement with rows.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	p, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := p.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	p.busy = true
	return &preparedRows{rows, p}, nil
}

// Close closes the connection and its statements.
func (c *preparedConn) Close() error {
	var errs []error
	for _, p := range c.known {
		errs = append(errs, p.close())
	}
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

type preparedRows struct {
	driver.Rows
	of *preparedStmt
}

func (r *preparedRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
