package store

import (
	"encoding/json"
	"fmt"

	"sagalab/pkg/purchase"
)

// FixtureSetting tells which fixture is set on a shared database, or is being set.
type FixtureSetting struct {
	Epoch       int64  // counts the fixtures, 0 before the first
	Setter      string // the lease of the process that is setting it, "" when it is set
	SetterAlive bool   // the setter's lease has not expired
	Fixture     string // as JSON, "" while the setter waits for purchases
}

// FixtureState reads which fixture is set, or is being set.
func (l *Leases) FixtureState() (s FixtureSetting, err error) {
	err = l.db.read(func(t Tx) error {
		_, err := t.QueryFirst(`SELECT epoch, setter, EXISTS (SELECT 1 FROM processes WHERE process = setter AND expires >= clock_timestamp()), coalesce(scene, '')
			FROM scene`, nil, &s.Epoch, &s.Setter, &s.SetterAlive, &s.Fixture)
		return err
	})
	return s, err
}

// ClaimFixture makes this process the setter of the fixture in place of the setter
// before, "" for none. It reports whether that succeeded.
func (l *Leases) ClaimFixture(before string) (bool, error) {
	return l.change(`UPDATE scene SET setter = ?2 WHERE setter = ?1 AND epoch > 0`, before, l.Holder())
}

// PlanFirstFixture plans the first fixture of an empty database. It reports whether
// this process did it.
func (l *Leases) PlanFirstFixture(f purchase.Fixture) (bool, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return false, err
	}
	return l.change(`UPDATE scene SET setter = ?1, scene = ?2, epoch = 1 WHERE epoch = 0`, l.Holder(), string(text))
}

// PlanFixture drops all orders and stores a fixture, as JSON, with the next epoch,
// unless an order is unfinished or this process is not the setter.
func (l *Leases) PlanFixture(fixture string) (planned bool, epoch int64, err error) {
	err = l.db.write("", nil, func(t Tx) error {
		planned, err = t.QueryFirst(`UPDATE scene SET scene = ?2, epoch = epoch + 1 WHERE setter = ?1
			AND NOT EXISTS (SELECT 1 FROM orders WHERE `+isUnfinished+`) RETURNING epoch`, []any{l.Holder(), fixture}, &epoch)
		if err != nil || !planned {
			return err
		}
		return t.Queue(l.db.emptied("effects", "orders"))
	})
	return planned, epoch, err
}

// ReleaseFixture ends the wait for purchases before a fixture is planned; nothing
// has changed.
func (l *Leases) ReleaseFixture() error {
	_, err := l.change(`UPDATE scene SET setter = '' WHERE setter = ?1 AND scene IS NULL`, l.Holder())
	return err
}

// FinishFixture ends the setting of a fixture that all participants have.
func (l *Leases) FinishFixture(epoch int64) error {
	_, err := l.change(`UPDATE scene SET setter = '', scene = NULL WHERE epoch = ?1 AND scene IS NOT NULL`, epoch)
	return err
}

func (l *Leases) change(statement string, args ...any) (changed bool, err error) {
	err = l.db.write("", nil, func(t Tx) error {
		n, err := t.Exec(statement, args...)
		changed = n > 0
		return err
	})
	return changed, err
}

// advanceEpoch is the statement by which a participant gets to an epoch; it changes
// a row at most once.
const advanceEpoch = `UPDATE about SET epoch = ?1 WHERE epoch < ?1`

// CheckParticipants refuses participants that do not belong to the orders: their
// fixture is an older one than that which was set, or the orders know of none.
func (l *Leases) CheckParticipants(s *Store) error {
	set, err := l.FixtureState()
	if err != nil {
		return err
	}
	for schema, db := range map[string]*Database{stockSchemaName: s.Stock.Database, paymentsSchemaName: s.Payments.Database} {
		epoch, err := epochOf(db)
		switch {
		case err != nil:
			return err
		case epoch < set.Epoch && set.Setter == "":
			return fmt.Errorf("the schema %s is missing or empty beside %s, whose orders refer to it: restore it, or remove all of them", schema, ordersSchemaName)
		case epoch == 0 || set.Epoch > 0:
			continue
		}
		// Another process may have set the first fixture since.
		if set, err = l.FixtureState(); err != nil {
			return err
		}
		if set.Epoch == 0 {
			return fmt.Errorf("the schema %s is missing or empty beside %s, which refers to it: restore it, or remove all of them", ordersSchemaName, schema)
		}
	}
	return nil
}

// epochOf reads the epoch that a participant is set to, 0 before the first fixture.
func epochOf(db *Database) (epoch int64, err error) {
	err = db.Read(func(t Tx) error {
		_, err := t.QueryFirst(`SELECT epoch FROM about`, nil, &epoch)
		return err
	})
	return epoch, err
}
