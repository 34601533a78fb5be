package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/purchase"
)

// On a shared database a scene is set by one process for all:
//
//  1. It makes itself the setter. No order is stored any more, by anybody (gate.go).
//  2. It waits until no order is unfinished, anywhere.
//  3. It drops the orders and writes the scene down, with the next epoch.
//  4. It sets the other participants, each of which remembers the epoch, so that a
//     setter that was taken for dead and wakes up sets nothing a second time.
//  5. It gives up being the setter. The others find that their catalog is of another
//     epoch when they store the next order.
//
// When it dies, another process takes its place: before 3 nothing has changed, and
// from 3 on the scene is set to its end.

// scenePoll is how often a process looks whether it can go on with a scene.
const scenePoll = 10 * time.Millisecond

func (s *Shop) setSharedScene(ctx context.Context, sc purchase.Scene) error {
	text, err := json.Marshal(sc)
	if err != nil {
		return err
	}
	drain, cancel := context.WithTimeout(ctx, sceneWait)
	defer cancel()
	if got, err := s.peers.take(""); err != nil {
		return err
	} else if !got {
		return fmt.Errorf("%w: another process is setting one", errBusy)
	}
	epoch, err := s.planShared(drain, string(text))
	if err != nil {
		return errors.Join(err, s.peers.drop())
	}
	return s.applyShared(epoch, sc)
}

// planShared waits for the purchases in progress and puts the scene in their place.
func (s *Shop) planShared(ctx context.Context, scene string) (epoch int64, err error) {
	for planned := false; !planned; {
		busy, err := s.peers.busy()
		if err == nil && !busy {
			busy, err = s.engine.busy()
		}
		if err == nil && !busy {
			planned, epoch, err = s.peers.plan(scene)
		}
		if err != nil || planned {
			return epoch, err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: purchases are still in progress", errBusy)
		case <-time.After(scenePoll):
		}
	}
	return epoch, nil
}

// plan drops all orders for a scene, unless one of them is unfinished.
func (p *peers) plan(scene string) (planned bool, epoch int64, err error) {
	err = p.db.write("", nil, func(t tx) error {
		planned, err = t.one(`UPDATE scene SET scene = ?2, epoch = epoch + 1 WHERE setter = ?1
			AND NOT EXISTS (SELECT 1 FROM orders WHERE `+isUnfinished+`) RETURNING epoch`, []any{p.me(), scene}, &epoch)
		if err != nil || !planned {
			return err
		}
		return t.later(p.db.emptied("effects", "orders"))
	})
	return planned, epoch, err
}

// applyShared sets a planned scene. It may be repeated, by several at once.
func (s *Shop) applyShared(epoch int64, sc purchase.Scene) error {
	if s.engine != nil {
		if err := s.engine.forgetEnded(); err != nil {
			return err
		}
	}
	if err := s.stock.resetTo(epoch, sc.Products); err != nil {
		return err
	}
	if err := s.payments.resetTo(epoch, sc.Users); err != nil {
		return err
	}
	if err := s.peers.done(epoch); err != nil {
		return err
	}
	err := s.reloadCatalog()
	if errors.Is(err, errPaused) { // the next scene is being set already
		return nil
	}
	return err
}

// once is the statement by which a participant gets to an epoch, once.
const once = `UPDATE about SET epoch = ?1 WHERE epoch < ?1`

// finishScene goes on with the setting of a scene whose setter is dead. It reports
// whether a scene is set.
func (s *Shop) finishScene() (set bool, err error) {
	now, err := s.peers.setting()
	if err != nil || now.setter == "" {
		return now.epoch > 0, err
	}
	if now.alive && now.setter != s.peers.me() {
		return false, nil
	}
	if now.setter == s.peers.me() && !s.scene.TryLock() {
		return false, nil // SetScene is at it
	} else if now.setter == s.peers.me() {
		defer s.scene.Unlock()
	}
	if got, err := s.peers.take(now.setter); err != nil || !got {
		return false, err
	}
	if now.scene == "" {
		return true, s.peers.drop()
	}
	var sc purchase.Scene
	if err := json.Unmarshal([]byte(now.scene), &sc); err != nil {
		return false, err
	}
	return true, s.applyShared(now.epoch, sc)
}

// openScene returns when a scene is set, the first one by whoever comes first.
func (s *Shop) openScene(ctx context.Context) error {
	now, err := s.peers.setting()
	if err != nil {
		return err
	}
	if err := s.complete(now); err != nil {
		return err
	}
	if _, err := s.peers.first(s.config.Scene); err != nil {
		return err
	}
	for {
		set, err := s.finishScene()
		if err != nil {
			return err
		}
		if set {
			return s.reloadCatalog()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another process is setting a scene: %w", context.Cause(ctx))
		case <-time.After(scenePoll):
		}
	}
}

// complete refuses participants that do not belong to the orders: their scene is an
// older one than that which was set, or the orders know of none.
func (s *Shop) complete(set setting) error {
	for schema, st := range map[string]*store{stockIn: s.stock.store, paymentsIn: s.payments.store} {
		epoch, err := epochOf(st)
		switch {
		case err != nil:
			return err
		case epoch < set.epoch && set.setter == "":
			return fmt.Errorf("the schema %s is missing or empty beside %s, whose orders refer to it: restore it, or remove all of them", schema, ordersIn)
		case epoch == 0 || set.epoch > 0:
			continue
		}
		// Another process may have set the first scene since.
		if set, err = s.peers.setting(); err != nil {
			return err
		}
		if set.epoch == 0 {
			return fmt.Errorf("the schema %s is missing or empty beside %s, which refers to it: restore it, or remove all of them", ordersIn, schema)
		}
	}
	return nil
}

// epochOf is the scene that a participant is set to, 0 before the first one.
func epochOf(s *store) (epoch int64, err error) {
	err = s.reading(func(t tx) error {
		_, err := t.one(`SELECT epoch FROM about`, nil, &epoch)
		return err
	})
	return epoch, err
}

// reloadCatalog reads who and what is known, of one epoch.
func (s *Shop) reloadCatalog() error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	for range 100 {
		before, err := s.peers.setting()
		if err != nil {
			return err
		}
		if old := s.catalog.Load(); old != nil && old.epoch == before.epoch {
			return nil
		}
		if before.setter != "" && before.scene != "" {
			return errPaused
		}
		users, err := s.payments.ids()
		if err != nil {
			return err
		}
		products, err := s.stock.ids()
		if err != nil {
			return err
		}
		after, err := s.peers.setting()
		if err != nil {
			return err
		}
		if after.epoch == before.epoch {
			s.catalog.Store(&catalog{users, products, after.epoch})
			s.trouble.begin()
			s.defects.begin()
			return nil
		}
	}
	return errPaused
}
