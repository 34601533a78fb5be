// Package postgres starts a PostgreSQL server for tests. Only tests use it.
package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a PostgreSQL server on a loopback port, with a cluster in a temporary
// directory. It dies with the process that started it. Its methods other than
// Database are for one goroutine at a time.
type Server struct {
	// CAFile is the file with the certificate that verifies the server's, "" without TLS.
	CAFile string

	dir, data  string
	bin        string
	systemUser *systemUser // that the server runs as; nil is this process's own
	password   string
	port       int
	settings   []string // NAME=VALUE
	process    *exec.Cmd
	ended      chan struct{} // closed when process has ended
	databases  atomic.Int64
}

// Option changes how a server is started.
type Option func(*Server) error

// Durable makes the server wait for the disk, as one in production does. By default its data survives a crash of its processes, but no
// power failure.
func Durable(s *Server) error {
	s.settings = append(s.settings, "fsync=on", "full_page_writes=on")
	return nil
}

// Setting sets a parameter of postgresql.conf.
func Setting(name, value string) Option {
	return func(s *Server) error {
		s.settings = append(s.settings, name+"="+value)
		return nil
	}
}

// Mode is how a server is stopped.
type Mode syscall.Signal

// Fast ends sessions and writes everything to disk; Immediate crashes all of the server's processes, and the next start recovers.
const (
	Fast      = Mode(syscall.SIGINT)
	Immediate = Mode(syscall.SIGQUIT)
)

// Start starts a server that is stopped at the test's end.
func Start(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s, err := start(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.discard(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func start(options []Option) (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	// Not a directory of testing.T: only its owner can read that.
	dir, err := os.MkdirTemp("", "sagalab-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, data: filepath.Join(dir, "data"), bin: bin, password: rand.Text()}
	s.settings = []string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300",
		"shared_buffers=32MB", "fsync=off", "full_page_writes=off", "logging_collector=off"}
	if err = s.create(options); err == nil {
		if s.port, err = freePort(); err == nil {
			err = s.begin()
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.discard())
	}
	return s, nil
}

// create creates the cluster.
func (s *Server) create(options []Option) (err error) {
	if s.systemUser, err = unprivileged(); err != nil {
		return err
	}
	if err := s.chown(s.dir); err != nil {
		return err
	}
	secret := filepath.Join(s.dir, "password")
	if err := s.write(secret, []byte(s.password+"\n")); err != nil {
		return err
	}
	initdb := s.command("initdb", "--pgdata="+s.data, "--username=postgres", "--pwfile="+secret, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	if text, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("no PostgreSQL cluster in %s: %w: %s", s.data, err, bytes.TrimSpace(text))
	}
	for _, o := range options {
		if err := o(s); err != nil {
			return err
		}
	}
	return nil
}

// chown gives a path to the user that the server runs as.
func (s *Server) chown(path string) error {
	if s.systemUser == nil {
		return nil
	}
	return s.systemUser.chown(path)
}

// write writes a file that only the server's user can read.
func (s *Server) write(path string, text []byte) error {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	return s.chown(path)
}

// command prepares one of PostgreSQL's programs, run as the server's user in a directory that it can read.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "LC_ALL=C", "PGDATA=", "TMPDIR="+s.dir)
	c.SysProcAttr = s.systemUser.attributes()
	return c
}

// freePort returns a port below those that systems assign to clients, so that it stays free while the server is stopped.
func freePort() (int, error) {
	for range 100 {
		port := 20000 + mathrand.IntN(12000)
		if ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, ln.Close()
		}
	}
	return 0, errors.New("no free port for a PostgreSQL server from 20000 to 32000")
}

// begin starts the server and waits until it can be used.
func (s *Server) begin() error {
	args := []string{"-D", s.data, "-c", "port=" + strconv.Itoa(s.port)}
	for _, set := range s.settings {
		args = append(args, "-c", set)
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	s.process, s.ended = s.command("postgres", args...), make(chan struct{})
	s.process.Stdout, s.process.Stderr = log, log
	killWithParent(s.process.SysProcAttr)
	started := make(chan error, 1)
	go func(p *exec.Cmd, ended chan struct{}) {
		// Linux regards the thread that started a process as its parent: the thread has to live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.Start()
		started <- err
		if err == nil {
			p.Wait() // how it ended is in its log
		}
		close(ended)
	}(s.process, s.ended)
	if err := <-started; err != nil {
		return fmt.Errorf("PostgreSQL does not start: %w", err)
	}
	return s.ready()
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// ready waits until a client can connect.
func (s *Server) ready() error {
	const startTimeout = 5 * time.Minute
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		err := s.sql("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("PostgreSQL ended at its start: %s", s.logTail())
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL cannot be used after %v: %w: %s", startTimeout, err, s.logTail())
		}
	}
}

// logTail returns the end of the server's log.
func (s *Server) logTail() []byte {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(text[max(0, len(text)-2000):])
}

// URL returns the URL of a database of the server, with the name and password of the superuser.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database}
	parameters := url.Values{"sslmode": {"disable"}}
	if s.CAFile != "" {
		parameters = url.Values{"sslmode": {"verify-full"}, "sslrootcert": {s.CAFile}}
	}
	u.RawQuery = parameters.Encode()
	return u.String()
}

// sql runs a statement as the superuser in the database postgres.
func (s *Server) sql(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, statement)
	return errors.Join(err, c.Close(ctx))
}

// Database creates an empty database and returns its URL, with the name and password of the superuser. It is dropped at the test's end. Safe
// for concurrent use.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if err := s.createDatabase(name); err != nil {
		tb.Fatalf("no database for the test: %v", err)
	}
	tb.Cleanup(func() {
		_ = s.sql("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") // the server may be stopped, and is removed as a whole at the end
	})
	return s.URL(name)
}

// createDatabase copies files where it can, which takes a tenth of the time that
// the strategy of PostgreSQL 15 and newer takes. Older servers always copy files,
// and do not know the option.
func (s *Server) createDatabase(name string) error {
	err := s.sql("CREATE DATABASE " + name + " STRATEGY FILE_COPY")
	if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == syntaxError {
		err = s.sql("CREATE DATABASE " + name)
	}
	return err
}

// syntaxError is PostgreSQL's code for an option that it does not know.
const syntaxError = "42601"

// Stop stops the server.
func (s *Server) Stop(tb testing.TB, m Mode) {
	tb.Helper()
	if err := s.stop(m); err != nil {
		tb.Fatal(err)
	}
}

// Begin starts a stopped server again, on the same port.
func (s *Server) Begin(tb testing.TB) {
	tb.Helper()
	if err := s.begin(); err != nil {
		tb.Fatal(err)
	}
}

// Restart is Stop and Begin.
func (s *Server) Restart(tb testing.TB, m Mode) {
	tb.Helper()
	s.Stop(tb, m)
	s.Begin(tb)
}

func (s *Server) stop(m Mode) error {
	if s.process == nil || s.process.Process == nil {
		return nil
	}
	if err := s.ask(m); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("PostgreSQL cannot be stopped: %w", err)
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(5 * time.Minute):
		return fmt.Errorf("PostgreSQL does not stop: %s", s.logTail())
	}
}

// discard stops the server and removes what it wrote.
func (s *Server) discard() error {
	return errors.Join(s.stop(Immediate), os.RemoveAll(s.dir))
}
