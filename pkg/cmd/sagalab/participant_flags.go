package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/remote"
)

// The values of --participants.
const (
	inside   = "inside"
	overHTTP = "http"
)

// participantFlags are the flags about where the reference service has its stock and payments.
type participantFlags struct {
	where                   string
	stockURL, paymentsURL   string
	stockAddr, paymentsAddr string
	timeout, retry          time.Duration
	attempts                int
	only                    string // what this process is alone, when another one started it
}

func (f *participantFlags) flags(c *cobra.Command) {
	t := c.Flags()
	t.StringVar(&f.where, "participants", inside, "where the stock and the payments are: inside this process, or http, as processes of their own")
	t.StringVar(&f.stockURL, "stock-url", "", "where sagas find the stock, such as a proxy (default: the stock itself)")
	t.StringVar(&f.paymentsURL, "payments-url", "", "where sagas find the payments, such as a proxy (default: the payments themselves)")
	t.StringVar(&f.stockAddr, "stock-addr", "", "address on loopback that the stock listens on (default: a free port)")
	t.StringVar(&f.paymentsAddr, "payments-addr", "", "address on loopback that the payments listen on (default: a free port)")
	t.DurationVar(&f.timeout, "participant-timeout", 2*time.Second, "how long a saga waits for the answer to one call")
	t.DurationVar(&f.retry, "participant-retry", 50*time.Millisecond, "wait before a call that failed is repeated; it doubles up to 1s")
	t.IntVar(&f.attempts, "participant-attempts", 0, "after how many failed calls a reservation or a charge is given up and the purchase cancelled for failed_dependency;\n0 never gives up, or after one when a --defect needs it")
	t.StringVar(&f.only, "participant", "", "be this participant alone")
	if err := t.MarkHidden("participant"); err != nil {
		panic(err) // there is no such flag
	}
}

// onlyOverHTTP are the flags that say something of processes only.
var onlyOverHTTP = []string{"stock-url", "payments-url", "stock-addr", "payments-addr", "participant-timeout", "participant-retry", "participant-attempts"}

// check refuses values that make no sense.
func (f *participantFlags) check(c *cobra.Command) error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	want(f.where == inside || f.where == overHTTP, "--participants is %q, want %s or %s", f.where, inside, overHTTP)
	for _, name := range onlyOverHTTP {
		want(f.where != inside || !c.Flag(name).Changed, "--%s requires --participants http", name)
	}
	for name, address := range map[string]string{"stock-addr": f.stockAddr, "payments-addr": f.paymentsAddr} {
		want(address == "" || isLoopback(address), "--%s is %q, want an address on loopback such as 127.0.0.1:9001: what reaches it can charge and refund", name, address)
	}
	for name, text := range map[string]string{"stock-url": f.stockURL, "payments-url": f.paymentsURL} {
		u, err := url.Parse(text)
		want(text == "" || err == nil && u.Scheme == "http" && u.Host != "" && strings.Trim(u.Path, "/") == "", "--%s is %q, want a URL such as http://127.0.0.1:9001", name, text)
	}
	want(f.timeout > 0 && f.retry > 0, "--participant-timeout is %v and --participant-retry %v, want both above 0", f.timeout, f.retry)
	want(f.attempts >= 0, "--participant-attempts is %d, want 0 or more", f.attempts)
	want(f.where == inside || !strings.Contains(database(c), "://"), "--participants http keeps database files: give --db a file, not the URL of a PostgreSQL database")
	return errors.Join(errs...)
}

// isLoopback reports whether an address (host:port) is one on loopback.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// serve runs the reference service with its stock and payments as processes of their own.
func (f *participantFlags) serve(ctx context.Context, log io.Writer, addr string, config shop.Config) (err error) {
	log = &lockedWriter{w: log}
	if config.DB == "" {
		dir, err := os.MkdirTemp("", "sagalab-serve-")
		if err != nil {
			return fmt.Errorf("no temporary directory for the databases: %w", err)
		}
		defer os.RemoveAll(dir)
		config.DB = filepath.Join(dir, "shop.db")
	}
	stock, err := f.start(ctx, log, remote.StockName, f.stockAddr, config)
	if err != nil {
		return err
	}
	defer stock.Close()
	payments, err := f.start(ctx, log, remote.PaymentsName, f.paymentsAddr, config)
	if err != nil {
		return err
	}
	defer payments.Close()
	config.Remote = &shop.Remote{
		Stock:    remote.Target{Calls: cmp.Or(f.stockURL, stock.URL()), Reads: stock.URL(), Timeout: f.timeout},
		Payments: remote.Target{Calls: cmp.Or(f.paymentsURL, payments.URL()), Reads: payments.URL(), Timeout: f.timeout},
	}
	config.Retry, config.GiveUpAfter = f.retry, f.attempts
	fmt.Fprintf(log, "Stock on %s, payments on %s\n", stock.URL(), payments.URL())
	return serve(ctx, log, addr, config)
}

// start starts a participant as a process of this program.
func (f *participantFlags) start(ctx context.Context, log io.Writer, name, address string, config shop.Config) (*remote.Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if address == "" {
		if address, err = fault.FreeAddress(); err != nil {
			return nil, err
		}
	}
	return remote.StartProcess(ctx, remote.ProcessConfig{Name: name, Address: address, Log: log, Command: func(address string) []string {
		args := []string{program, "serve", "--participant", name, "--addr", address, "--db", shop.ParticipantPath(config.DB, name),
			"--lab=" + strconv.FormatBool(config.Lab), "--seed", strconv.FormatUint(config.Seed, 10)}
		for _, d := range config.Defects {
			args = append(args, "--defect", string(d))
		}
		return args
	}})
}

// addressPatience is how long a participant waits for its address, which one before it may have
// until it has ended.
const addressPatience = 5 * time.Second

// serveParticipant is a participant alone, until ctx or its standard input ends. It writes its
// URL to out once it listens.
func serveParticipant(ctx context.Context, out, log io.Writer, name, addr string, config shop.Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the process that started this one
		cancel()
	}()
	p, err := remote.OpenParticipant(ctx, remote.ParticipantConfig{
		Name: name, DB: config.DB, Defects: config.Defects, Seed: config.Seed, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		return err
	}
	listener, err := listenPatiently(ctx, addr)
	if err != nil {
		return errors.Join(fmt.Errorf("listening on %s: %w", addr, err), p.Close())
	}
	fmt.Fprintf(out, "http://%s\n", listener.Addr())
	return errors.Join(p.Serve(ctx, listener), p.Close())
}

func listenPatiently(ctx context.Context, addr string) (net.Listener, error) {
	deadline := time.Now().Add(addressPatience)
	for {
		listener, err := net.Listen("tcp", addr)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return listener, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// lockedWriter makes a writer safe for concurrent use.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes text as a whole.
func (l *lockedWriter) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(text)
}
