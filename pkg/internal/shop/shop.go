package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// Shop is a running service. It is safe for concurrent use. Close releases what it
// holds.
type Shop struct {
	config    Config
	logger    *slog.Logger
	temporary string          // the directory to remove at the end, "" if there is none
	lock      *store.FileLock // nil on PostgreSQL

	participants *store.Store
	remote       *remoteParticipants // nil when the participants are in this process
	leases       *store.Leases       // nil on SQLite: no other process uses the database
	trouble      *defect.Injector
	defects      *defect.Set

	admission admission
	catalog   *catalogCache
	fixtures  *fixtureSetter
	sagas     *sagaRunner
	elsewhere *remoteSagas
	purchases *purchases
	runs      *activeRuns
	recovery  *recovery

	stop       context.CancelFunc // ends the background work
	background sync.WaitGroup
	closing    atomic.Bool
}

// Open opens the databases, or creates them, and continues the purchases that an
// earlier process left unfinished; they end in the background. A file that another
// process uses and a database that belongs to another program or that cannot be
// written to are errors. The context covers the opening only.
func Open(ctx context.Context, c Config) (*Shop, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Shop{config: c, logger: c.Logger}
	s.admission.max = c.MaxInProgress
	if store.IsPostgres(c.DB) {
		err = s.openPostgres(ctx)
	} else {
		err = s.openSQLite(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.discard())
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	every := recoveryInterval
	if s.leases != nil {
		every = s.leases.RenewInterval()
	}
	s.background.Go(func() { s.recovery.run(background, every) })
	s.background.Go(func() { s.elsewhere.poll(background) })
	s.background.Go(func() { s.sagas.engine.prune(background) })
	return s, nil
}

// assemble builds the parts of a shop on participants that are open. The engine is
// not among them: it is opened when a fixture is set.
func (s *Shop) assemble(participants *store.Store, leases *store.Leases) {
	s.participants, s.leases = participants, leases
	s.trouble = defect.NewInjector(s.config.Trouble, s.config.Seed)
	s.defects = defect.NewSet(participants, s.config.Defects, s.config.Seed)
	inflight := newInflightSagas()
	s.sagas = &sagaRunner{
		saga:     &saga{ask: s.calls(), returned: inflight.complete, retry: s.config.Retry},
		inflight: inflight, admission: &s.admission, slots: make(chan struct{}, maxRunningSagas),
	}
	s.elsewhere = newRemoteSagas(participants.Orders)
	s.catalog = &catalogCache{participants: participants, leases: leases, onNewEpoch: s.resetInjected}
	s.fixtures = &fixtureSetter{
		participants: participants, leases: leases, sagas: s.sagas, catalog: s.catalog, admission: &s.admission, onSet: s.resetInjected,
	}
	s.runs = newActiveRuns(leases)
	s.purchases = &purchases{
		participants: participants, catalog: s.catalog, sagas: s.sagas, remote: s.elsewhere, wait: s.config.Wait, logger: s.logger,
	}
	s.recovery = &recovery{
		participants: participants, leases: leases, catalog: s.catalog, fixtures: s.fixtures, sagas: s.sagas, runs: s.runs,
		batch: s.config.MaxInProgress, logger: s.logger,
	}
}

// calls returns the calls of a saga, with what goes wrong with them on purpose.
func (s *Shop) calls() store.Calls {
	calls := s.participants.Calls()
	if s.remote == nil {
		calls = s.defects.WrapCalls(calls)
	} else {
		calls = s.defects.WrapRemote(calls)
	}
	return giveUp(s.trouble.Wrap(calls), s.config.GiveUpAfter)
}

// resetInjected starts trouble and defects anew on a new fixture.
func (s *Shop) resetInjected() {
	s.trouble.Reset()
	s.defects.Reset()
}

// openSQLite opens database files, for this process alone.
func (s *Shop) openSQLite(ctx context.Context) (err error) {
	path := s.config.DB
	if path == "" {
		if s.temporary, err = os.MkdirTemp("", "sagalab-shop-"); err != nil {
			return fmt.Errorf("no temporary directory for the databases: %w", err)
		}
		path = filepath.Join(s.temporary, "shop.db")
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if s.lock, err = store.LockFile(path+store.LockSuffix, 0); err != nil {
		return err
	}
	participants, err := s.openParticipants(ctx, path)
	if err != nil {
		return err
	}
	s.assemble(participants, nil)
	enginePath := store.BesidePath(path, "engine")
	if err := s.fixtures.openSQLite(ctx, enginePath); err != nil {
		return err
	}
	if s.sagas.engine, err = openSQLiteEngine(ctx, enginePath, s.sagas.saga, s.engineLogger()); err != nil {
		return err
	}
	return s.recovery.resumeInterrupted()
}

// openTimeout bounds the opening on a server that hangs.
const openTimeout = 2 * time.Minute

// openPostgres opens a database of PostgreSQL, makes what is missing there, and
// joins the processes that use it.
func (s *Shop) openPostgres(ctx context.Context) error {
	server, err := store.ParseServer(s.config.DB)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, openTimeout, errors.New("it took too long"))
	defer cancel()
	return server.Explain(s.joinPostgres(ctx, server))
}

func (s *Shop) joinPostgres(ctx context.Context, server *store.Server) error {
	participants, leases, err := store.OpenPostgres(ctx, server, s.config.leaseDuration)
	if err != nil {
		return err
	}
	s.assemble(participants, leases)
	if err := leases.Join(); err != nil {
		return err
	}
	if err := s.fixtures.openShared(ctx, *s.config.Fixture); err != nil {
		return err
	}
	pool, err := server.EnginePool(ctx)
	if err != nil {
		return err
	}
	err = participants.MigrateAlone(ctx, func() (err error) {
		s.sagas.engine, err = openPostgresEngine(ctx, pool, leases.Holder(), s.sagas.saga, s.engineLogger())
		return err
	})
	if err != nil {
		if s.sagas.engine == nil {
			pool.Close()
		}
		return err
	}
	if err := s.sagas.engine.launch(); err != nil {
		return err
	}
	return s.recovery.check()
}

// Handler returns the service's HTTP handler. Errors are answered with problems of
// package purchase.
func (s *Shop) Handler() http.Handler {
	return (&httpAPI{
		lab: s.config.Lab, closing: &s.closing, logger: s.logger, participants: s.participants,
		catalog: s.catalog, purchases: s.purchases, fixtures: s.fixtures, runs: s.runs,
	}).handler(s.defects)
}

// SetFixture drops all orders and sets the state to f. Purchases are refused
// meanwhile; those in progress come to their end first. When they do not within
// ten seconds or ctx, nothing changes and the error says so. It does not ask whether a
// run is active, as PUT /lab/scenario does. After a crash in the
// middle the next Open completes it. The caller has validated f
// (purchase.Fixture.Validate).
func (s *Shop) SetFixture(ctx context.Context, f purchase.Fixture) error {
	return s.fixtures.set(ctx, f, func() error { return nil })
}

// Struck lists the orders on which a defect has had an effect since the fixture was
// set, in the order of the effects; for defect.NegativeStock they are products. It
// is kept in memory only, at most the first 100 000.
func (s *Shop) Struck(name defect.Defect) []string { return s.defects.Struck(name) }

func (s *Shop) engineLogger() *slog.Logger {
	return slog.New(warningsHandler{s.logger.Handler(), &s.closing})
}

// closeTimeout bounds how long Close waits for purchases in progress.
const closeTimeout = 10 * time.Second

// Close refuses new purchases, waits for those in progress until ctx ends (at
// most ten seconds), and closes everything. What has not ended by then is
// continued by the next Open, and on a shared database by the other processes at
// once. Closing again does nothing.
func (s *Shop) Close(ctx context.Context) error {
	if s.closing.Swap(true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	s.admission.stop()
	drained := s.admission.pause(ctx)
	s.stop()
	s.background.Wait()
	if drained != nil {
		s.logger.Warn("some purchases are left for the next start, or for the other processes", "cause", drained)
	}
	return s.discard()
}

// discard closes what is open, in the reverse order of opening.
func (s *Shop) discard() error {
	var errs []error
	if s.sagas != nil && s.sagas.engine != nil {
		errs = append(errs, s.sagas.engine.close(5*time.Second))
	}
	if s.leases != nil && s.leases.Holder() != "" {
		if err := s.leases.Leave(); err != nil && !store.IsUnreachable(err) { // else the lease expires
			errs = append(errs, err)
		}
	}
	if s.participants != nil {
		errs = append(errs, s.participants.Close())
	}
	if s.remote != nil {
		s.remote.close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Release())
	}
	if s.temporary != "" {
		errs = append(errs, os.RemoveAll(s.temporary))
	}
	return errors.Join(errs...)
}
