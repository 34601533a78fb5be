package store

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unreachableError wraps the error of a database that is stopped, restarting, or
// behind a broken network. A later attempt may succeed.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// IsUnreachable reports whether err says that the database could not be reached.
func IsUnreachable(err error) bool {
	var u unreachableError
	return errors.As(err, &u)
}

// classifyWire wraps err as unreachable when it comes from the connection and not from
// a statement. The server's answer to a statement is a PgError.
func classifyWire(err error) error {
	if err == nil || IsUnreachable(err) {
		return err
	}
	if code := sqlState(err); code != "" && !connectionLost(code) {
		return err
	}
	return unreachableError{err}
}

// sqlState returns PostgreSQL's code of an error, "" when the server did not send it.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// connectionLost reports whether a server sends code when it ends a connection, or
// refuses one for now.
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

// conflict reports whether a transaction was rolled back because of others, and may
// succeed if it runs again.
func conflict(err error) bool {
	code := sqlState(err)
	return code == "40001" || code == "40P01" // serialization_failure, deadlock_detected
}

// timedOut reports whether the database is too slow for now, or the holder of a lock
// does nothing: another attempt would wait as long.
func timedOut(err error) bool {
	code := sqlState(err)
	return code == "55P03" || code == "57014" // lock_not_available, query_canceled
}
