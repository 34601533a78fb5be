package store

import (
	"context"

	"github.com/google/uuid"

	"sagalab/pkg/purchase"
)

// fixtureIDTable has the name of the fixture that a participant in a process of its own
// holds, so that it can refuse a call that was sent before the fixture was set and arrives
// after. Other ways to open the file leave the table alone.
const fixtureIDTable = `CREATE TABLE IF NOT EXISTS fixture_id (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	id   TEXT NOT NULL
) STRICT;`

const setFixtureID = `INSERT INTO fixture_id (only, id) VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET id = ?1`

// OpenStock opens the file of a stock that is a process of its own, or creates it without
// products.
func OpenStock(ctx context.Context, path string) (*Stock, error) {
	db, err := openParticipant(ctx, path, stockRole, stockSchema)
	if err != nil {
		return nil, err
	}
	return &Stock{db}, nil
}

// OpenPayments opens the file of payments that are a process of their own, or creates it
// without users.
func OpenPayments(ctx context.Context, path string) (*Payments, error) {
	db, err := openParticipant(ctx, path, paymentsRole, paymentsSchema)
	if err != nil {
		return nil, err
	}
	return &Payments{db}, nil
}

// openParticipant opens a file and names its fixture when it has no name: "" when the file
// is new.
func openParticipant(ctx context.Context, path string, role byte, schema string) (*Database, error) {
	id := uuid.NewString()
	db, err := openSQLiteDatabase(ctx, path, role, schema, func(Tx) error { id = ""; return nil })
	if err != nil {
		return nil, err
	}
	err = db.Atomically(func(t Tx) error {
		if err := t.ExecScript(fixtureIDTable); err != nil {
			return err
		}
		return t.Queue(`INSERT INTO fixture_id (only, id) VALUES (1, ?1) ON CONFLICT DO NOTHING`, id)
	})
	if err != nil {
		db.close()
		return nil, OpenError(path, err)
	}
	return db, nil
}

// FixtureID reads the name of the fixture that a participant in a process of its own holds,
// "" when none was ever set.
func (d *Database) FixtureID() (id string, err error) {
	err = d.Read(func(t Tx) error {
		_, err := t.QueryFirst(`SELECT id FROM fixture_id`, nil, &id)
		return err
	})
	return id, err
}

// ResetAs is Reset under the name of a fixture.
func (s *Stock) ResetAs(id string, products []purchase.FixtureProduct) error {
	return s.Atomically(func(t Tx) error {
		if err := s.fill(t, products); err != nil {
			return err
		}
		return t.Queue(setFixtureID, id)
	})
}

// ResetAs is Reset under the name of a fixture.
func (p *Payments) ResetAs(id string, users []purchase.FixtureUser) error {
	return p.Atomically(func(t Tx) error {
		if err := p.fill(t, users); err != nil {
			return err
		}
		return t.Queue(setFixtureID, id)
	})
}

// Close closes the database of a participant in a process of its own.
func (d *Database) Close() error { return d.close() }
