package store

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

// The schemas of the participants and the engine.
const (
	ordersSchemaName   = "sagalab_orders"
	stockSchemaName    = "sagalab_stock"
	paymentsSchemaName = "sagalab_payments"
	EngineSchema       = "sagalab_engine"
)

// The connections of a process, 20 in all. A participant writes on one and reads on
// the others.
const (
	storeConnections  = 4
	engineConnections = 8
)

// serverTimeouts bound, in milliseconds, how long the server waits for a statement,
// for a lock, and for a process that stopped in the middle of a transaction.
var serverTimeouts = map[string]string{
	"statement_timeout":                   "10000",
	"lock_timeout":                        "8000",
	"idle_in_transaction_session_timeout": "5000",
}

// IsPostgres reports whether a database is the URL of a PostgreSQL server.
func IsPostgres(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// Server is a PostgreSQL server as a URL and the environment name it (PGPASSWORD,
// PGPASSFILE, PGSSLMODE and so on).
type Server struct {
	config  *pgxpool.Config
	secrets []string // must be in no message
}

// ParseServer parses a URL. What it leaves out comes from the environment.
func ParseServer(address string) (*Server, error) {
	s := &Server{}
	if u, err := url.Parse(address); err == nil {
		if password, ok := u.User.Password(); ok {
			_, escaped, _ := strings.Cut(u.User.String(), ":")
			s.secrets = append(s.secrets, password, escaped)
		}
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		// The parser's own words may have the password in them, or what was meant to be one.
		return nil, errors.New("the PostgreSQL URL is malformed: write postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full, and special characters as %XX; the password may be in PGPASSWORD instead")
	}
	if p := config.ConnConfig.Password; p != "" {
		s.secrets = append(s.secrets, p)
	}
	s.config = config
	return s, nil
}

// String names the server and the database for messages.
func (s *Server) String() string {
	c := s.config.ConnConfig
	return fmt.Sprintf("database %s on %s", c.Database, net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))))
}

// pool opens connections that work in one schema.
func (s *Server) pool(ctx context.Context, schema string, connections int32) (*pgxpool.Pool, error) {
	c := s.config.Copy()
	c.MaxConns, c.MinConns = connections, 0
	c.MaxConnIdleTime, c.HealthCheckPeriod = 5*time.Minute, 10*time.Second
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	// A server that vanished without closing its connections is noticed after some ten
	// seconds.
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 5}}
	c.ConnConfig.DialFunc = dialer.DialContext
	c.ConnConfig.RuntimeParams["search_path"] = schema
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "sagalab"
	}
	for name, value := range serverTimeouts {
		if c.ConnConfig.RuntimeParams[name] == "" {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	p, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, s.Explain(err)
	}
	return p, nil
}

// Explain wraps an error of the server with advice what to do next, and
// without the password. nil stays nil.
func (s *Server) Explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, secret := range s.secrets {
		if len(secret) > 3 { // a shorter one would be found in any word
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	return &serverError{fmt.Sprintf("cannot use %s: %s%s", s, text, s.advice(err, text)), err}
}

// serverError has a message without a password beside its cause.
type serverError struct {
	text  string
	cause error
}

func (e *serverError) Error() string { return e.text }
func (e *serverError) Unwrap() error { return e.cause }

func (s *Server) advice(err error, text string) string {
	var refused *pgconn.ConnectError
	says := func(code string) bool { return strings.Contains(text, "SQLSTATE "+code) } // the engine wraps the text only
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
	case IsUnreachable(err) || errors.As(err, &refused):
		return "; check that the server runs and that host and port are right"
	}
	return ""
}

// EnginePool opens connections for the saga engine, in EngineSchema.
func (s *Server) EnginePool(ctx context.Context) (*pgxpool.Pool, error) {
	return s.pool(ctx, EngineSchema, engineConnections)
}
