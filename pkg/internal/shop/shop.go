package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sagalab/pkg/purchase"
)

// Config is how a shop is opened. The zero value is a shop in a temporary
// directory on the scene purchase.Cases.
type Config struct {
	// DB is the path of the orders' database file; the files of the other
	// participants and of the engine lie beside it (shop.db, shop-stock.db,
	// shop-payments.db, shop-engine.db). "" is a temporary directory that Close
	// removes. A URL (postgres://, postgresql://) is a database of PostgreSQL, which
	// several processes may share; what it leaves open, PGPASSWORD and the other
	// variables of PostgreSQL's clients say.
	DB string
	// Lab makes PUT /lab/scenario available, which drops all orders.
	Lab bool
	// Scene is what a new database starts with, purchase.Cases when nil. It is
	// ignored when the database exists.
	Scene *purchase.Scene
	// MaxInProgress is how many purchases may be in progress at a time in this
	// process before further ones are refused as overloaded, 512 when 0.
	MaxInProgress int
	// Wait is how long a POST /purchase waits for the end of its purchase before
	// it answers in_progress, 4 s when 0.
	Wait time.Duration
	// Trouble is what goes wrong on purpose inside, Defects what the service does
	// wrong on purpose; by default nothing. Both need Lab. Seed is what they are
	// drawn from: the same seed does the same to the same purchases.
	Trouble Trouble
	Defects []Defect
	Seed    uint64
	// Logger gets warnings and errors, slog.Default when nil.
	Logger *slog.Logger

	lease time.Duration // of a process on a shared database, leaseTime when 0
}

func (c Config) withDefaults() (Config, error) {
	if c.MaxInProgress < 0 || c.Wait < 0 {
		return c, fmt.Errorf("shop: MaxInProgress is %d and Wait %v, want neither below 0", c.MaxInProgress, c.Wait)
	}
	if c.MaxInProgress == 0 {
		c.MaxInProgress = 512
	}
	if c.Wait == 0 {
		c.Wait = 4 * time.Second
	}
	if c.Scene == nil {
		cases := purchase.Cases()
		c.Scene = &cases
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if !c.Lab && (len(c.Defects) > 0 || !c.Trouble.none()) {
		return c, errors.New("shop: trouble and defects on purpose are for laboratories: they need Lab")
	}
	return c, errors.Join(c.Scene.Validate(), c.Trouble.Validate(), validateDefects(c.Defects))
}

// onlyWarnings drops what the engine tells about its everyday work, and its
// complaints about being interrupted once the shop is closing.
type onlyWarnings struct {
	slog.Handler
	closing *atomic.Bool
}

func (h onlyWarnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && !h.closing.Load() && h.Handler.Enabled(ctx, l)
}

func (h onlyWarnings) WithAttrs(a []slog.Attr) slog.Handler {
	return onlyWarnings{h.Handler.WithAttrs(a), h.closing}
}

func (h onlyWarnings) WithGroup(name string) slog.Handler {
	return onlyWarnings{h.Handler.WithGroup(name), h.closing}
}

// Shop is a running service. It is safe for concurrent use. Close it.
type Shop struct {
	config    Config
	logger    *slog.Logger
	temporary string // the directory to remove, "" if there is none
	lock      *lock

	stock    *stock
	payments *payments
	orders   *orders
	engine   *engine
	trouble  *troubles
	defects  *defects

	catalog   atomic.Pointer[catalog]
	scene     sync.Mutex // held while a scene is being set
	reloading sync.Mutex // held while the catalog is read
	peers     *peers     // nil: nobody else uses the database
	admission admission
	flights   flights
	watched   *watched
	turns     chan struct{} // a full one keeps sagas waiting, see maxRunning

	stop    context.CancelFunc // ends the background work
	work    sync.WaitGroup
	closing atomic.Bool
}

const lockSuffix = ".lock"

// Open opens the databases, or creates them, and continues the purchases that an
// earlier process left unfinished; they end in the background. A file that another
// process uses, a database that belongs to something else or that cannot be written
// to is an error. The context covers the opening only.
func Open(ctx context.Context, c Config) (*Shop, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Shop{config: c, logger: c.Logger, flights: flights{of: map[string]*flight{}},
		watched: newWatched(), turns: make(chan struct{}, maxRunning)}
	s.admission.max = c.MaxInProgress
	s.trouble = newTroubles(c.Trouble, c.Seed)
	s.defects = newDefects(s, c.Defects, c.Seed)
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.discard())
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	every := resumeEvery
	if s.peers != nil {
		every = s.peers.lease / 5
	}
	s.work.Go(func() { s.resume(background, every) })
	s.work.Go(func() { s.watch(background) })
	s.work.Go(func() { s.engine.prune(background) })
	return s, nil
}

