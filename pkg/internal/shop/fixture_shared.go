package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// On a shared database one process sets a fixture for all:
//
//  1. It makes itself the setter. From now on no process stores an order
//     (store/fence.go).
//  2. It waits until no order of any process is unfinished.
//  3. It drops the orders and stores the fixture, with the next epoch.
//  4. It sets the other participants, each of which stores the epoch, so that a
//     setter that lost its lease and continues sets nothing a second time.
//  5. It gives up being the setter. The others find that their catalog is of another
//     epoch when they store the next order.
//
// When it dies, another process takes its place: before 3 nothing has changed, and
// from 3 on the other process completes the fixture.

// fixturePollInterval is how often a process checks whether it can go on with a
// fixture.
const fixturePollInterval = 10 * time.Millisecond

func (s *fixtureSetter) setShared(ctx context.Context, f purchase.Fixture, allowed func() error) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	drain, cancel := context.WithTimeout(ctx, fixtureDrainTimeout)
	defer cancel()
	if claimed, err := s.leases.ClaimFixture(""); err != nil {
		return err
	} else if !claimed {
		return fmt.Errorf("%w: another process is setting one", errNotNow)
	}
	epoch, err := s.planShared(drain, string(text), allowed)
	if err != nil {
		return errors.Join(err, s.leases.ReleaseFixture())
	}
	return s.applyShared(epoch, f)
}

// planShared waits for the purchases in progress and replaces the orders by the
// plan of a fixture, when that still is allowed.
func (s *fixtureSetter) planShared(ctx context.Context, fixture string, allowed func() error) (epoch int64, err error) {
	for {
		planned := false
		busy, err := s.leases.AnyUnfinished()
		if err == nil && !busy {
			busy, err = s.sagas.engine.busy()
		}
		if err == nil && !busy {
			err = allowed()
		}
		if err == nil && !busy {
			planned, epoch, err = s.leases.PlanFixture(fixture)
		}
		if err != nil || planned {
			return epoch, err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: purchases are still in progress", errNotNow)
		case <-time.After(fixturePollInterval):
		}
	}
}

// applyShared sets a planned fixture. It may be repeated, by several processes at
// once.
func (s *fixtureSetter) applyShared(epoch int64, f purchase.Fixture) error {
	if s.sagas.engine != nil {
		if err := s.sagas.engine.forgetEnded(); err != nil {
			return err
		}
	}
	if err := s.participants.Stock.ResetTo(epoch, f.Products); err != nil {
		return err
	}
	if err := s.participants.Payments.ResetTo(epoch, f.Users); err != nil {
		return err
	}
	if err := s.leases.FinishFixture(epoch); err != nil {
		return err
	}
	err := s.catalog.reload()
	if errors.Is(err, store.ErrPaused) { // the next fixture is being set already
		return nil
	}
	return err
}

// finishAbandoned completes a fixture whose setter is dead. It reports whether a
// fixture is set.
func (s *fixtureSetter) finishAbandoned() (set bool, err error) {
	state, err := s.leases.FixtureState()
	if err != nil || state.Setter == "" {
		return state.Epoch > 0, err
	}
	if state.SetterAlive && state.Setter != s.leases.Holder() {
		return false, nil
	}
	if state.Setter == s.leases.Holder() && !s.mu.TryLock() {
		return false, nil // set is running
	} else if state.Setter == s.leases.Holder() {
		defer s.mu.Unlock()
	}
	if claimed, err := s.leases.ClaimFixture(state.Setter); err != nil || !claimed {
		return false, err
	}
	if state.Fixture == "" {
		return true, s.leases.ReleaseFixture()
	}
	var f purchase.Fixture
	if err := json.Unmarshal([]byte(state.Fixture), &f); err != nil {
		return false, err
	}
	return true, s.applyShared(state.Epoch, f)
}

// openShared returns when a fixture is set. On an empty database the first process
// sets it to first.
func (s *fixtureSetter) openShared(ctx context.Context, first purchase.Fixture) error {
	if err := s.leases.CheckParticipants(s.participants); err != nil {
		return err
	}
	if _, err := s.leases.PlanFirstFixture(first); err != nil {
		return err
	}
	for {
		set, err := s.finishAbandoned()
		if err != nil {
			return err
		}
		if set {
			return s.catalog.reload()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another process is setting a fixture: %w", context.Cause(ctx))
		case <-time.After(fixturePollInterval):
		}
	}
}
