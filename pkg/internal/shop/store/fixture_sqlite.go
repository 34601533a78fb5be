package store

import (
	"encoding/json"

	"sagalab/pkg/purchase"
)

// PlanFixture drops all orders and stores f as the fixture that is to be set, on
// SQLite.
func (or *Orders) PlanFixture(f purchase.Fixture) error {
	return or.Atomically(func(t Tx) error { return planFixture(t, f) })
}

func planFixture(t Tx, f purchase.Fixture) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := t.ExecScript(`DELETE FROM effects; DELETE FROM orders; DELETE FROM scene;`); err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO scene (id, scene) VALUES (1, ?1)`, string(text))
	return err
}

// PlannedFixture reads the fixture that was planned and is not set everywhere, on
// SQLite.
func (or *Orders) PlannedFixture() (f purchase.Fixture, found bool, err error) {
	var text string
	err = or.Read(func(t Tx) error {
		found, err = t.QueryFirst(`SELECT scene FROM scene`, nil, &text)
		return err
	})
	if err == nil && found {
		err = json.Unmarshal([]byte(text), &f)
	}
	return f, found, err
}

// ApplyFixture sets the planned fixture f in the stock and the payments and ends the
// plan, on SQLite. It may be repeated.
func (s *Store) ApplyFixture(f purchase.Fixture) error {
	if err := s.stock.Reset(f.Products); err != nil {
		return err
	}
	if err := s.payments.Reset(f.Users); err != nil {
		return err
	}
	return s.Orders.Atomically(func(t Tx) error { return t.ExecScript(`DELETE FROM scene`) })
}
