package shop

import (
	"fmt"
	"sync"
	"sync/atomic"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// catalog lists the users and products of the fixture.
type catalog struct {
	users, products map[int64]bool
	epoch           int64 // of the fixture, on a shared database; else 0
}

// check refuses a request whose user, product or payment method does not exist.
func (c *catalog) check(r purchase.Request) error {
	switch {
	case !c.users[int64(r.UserID)]:
		return purchase.NewProblem(purchase.UnknownUser, fmt.Sprintf("there is no user %d", r.UserID))
	case !c.products[int64(r.ProductID)]:
		return purchase.NewProblem(purchase.UnknownProduct, fmt.Sprintf("there is no product %d", r.ProductID))
	case r.PaymentMethodID != r.UserID: // payment method n belongs to user n
		return purchase.NewProblem(purchase.UnknownPaymentMethod,
			fmt.Sprintf("user %d has no payment method %d", r.UserID, r.PaymentMethodID))
	}
	return nil
}

// catalogCache keeps the catalog in memory, because every purchase needs it and only
// a new fixture changes it. It is safe for concurrent use.
type catalogCache struct {
	participants *store.Store
	leases       *store.Leases // nil on SQLite
	onNewEpoch   func()        // is called when another epoch was loaded

	current   atomic.Pointer[catalog]
	reloading sync.Mutex
}

// load reads the catalog of a database that this process has for itself.
func (c *catalogCache) load() error {
	users, products, err := c.participants.IDs()
	if err == nil {
		c.current.Store(&catalog{users: users, products: products})
	}
	return err
}

// reload reads the catalog of a shared database unless the epoch that is set there
// is the loaded one. It is ErrPaused while a fixture is being set.
func (c *catalogCache) reload() error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	for range 100 {
		before, err := c.leases.FixtureState()
		if err != nil {
			return err
		}
		if loaded := c.current.Load(); loaded != nil && loaded.epoch == before.Epoch {
			return nil
		}
		if before.Setter != "" && before.Fixture != "" {
			return store.ErrPaused
		}
		users, products, err := c.participants.IDs()
		if err != nil {
			return err
		}
		after, err := c.leases.FixtureState()
		if err != nil {
			return err
		}
		if after.Epoch == before.Epoch {
			c.current.Store(&catalog{users: users, products: products, epoch: after.Epoch})
			c.onNewEpoch()
			return nil
		}
	}
	return store.ErrPaused
}

// check refuses a request whose user, product or payment method does not exist in
// the fixture that is set now.
func (c *catalogCache) check(r purchase.Request) error {
	err := c.current.Load().check(r)
	if err == nil || c.leases == nil {
		return err
	}
	// Another process may have set another fixture.
	if err := c.reload(); err != nil {
		return err
	}
	return c.current.Load().check(r)
}

// token returns the token under which an order is stored now.
func (c *catalogCache) token() store.LeaseToken {
	if c.leases == nil {
		return store.LeaseToken{}
	}
	return store.LeaseToken{Process: c.leases.Holder(), Epoch: c.current.Load().epoch}
}
