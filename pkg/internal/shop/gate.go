package shop

import "errors"

// standing is what a process believes when it stores an order on a database that
// it shares: who it is, and which scene is set. The zero value is that of a process
// that has its database for itself.
type standing struct {
	process string // its lease, see peers.go
	epoch   int64  // of its catalog, see scene_shared.go
}

func (s standing) shared() bool { return s.process != "" }

// gate is where a new order is admitted to a shared database, in the transaction
// that stores it.
type gate struct {
	standing
	known   bool // there is an order under the key
	setting bool // somebody is setting a scene
	alive   bool // the lease is this process's
	is      int64
}

func openGate(by standing) gate { return gate{standing: by, is: by.epoch, alive: true} }

func (g *gate) query() query {
	return query{`SELECT epoch, setter <> '', EXISTS (SELECT 1 FROM processes WHERE process = ?1) FROM scene`, []any{g.process},
		func(scan func(...any) error) error { return scan(&g.is, &g.setting, &g.alive) }}
}

var (
	errStale = errors.New("another process has set a new scene")
	errLost  = errors.New("the other processes took this one for dead; it is about to come back")
)

func (g *gate) closed() error {
	switch {
	case g.setting:
		return errPaused
	case !g.alive:
		return errLost
	case g.is != g.epoch:
		return errStale
	}
	return nil
}
