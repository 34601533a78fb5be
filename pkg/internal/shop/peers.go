package shop

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
)

// leaseTime is how long a process is taken to be alive after it said so last, by
// the database's clock. It says so five times in that time.
const leaseTime = 5 * time.Second

// maxAdopted is how many orders of dead processes one takes over at a time, so that
// several survivors share them.
const maxAdopted = 200

// peers is what a process on a shared database knows of the others: nothing but
// that it is alive itself, by a lease, and which leases have run out.
//
// Every unfinished order has an owner, the process that runs its saga. Who finds a
// lease that has run out deletes it, and whose owner has no lease is adopted by
// whoever comes first (both in the orders' transactions, so exactly one does).
// Adopted sagas run from their beginning: barriers answer for what took effect, and
// the engine's history, which the adopter drops, shuts the former owner out in case
// it was not dead at all. That one finds its lease gone, takes a new one and goes
// on as a new process.
type peers struct {
	db    *postgresSchema // the orders'
	lease time.Duration

	mu      sync.Mutex
	process string    // the lease that this process holds now
	since   time.Time // since when it has been in touch with the database without interruption
	torn    bool      // it was out of touch before
}

func newPeers(db *postgresSchema, lease time.Duration) *peers {
	if lease == 0 {
		lease = leaseTime
	}
	return &peers{db: db, lease: lease}
}

// newProcess names a process for itself and for whoever reads the tables.
func newProcess() string {
	host, err := os.Hostname()
	if err != nil {
		host = "somewhere"
	}
	return fmt.Sprintf("%.60s/%d/%s", host, os.Getpid(), uuid.NewString()[:8])
}

// me is the lease that this process holds.
func (p *peers) me() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process
}

func (p *peers) expiry() int64 { return p.lease.Milliseconds() }

// join takes a new lease.
func (p *peers) join() error {
	process := newProcess()
	_, err := p.db.direct(`INSERT INTO processes (process, expires)
		VALUES (?1, clock_timestamp() + ?2 * INTERVAL '1 millisecond')`, process, p.expiry())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.process, p.since = process, time.Now()
	return nil
}

// renew says that this process is alive. It reports false when the others took it
// for dead, and it is a new one now.
func (p *peers) renew() (kept bool, err error) {
	n, err := p.db.direct(`UPDATE processes SET expires = clock_timestamp() + ?2 * INTERVAL '1 millisecond'
		WHERE process = ?1`, p.me(), p.expiry())
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.since, p.torn = time.Now(), true
		return true, err
	}
	if n == 0 {
		return false, p.join()
	}
	return true, nil
}

// overdue is how long a lease must have run out before this process takes its
// holder for dead: not at all when it has been in touch with the database for as
// long as a lease. A process that starts is in no position to tell; and when the
// database comes back, all leases have run out, and those who live shall have the
// time to say so.
func (p *peers) overdue() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case time.Since(p.since) >= p.lease:
		return 0
	case p.torn:
		return 24 * time.Hour
	}
	return p.lease
}

// leave gives the lease back, so that others take up at once what is unfinished.
func (p *peers) leave() error {
	_, err := p.db.direct(`DELETE FROM processes WHERE process = ?1`, p.me())
	return err
}

const (
	ownerless = isUnfinished + ` AND owner NOT IN (SELECT process FROM processes)`
	dead      = `process <> ?1 AND expires < clock_timestamp() - ?2 * INTERVAL '1 millisecond'`
)

// adopt takes over orders of processes that are dead. It returns those processes.
func (p *peers) adopt() (buried []string, err error) {
	me, overdue := p.me(), p.overdue().Milliseconds()
	found := false
	err = p.db.read(func(t tx) error {
		_, err := t.one(`SELECT EXISTS (SELECT 1 FROM processes WHERE `+dead+`) OR EXISTS (SELECT 1 FROM orders WHERE `+ownerless+`)`,
			[]any{me, overdue}, &found)
		return err
	})
	if err != nil || !found {
		return nil, err
	}
	err = p.db.write("", nil, func(t tx) error {
		buried = nil
		err := t.each(`DELETE FROM processes WHERE `+dead+` RETURNING process`, func(scan func(...any) error) error {
			var process string
			err := scan(&process)
			buried = append(buried, process)
			return err
		}, me, overdue)
		if err != nil {
			return err
		}
		return t.later(`UPDATE orders SET owner = ?1 WHERE seq IN (SELECT seq FROM orders WHERE `+ownerless+` ORDER BY seq LIMIT ?2)
			AND EXISTS (SELECT 1 FROM processes WHERE process = ?1)`, me, maxAdopted)
	})
	return buried, err
}

// busy tells whether any order of any process is unfinished.
func (p *peers) busy() (busy bool, err error) {
	err = p.db.read(func(t tx) error {
		_, err := t.one(`SELECT EXISTS (SELECT 1 FROM orders WHERE `+isUnfinished+`)`, nil, &busy)
		return err
	})
	return busy, err
}

// setting is the scene that is set, or is being set.
type setting struct {
	epoch  int64
	setter string // "" when it is set
	alive  bool   // the setter is
	scene  string // JSON, "" while purchases are awaited
}

func (p *peers) setting() (s setting, err error) {
	err = p.db.read(func(t tx) error {
		_, err := t.one(`SELECT epoch, setter, EXISTS (SELECT 1 FROM processes WHERE process = setter AND expires >= clock_timestamp()), coalesce(scene, '')
			FROM scene`, nil, &s.epoch, &s.setter, &s.alive, &s.scene)
		return err
	})
	return s, err
}

// take makes this process the setter of the scene, in place of who was it before,
// "" for nobody. It reports whether it got it.
func (p *peers) take(before string) (bool, error) {
	return p.change(`UPDATE scene SET setter = ?2 WHERE setter = ?1 AND epoch > 0`, before, p.me())
}

// first plans the first scene of an empty database.
func (p *peers) first(scene any) (bool, error) {
	text, err := json.Marshal(scene)
	if err != nil {
		return false, err
	}
	return p.change(`UPDATE scene SET setter = ?1, scene = ?2, epoch = 1 WHERE epoch = 0`, p.me(), string(text))
}

// drop ends the wait for purchases; nothing has changed.
func (p *peers) drop() error {
	_, err := p.change(`UPDATE scene SET setter = '' WHERE setter = ?1 AND scene IS NULL`, p.me())
	return err
}

// done ends the setting of a scene that is set everywhere.
func (p *peers) done(epoch int64) error {
	_, err := p.change(`UPDATE scene SET setter = '', scene = NULL WHERE epoch = ?1 AND scene IS NOT NULL`, epoch)
	return err
}

func (p *peers) change(statement string, args ...any) (changed bool, err error) {
	err = p.db.write("", nil, func(t tx) error {
		n, err := t.exec(statement, args...)
		changed = n > 0
		return err
	})
	return changed, err
}
