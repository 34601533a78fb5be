package store

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
)

// defaultLeaseDuration is how long a process counts as alive after it renewed its
// lease, by the database's clock.
const defaultLeaseDuration = 5 * time.Second

// maxAdopted bounds the orders of dead processes that one process takes over at a
// time, so that several survivors share them.
const maxAdopted = 200

// Leases is a process's membership in the processes that share a PostgreSQL
// database. A process knows of the others only whose leases have expired. It is safe
// for concurrent use.
//
// Every unfinished order has an owner, the process that runs its saga. A process
// that finds an expired lease deletes it, and adopts orders whose owner has no lease
// (both in transactions of the orders, so exactly one process does). Adopted sagas
// run from their beginning: barriers answer for what took effect, and the engine's
// history, which the adopter drops, shuts the former owner out in case it was alive
// after all. That one finds its lease gone, takes a new one and continues as a new
// process.
//
// The setter of a fixture holds a lease, too: see fixture_postgres.go.
type Leases struct {
	db       *postgresSchema // the orders'
	duration time.Duration

	mu             sync.Mutex
	process        string    // the lease that this process holds, "" before Join
	connectedSince time.Time // since when the database has been reached without interruption
	interrupted    bool      // it could not be reached before that
}

func newLeases(db *postgresSchema, duration time.Duration) *Leases {
	if duration == 0 {
		duration = defaultLeaseDuration
	}
	return &Leases{db: db, duration: duration}
}

// newLeaseName names a lease uniquely, with host and process for a person who reads
// the tables.
func newLeaseName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "somewhere"
	}
	return fmt.Sprintf("%.60s/%d/%s", host, os.Getpid(), uuid.NewString()[:8])
}

// Holder returns the lease that this process holds, "" before Join.
func (l *Leases) Holder() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.process
}

// RenewInterval returns how often a lease is to be renewed.
func (l *Leases) RenewInterval() time.Duration { return l.duration / 5 }

// Join takes a new lease.
func (l *Leases) Join() error {
	process := newLeaseName()
	_, err := l.db.direct(`INSERT INTO processes (process, expires)
		VALUES (?1, clock_timestamp() + ?2 * INTERVAL '1 millisecond')`, process, l.duration.Milliseconds())
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.process, l.connectedSince = process, time.Now()
	return nil
}

// Renew extends the lease. When another process has deleted it, Renew takes a new
// one and returns false.
func (l *Leases) Renew() (kept bool, err error) {
	n, err := l.db.direct(`UPDATE processes SET expires = clock_timestamp() + ?2 * INTERVAL '1 millisecond'
		WHERE process = ?1`, l.Holder(), l.duration.Milliseconds())
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.connectedSince, l.interrupted = time.Now(), true
		return true, err
	}
	if n == 0 {
		return false, l.Join()
	}
	return true, nil
}

// grace returns for how long a lease must have expired before this process takes its
// holder for dead. It is 0 when this process has reached the database for as long as
// a lease lasts. A process that has just started waits one lease longer. When the
// database was unreachable, all leases have expired, and their holders get time to
// renew them.
func (l *Leases) grace() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case time.Since(l.connectedSince) >= l.duration:
		return 0
	case l.interrupted:
		return 24 * time.Hour
	}
	return l.duration
}

// Leave gives the lease back, so that others take up at once what is unfinished.
func (l *Leases) Leave() error {
	_, err := l.db.direct(`DELETE FROM processes WHERE process = ?1`, l.Holder())
	return err
}

const (
	isOwnerless    = isUnfinished + ` AND owner NOT IN (SELECT process FROM processes)`
	isExpiredLease = `process <> ?1 AND process NOT LIKE '` + runLeasePrefix + `%' AND expires < clock_timestamp() - ?2 * INTERVAL '1 millisecond'`
)

// Adopt takes over orders of dead processes. It returns the processes whose leases
// it deleted.
func (l *Leases) Adopt() (dead []string, err error) {
	holder, grace := l.Holder(), l.grace().Milliseconds()
	found := false
	err = l.db.read(func(t Tx) error {
		_, err := t.QueryFirst(`SELECT EXISTS (SELECT 1 FROM processes WHERE `+isExpiredLease+`) OR EXISTS (SELECT 1 FROM orders WHERE `+isOwnerless+`)`,
			[]any{holder, grace}, &found)
		return err
	})
	if err != nil || !found {
		return nil, err
	}
	err = l.db.write("", nil, func(t Tx) error {
		dead = nil
		err := t.QueryEach(`DELETE FROM processes WHERE `+isExpiredLease+` RETURNING process`, func(scan func(...any) error) error {
			var process string
			err := scan(&process)
			dead = append(dead, process)
			return err
		}, holder, grace)
		if err != nil {
			return err
		}
		return t.Queue(`UPDATE orders SET owner = ?1 WHERE seq IN (SELECT seq FROM orders WHERE `+isOwnerless+` ORDER BY seq LIMIT ?2)
			AND EXISTS (SELECT 1 FROM processes WHERE process = ?1)`, holder, maxAdopted)
	})
	return dead, err
}

// AnyUnfinished reports whether an order of any process is unfinished.
func (l *Leases) AnyUnfinished() (unfinished bool, err error) {
	err = l.db.read(func(t Tx) error {
		_, err := t.QueryFirst(`SELECT EXISTS (SELECT 1 FROM orders WHERE `+isUnfinished+`)`, nil, &unfinished)
		return err
	})
	return unfinished, err
}
