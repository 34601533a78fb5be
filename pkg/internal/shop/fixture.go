package shop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// fixtureDrainTimeout bounds how long a new fixture waits for the purchases in
// progress.
const fixtureDrainTimeout = 10 * time.Second

var errNotNow = errors.New("the fixture cannot be changed now")

// fixtureSetter sets the state of all participants. It is safe for concurrent use.
type fixtureSetter struct {
	participants *store.Store
	leases       *store.Leases // nil on SQLite
	sagas        *sagaRunner
	catalog      *catalogCache
	admission    *admission
	onSet        func() // is called when a fixture was set on SQLite

	mu sync.Mutex // held while a fixture is being set
}

// set is Shop.SetFixture. Nothing changes when allowed returns an error, which set then
// returns. It is called before purchases are refused, and again when those in progress
// have ended: some may have come meanwhile.
func (s *fixtureSetter) set(ctx context.Context, f purchase.Fixture, allowed func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := allowed(); err != nil {
		return err
	}
	if s.leases != nil {
		return s.setShared(ctx, f, allowed)
	}
	drain, cancel := context.WithTimeout(ctx, fixtureDrainTimeout)
	defer cancel()
	if err := s.admission.pause(drain); err != nil {
		s.admission.resume()
		return fmt.Errorf("%w: purchases are still in progress", errNotNow)
	}
	if err := allowed(); err != nil {
		s.admission.resume()
		return err
	}
	// From here on an error leaves a fixture that is set in part, and purchases stay
	// refused: setting a fixture again ends that, and so does opening the shop again.
	if err := s.participants.Orders.PlanFixture(f); err != nil {
		return err
	}
	if err := s.sagas.engine.forgetAll(); err != nil {
		return err
	}
	if err := s.apply(f); err != nil {
		return err
	}
	s.onSet()
	s.admission.resume()
	return nil
}

// apply sets the planned fixture in the other databases and ends the plan. It may be
// repeated.
func (s *fixtureSetter) apply(f purchase.Fixture) error {
	if err := s.participants.ApplyFixture(f); err != nil {
		return err
	}
	return s.catalog.load()
}

// openSQLite completes the fixture that an earlier process, or the creation of the
// databases, has planned, and loads the catalog.
func (s *fixtureSetter) openSQLite(ctx context.Context, enginePath string) error {
	f, planned, err := s.participants.Orders.PlannedFixture()
	if err != nil {
		return err
	}
	if !planned {
		return s.catalog.load()
	}
	// The orders are gone, so their sagas must not be continued.
	if err := store.RemoveEngineDB(ctx, enginePath); err != nil {
		return err
	}
	return s.apply(f)
}
