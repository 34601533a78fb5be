package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// Config configures a shop. The zero value is a shop in a temporary directory on
// the fixture purchase.Cases.
type Config struct {
	// DB is the path of the orders' database file; the files of the other
	// participants and of the engine lie beside it (shop.db, shop-stock.db,
	// shop-payments.db, shop-engine.db). "" is a temporary directory that Close
	// removes. A URL (postgres://, postgresql://) is a database of PostgreSQL, which
	// several processes may share; parameters that it leaves out come from PGPASSWORD
	// and the other variables of PostgreSQL's clients.
	DB string
	// Lab makes PUT /lab/scenario available, which drops all orders.
	Lab bool
	// Fixture is the state of a new database, purchase.Cases when nil. It is ignored
	// when the database exists.
	Fixture *purchase.Fixture
	// MaxInProgress bounds the purchases in progress in this process; further ones are
	// refused as overloaded. 0 is 512.
	MaxInProgress int
	// Wait bounds how long a POST /purchase waits for the end of its purchase before
	// it answers in_progress, 4 s when 0.
	Wait time.Duration
	// Trouble is injected between the saga and its participants; Defects make the
	// service break its promises. The zero values inject nothing. Both need Lab. Seed
	// seeds their draws: the same seed does the same to the same purchases.
	Trouble defect.Trouble
	Defects []defect.Defect
	Seed    uint64
	// Remote says where the stock and the payments are when they are processes of their own;
	// nil keeps them in this one. It needs a DB that is a file.
	Remote *Remote
	// Retry is the wait before the second call of a step that failed; it doubles up to a
	// second. 0 is 50 ms.
	Retry time.Duration
	// GiveUpAfter is after how many failed calls of a reservation or a charge a purchase is
	// cancelled for failed_dependency. 0 is never: a step is called until it is answered.
	GiveUpAfter int
	// Logger gets warnings and errors, slog.Default when nil.
	Logger *slog.Logger

	leaseDuration time.Duration // of a process on a shared database, 0 is the default
}

func (c Config) withDefaults() (Config, error) {
	if c.MaxInProgress < 0 || c.Wait < 0 || c.Retry < 0 || c.GiveUpAfter < 0 {
		return c, fmt.Errorf("shop: MaxInProgress is %d, Wait %v, Retry %v and GiveUpAfter %d, want none below 0", c.MaxInProgress, c.Wait, c.Retry, c.GiveUpAfter)
	}
	if c.Remote != nil && store.IsPostgres(c.DB) {
		return c, errors.New("shop: participants in processes of their own keep database files: DB cannot be a PostgreSQL database")
	}
	if c.Retry == 0 {
		c.Retry = 50 * time.Millisecond
	}
	if c.GiveUpAfter == 0 {
		c.GiveUpAfter = defect.GiveUpAfter(c.Defects)
	}
	if c.MaxInProgress == 0 {
		c.MaxInProgress = 512
	}
	if c.Wait == 0 {
		c.Wait = 4 * time.Second
	}
	if c.Fixture == nil {
		cases := purchase.Cases()
		c.Fixture = &cases
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if !c.Lab && (len(c.Defects) > 0 || !c.Trouble.IsZero()) {
		return c, errors.New("shop: injected trouble and defects are for laboratories: they need Lab")
	}
	return c, errors.Join(c.Fixture.Validate(), c.Trouble.Validate(), defect.ValidateAll(c.Defects, c.Remote != nil))
}

// warningsHandler drops the engine's messages below a warning, and all of them once
// the shop is closing, when the engine complains that it is interrupted.
type warningsHandler struct {
	slog.Handler
	closing *atomic.Bool
}

func (h warningsHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && !h.closing.Load() && h.Handler.Enabled(ctx, l)
}

func (h warningsHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return warningsHandler{h.Handler.WithAttrs(a), h.closing}
}

func (h warningsHandler) WithGroup(name string) slog.Handler {
	return warningsHandler{h.Handler.WithGroup(name), h.closing}
}
