package shop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The schemas that the participants and the engine have to themselves.
const (
	ordersIn   = "sagalab_orders"
	stockIn    = "sagalab_stock"
	paymentsIn = "sagalab_payments"
	engineIn   = "sagalab_engine"
)

// The connections of a process, 20 in all. A participant writes on one of its own
// and reads on the others.
const (
	storeConnections  = 4
	engineConnections = 8
)

// waits are settings of a connection that let nothing wait forever: not for an
// answer, not for a lock, and nobody for a process that stopped in the middle of a
// transaction. They are the server's, in milliseconds.
var waits = map[string]string{
	"statement_timeout":                   "10000",
	"lock_timeout":                        "8000",
	"idle_in_transaction_session_timeout": "5000",
}

func isPostgres(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// server is a PostgreSQL server as a URL and the environment name it (PGPASSWORD,
// PGPASSFILE, PGSSLMODE and so on).
type server struct {
	config *pgxpool.Config
	secret []string // what must be in no message
}

func parseServer(address string) (*server, error) {
	s := &server{}
	if u, err := url.Parse(address); err == nil {
		if password, ok := u.User.Password(); ok {
			_, escaped, _ := strings.Cut(u.User.String(), ":")
			s.secret = append(s.secret, password, escaped)
		}
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		// The parser's own words may have the password in them, or what was meant to be one.
		return nil, errors.New("the PostgreSQL URL is malformed: write postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full, and special characters as %XX; the password may be in PGPASSWORD instead")
	}
	if p := config.ConnConfig.Password; p != "" {
		s.secret = append(s.secret, p)
	}
	s.config = config
	return s, nil
}

// String names the server and the database for messages.
func (s *server) String() string {
	c := s.config.ConnConfig
	return fmt.Sprintf("database %s on %s", c.Database, net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))))
}

// pool opens connections that work in one schema.
func (s *server) pool(ctx context.Context, schema string, connections int32) (*pgxpool.Pool, error) {
	c := s.config.Copy()
	c.MaxConns, c.MinConns = connections, 0
	c.MaxConnIdleTime, c.HealthCheckPeriod = 5*time.Minute, 10*time.Second
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	// A server that vanished without a word is noticed after some ten seconds.
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 5}}
	c.ConnConfig.DialFunc = dialer.DialContext
	c.ConnConfig.RuntimeParams["search_path"] = schema
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "sagalab"
	}
	for name, value := range waits {
		if c.ConnConfig.RuntimeParams[name] == "" {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	p, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, s.failed(err)
	}
	return p, nil
}

// failed explains an error of the server in words that tell what to do next, and
// without the password.
func (s *server) failed(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, secret := range s.secret {
		if len(secret) > 3 { // a shorter one would be found in any word
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	return &serverError{fmt.Sprintf("cannot use %s: %s%s", s, text, s.advice(err, text)), err}
}

// serverError has a message of its own, so that no password is in it.
type serverError struct {
	text  string
	cause error
}

func (e *serverError) Error() string { return e.text }
func (e *serverError) Unwrap() error { return e.cause }

func (s *server) advice(err error, text string) string {
	var refused *pgconn.ConnectError
	says := func(code string) bool { return strings.Contains(text, "SQLSTATE "+code) } // the engine passes on the text only
	switch {
	case says("42501"):
		return fmt.Sprintf("; for the first start the role %s needs CREATE on the database, or another role makes the schemas and grants it their use (see the README)", s.config.ConnConfig.User)
	case says("28P01") || says("28000"):
		return "; check the user, the password (in the URL, in PGPASSWORD or in PGPASSFILE) and the server's pg_hba.conf"
	case says("3D000"):
		return "; create it first: CREATE DATABASE " + s.config.ConnConfig.Database
	case strings.Contains(text, "server refused TLS"):
		return "; the server offers no TLS, which sslmode demands: switch it on there, or, within one machine only, say sslmode=disable"
	case strings.Contains(text, "x509:") || strings.Contains(text, "certificate"):
		return "; the server's certificate does not fit: name the file of its authority in sslrootcert, and the host as the certificate does"
	case unreachable(err) || errors.As(err, &refused):
		return "; check that the server runs and that host and port are right"
	}
	return ""
}
