package shop

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unreachableError is the error of a database that is away: stopped, restarting,
// or behind a broken network. Whoever asks again later may have more luck.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

func unreachable(err error) bool {
	var u unreachableError
	return errors.As(err, &u)
}

// wire tells the errors of the way to the database from those of a statement. What
// the server said about a statement is a PgError, all else happened on the way.
func wire(err error) error {
	if err == nil || unreachable(err) {
		return err
	}
	if code := sqlState(err); code != "" && !connectionLost(code) {
		return err
	}
	return unreachableError{err}
}

// sqlState is PostgreSQL's code of an error, "" when it is none of the server's.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// connectionLost tells the codes that a server sends when it ends a connection, or
// does not let one in for now.
func connectionLost(code string) bool {
	return strings.HasPrefix(code, "08") || slices.Contains([]string{
		"57P01", // admin_shutdown
		"57P02", // crash_shutdown
		"57P03", // cannot_connect_now
		"57P05", // idle_session_timeout
		"25P03", // idle_in_transaction_session_timeout
		"53300", // too_many_connections
	}, code)
}

// conflict tells that a transaction was taken back because of others, and would
// get through if it were begun again.
func conflict(err error) bool {
	code := sqlState(err)
	return code == "40001" || code == "40P01" // serialization_failure, deadlock_detected
}

// timedOut tells that the database is too slow for now, or that who holds a lock
// does nothing: the next one would wait as long.
func timedOut(err error) bool {
	code := sqlState(err)
	return code == "55P03" || code == "57014" // lock_not_available, query_canceled
}
