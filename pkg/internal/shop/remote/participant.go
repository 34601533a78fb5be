package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/internal/shop/store"
)

// The names of the participants that can be processes of their own.
const (
	StockName    = defect.ParticipantStock
	PaymentsName = defect.ParticipantPayments
)

// lockPatience is how long a participant waits for the process that used its file before.
const lockPatience = 5 * time.Second

// ParticipantConfig configures a Participant.
type ParticipantConfig struct {
	// Name is StockName or PaymentsName.
	Name string
	// DB is the path of the database file, which is created when it is missing.
	DB string
	// Defects are those of the service; the participant has what concerns it. Seed seeds
	// their draws.
	Defects []defect.Defect
	Seed    uint64
	// Logger gets warnings and errors, slog.Default when nil.
	Logger *slog.Logger
}

// Participant is a stock or payments that answer by HTTP, with a database file of their own. It
// is safe for concurrent use.
type Participant struct {
	name    string
	db      *store.Database
	handler http.Handler
	lock    *store.FileLock
	logger  *slog.Logger
	defects *defect.Set

	mu        sync.RWMutex // read-locked during a saga's call, locked while a fixture is set
	fixtureID string
}

// OpenParticipant opens the database file, or creates it. A file that another process keeps
// for longer than five seconds is an error. The context covers the opening only.
func OpenParticipant(ctx context.Context, c ParticipantConfig) (p *Participant, err error) {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	p = &Participant{name: c.Name, logger: c.Logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
			p = nil
		}
	}()
	if err := defect.ValidateAll(c.Defects, true); err != nil {
		return p, err
	}
	if p.lock, err = store.LockFile(c.DB+store.LockSuffix, lockPatience); err != nil {
		return p, err
	}
	switch c.Name {
	case StockName:
		err = p.openStock(ctx, c)
	case PaymentsName:
		err = p.openPayments(ctx, c)
	default:
		err = fmt.Errorf("there is no participant %.40q, only %s and %s", c.Name, StockName, PaymentsName)
	}
	if err == nil {
		p.fixtureID, err = p.db.FixtureID()
	}
	return p, err
}

func (p *Participant) openStock(ctx context.Context, c ParticipantConfig) error {
	db, err := store.OpenStock(ctx, c.DB)
	if err != nil {
		return err
	}
	p.db = db.Database
	p.defects = defect.NewSet(&store.Store{Stock: db}, c.Defects, c.Seed)
	calls := p.defects.WrapParticipant(store.Calls{Reserve: db.Reserve, Release: db.Release, Sell: db.Sell})
	r := p.routes(db.IDs, func(f fixture) error { return db.ResetAs(f.ID, f.Products) })
	r.call("reserve", calls.Reserve)
	r.call("release", calls.Release)
	r.call("sell", calls.Sell)
	r.byID("/products/", func(id int64) (any, bool, error) { return found3(db.Product(id)) })
	return nil
}

func (p *Participant) openPayments(ctx context.Context, c ParticipantConfig) error {
	db, err := store.OpenPayments(ctx, c.DB)
	if err != nil {
		return err
	}
	p.db = db.Database
	p.defects = defect.NewSet(&store.Store{Payments: db}, c.Defects, c.Seed)
	calls := p.defects.WrapParticipant(store.Calls{Charge: db.Charge, Refund: db.Refund})
	r := p.routes(db.IDs, func(f fixture) error { return db.ResetAs(f.ID, f.Users) })
	r.call("charge", calls.Charge)
	r.call("refund", calls.Refund)
	r.byID("/users/", func(id int64) (any, bool, error) { return found3(db.User(id)) })
	r.route("GET /ledger", func(w http.ResponseWriter, req *http.Request) error {
		after, limit, err := httpio.ParsePage(req.URL.Query())
		if err != nil {
			return httpio.Malformed(err)
		}
		page, err := db.Ledger(after, limit)
		if err == nil {
			httpio.WriteJSON(w, http.StatusOK, page)
		}
		return err
	})
	return nil
}

// found3 returns the results of a read as those of any other one.
func found3[T any](v T, found bool, err error) (any, bool, error) { return v, found, err }

// Handler returns the participant's HTTP handler.
func (p *Participant) Handler() http.Handler { return p.handler }

// Struck lists the orders on which a defect has had an effect here since the fixture was set.
func (p *Participant) Struck(name defect.Defect) []string { return p.defects.Struck(name) }

// Serve answers on ln until ctx ends. Then it accepts no further connection, waits for the
// requests under way, for two seconds at most, and returns nil. It closes ln; the caller
// closes p.
func (p *Participant) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler: p.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(p.logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the %s stopped answering on %s: %w", p.name, ln.Addr(), err)
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if srv.Shutdown(bounded) != nil {
		srv.Close() // a saga whose call is cut off calls again
	}
	return nil
}

// Close closes the database.
func (p *Participant) Close() error {
	var errs []error
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	if p.lock != nil {
		errs = append(errs, p.lock.Release())
	}
	return errors.Join(errs...)
}