func (s *Shop) open(ctx context.Context) (err error) {
	if isPostgres(s.config.DB) {
		return s.openShared(ctx)
	}
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
	if s.lock, err = acquire(path + lockSuffix); err != nil {
		return err
	}
	if err := s.openStores(ctx, path); err != nil {
		return err
	}
	return s.openEngine(ctx, beside(path, "engine"))
}

// beside names the file of one role beside the main one: shop.db, shop-stock.db.
func beside(path, role string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + role + ext
}

func (s *Shop) openStores(ctx context.Context, path string) error {
	o, err := openSQLiteStore(ctx, path, 'o', ordersSchema, func(t tx) error { return plan(t, *s.config.Scene) })
	if err != nil {
		return err
	}
	s.orders = &orders{o}
	_, planned, err := s.orders.planned()
	if err != nil {
		return err
	}
	empty := func(tx) error { // applyScene fills it
		if !planned {
			return fmt.Errorf("it is missing or empty beside %s, whose orders refer to it: restore it, or remove all of them", path)
		}
		return nil
	}
	st, err := openSQLiteStore(ctx, beside(path, "stock"), 's', stockSchema, empty)
	if err != nil {
		return err
	}
	s.stock = &stock{st}
	p, err := openSQLiteStore(ctx, beside(path, "payments"), 'p', paymentsSchema, empty)
	if err != nil {
		return err
	}
	s.payments = &payments{p}
	return nil
}

// openEngine opens the engine on a scene that is set everywhere, and continues
// what was interrupted.
func (s *Shop) openEngine(ctx context.Context, path string) error {
	sc, planned, err := s.orders.planned()
	if err != nil {
		return err
	}
	if planned { // the orders are gone, so their sagas must not be continued
		if err := s.discardEngine(ctx, path); err != nil {
			return err
		}
		err = s.applyScene(sc)
	} else {
		err = s.loadCatalog()
	}
	if err != nil {
		return err
	}
	if s.engine, err = openEngine(ctx, path, s.saga(), s.engineLogger()); err != nil {
		return err
	}
	return s.resumeInterrupted()
}

func (s *Shop) saga() *saga {
	return &saga{ask: s.trouble.around(s.defects.around(s.participants())), landed: s.flights.land}
}

func (s *Shop) engineLogger() *slog.Logger {
	return slog.New(onlyWarnings{s.logger.Handler(), &s.closing})
}

func (s *Shop) discardEngine(ctx context.Context, path string) error {
	if _, err := identify(ctx, path, 'e'); err != nil {
		return err
	}
	return removeDatabase(path)
}

// closeWait is how long Close waits for purchases in progress at most.
const closeWait = 10 * time.Second

// Close refuses new purchases, waits for those in progress until ctx ends (at
// most ten seconds), and closes everything. What has not ended by then is
// continued by the next Open, and on a shared database by the other processes at
// once. Closing again does nothing.
func (s *Shop) Close(ctx context.Context) error {
	if s.closing.Swap(true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	s.admission.stop()
	drained := s.admission.pause(ctx)
	s.stop()
	s.work.Wait()
	if drained != nil {
		s.logger.Warn("some purchases are left for the next start, or for the other processes", "cause", drained)
	}
	return s.discard()
}

// discard closes what is open, in the reverse order of opening.
func (s *Shop) discard() error {
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.close(5*time.Second))
	}
	if s.peers != nil && s.peers.me() != "" {
		if err := s.peers.leave(); err != nil && !unreachable(err) { // else the lease runs out
			errs = append(errs, err)
		}
	}
	if s.payments != nil {
		errs = append(errs, s.payments.close())
	}
	if s.stock != nil {
		errs = append(errs, s.stock.close())
	}
	if s.orders != nil {
		errs = append(errs, s.orders.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	if s.temporary != "" {
		errs = append(errs, os.RemoveAll(s.temporary))
	}
	return errors.Join(errs...)
}
