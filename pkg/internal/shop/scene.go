package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/purchase"
)

// sceneWait is how long a new scene waits for the purchases in progress.
const sceneWait = 10 * time.Second

// catalog is who and what is known, kept in memory because only a new scene
// changes it and every purchase asks.
type catalog struct {
	users, products map[int64]bool
	epoch           int64 // of the scene, on a shared database
}

// SetScene drops all orders and sets the state to sc. Purchases are refused
// meanwhile; those in progress come to their end first. When they do not within
// ten seconds or ctx, nothing is changed and an error returned. A crash in the
// middle is made good by the next Open. Invalid scenes are the caller's business
// (purchase.Scene.Validate).
func (s *Shop) SetScene(ctx context.Context, sc purchase.Scene) error {
	s.scene.Lock()
	defer s.scene.Unlock()
	if s.peers != nil {
		return s.setSharedScene(ctx, sc)
	}
	drain, cancel := context.WithTimeout(ctx, sceneWait)
	defer cancel()
	if err := s.admission.pause(drain); err != nil {
		s.admission.resume()
		return fmt.Errorf("%w: purchases are still in progress", errBusy)
	}
	// From here on an error leaves a scene that is set in part, and purchases stay
	// refused: setting a scene again ends that, and so does opening the shop again.
	if err := s.orders.atomically(func(t tx) error { return plan(t, sc) }); err != nil {
		return err
	}
	if err := s.engine.forgetAll(); err != nil {
		return err
	}
	if err := s.applyScene(sc); err != nil {
		return err
	}
	s.trouble.begin()
	s.defects.begin()
	s.admission.resume()
	return nil
}

var errBusy = errors.New("the scene cannot be changed now")

// plan begins a new scene in a transaction of the orders: the orders are gone,
// and the scene is written down until it is set everywhere.
func plan(t tx, sc purchase.Scene) error {
	text, err := json.Marshal(sc)
	if err != nil {
		return err
	}
	if err := t.script(`DELETE FROM effects; DELETE FROM orders; DELETE FROM scene;`); err != nil { // of SQLite
		return err
	}
	_, err = t.exec(`INSERT INTO scene (id, scene) VALUES (1, ?1)`, string(text))
	return err
}

// planned reads the scene that was begun and not ended.
func (s *orders) planned() (sc purchase.Scene, found bool, err error) {
	var text string
	err = s.reading(func(t tx) error {
		found, err = t.one(`SELECT scene FROM scene`, nil, &text)
		return err
	})
	if err == nil && found {
		err = json.Unmarshal([]byte(text), &sc)
	}
	return sc, found, err
}

// applyScene sets the planned scene in the other stores and ends the plan. It may
// be repeated.
func (s *Shop) applyScene(sc purchase.Scene) error {
	if err := s.stock.reset(sc.Products); err != nil {
		return err
	}
	if err := s.payments.reset(sc.Users); err != nil {
		return err
	}
	if err := s.orders.atomically(func(t tx) error { return t.script(`DELETE FROM scene`) }); err != nil {
		return err
	}
	return s.loadCatalog()
}

func (s *Shop) loadCatalog() error {
	users, err := s.payments.ids()
	if err != nil {
		return err
	}
	products, err := s.stock.ids()
	if err != nil {
		return err
	}
	s.catalog.Store(&catalog{users: users, products: products})
	return nil
}
