package store

import "errors"

// LeaseToken is the state that a process assumes when it stores an order on a shared
// database. The zero value is that of a process that has its database for itself.
type LeaseToken struct {
	Process string // the lease that it holds, see leases.go
	Epoch   int64  // of the fixture that it knows, see fixture_postgres.go
}

func (t LeaseToken) shared() bool { return t.Process != "" }

// fence refuses a new order when its token is out of date. Its query runs in the
// transaction that stores the order.
type fence struct {
	LeaseToken
	keyExists    bool // there is an order under the key
	beingSet     bool // a process is setting a fixture
	leaseValid   bool
	currentEpoch int64
}

func newFence(token LeaseToken) fence {
	return fence{LeaseToken: token, currentEpoch: token.Epoch, leaseValid: true}
}

func (f *fence) query() query {
	return query{`SELECT epoch, setter <> '', EXISTS (SELECT 1 FROM processes WHERE process = ?1) FROM scene`, []any{f.Process},
		func(scan func(...any) error) error { return scan(&f.currentEpoch, &f.beingSet, &f.leaseValid) }}
}

// The errors of an order that a fence refused; nothing is stored.
var (
	ErrPaused     = errors.New("the service is about to set a new fixture or to stop")
	ErrOldFixture = errors.New("another process has set a new fixture")
	ErrLeaseLost  = errors.New("lease lost; rejoining")
)

func (f *fence) check() error {
	switch {
	case f.beingSet:
		return ErrPaused
	case !f.leaseValid:
		return ErrLeaseLost
	case f.currentEpoch != f.Epoch:
		return ErrOldFixture
	}
	return nil
}
