package purchase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"sagalab/pkg/retry"
)

// Fixture is the state that PUT /lab/scenario sets on a service that was started for a
// lab, which drops all orders. Payment method n belongs to user n.
type Fixture struct {
	Users    []FixtureUser    `json:"users"`
	Products []FixtureProduct `json:"products"`
}

// FixtureUser is a user of a Fixture. Balance is what it starts with, in minor units.
type FixtureUser struct {
	UserID  ID    `json:"user_id"`
	Balance int64 `json:"balance"`
}

// FixtureProduct is a product of a Fixture. Price is in minor units, Stock what it starts
// with.
type FixtureProduct struct {
	ProductID ID    `json:"product_id"`
	Price     int64 `json:"price"`
	Stock     int64 `json:"stock"`
}

// Cases returns the fixture on which the three sequential cases hold: user 1 × 1 is
// confirmed, user 2 × 10 is InsufficientBalance, user 3 × 15 is OutOfStock.
func Cases() Fixture {
	return Fixture{
		Users:    []FixtureUser{{1, 1_000_000}, {2, 5_000}, {3, 1_000_000}},
		Products: []FixtureProduct{{1, 1000, 12}},
	}
}

// Plenty returns the fixture for load: stock and balances that a million purchases of
// quantity 1 cannot exhaust.
func Plenty() Fixture {
	const million = 1_000_000
	return Fixture{
		Users:    []FixtureUser{{1, 10_000 * million}, {2, 10_000 * million}, {3, 10_000 * million}},
		Products: []FixtureProduct{{1, 1000, 10 * million}},
	}
}

// ErrNoFixture is returned by SetFixture when the service has no PUT /lab/scenario: it was
// not started for a lab, or is another implementation.
var ErrNoFixture = errors.New("the service offers no PUT /lab/scenario")

// ErrBusy is wrapped by the error of SetFixture when another run is active on the
// service.
var ErrBusy = errors.New("another run is sending purchases to the service, whose orders a fixture would drop: " +
	"wait until it has ended, or start a service of your own on another port and give its address")

// busyWait bounds how long SetFixture waits for a run that may just have ended.
const busyWait = RunActive + 2*time.Second

// SetFixture drops all orders and sets users and products. The error wraps ErrNoFixture when
// the service was not started for that, or its adapter does not offer it. When the service
// answers that another run is active, SetFixture asks again for four seconds, because one that
// has just ended still counts; then the error wraps ErrBusy.
func (c *Client) SetFixture(ctx context.Context, f Fixture) (err error) {
	defer c.ended("SetFixture", &err)
	a, ok := c.adapter.(FixtureSetter)
	if !ok {
		return ErrNoFixture
	}
	return a.SetFixture(c.service(ctx), f)
}

// ErrNoReset is wrapped by the error of Reset when the adapter of the service does not offer
// it.
var ErrNoReset = errors.New("the adapter of the service has no call that drops its orders")

// Reset drops all orders of the service (Resetter).
func (c *Client) Reset(ctx context.Context) (err error) {
	defer c.ended("Reset", &err)
	a, ok := c.adapter.(Resetter)
	if !ok {
		return fmt.Errorf("%w (%s)", ErrNoReset, NameOf(c.adapter))
	}
	return a.Reset(c.service(ctx))
}

// SetFixture implements FixtureSetter: PUT /lab/scenario.
func (Contract) SetFixture(s Service, f Fixture) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	c, request := s.client, retry.Request{Method: http.MethodPut, Path: "/lab/scenario", Body: body}
	o := c.http.Send(s.ctx, c.endpoint.base, request)
	for until := time.Now().Add(busyWait); busy(o) && time.Now().Before(until) && s.ctx.Err() == nil; {
		select {
		case <-s.ctx.Done():
		case <-time.After(200 * time.Millisecond):
			o = c.http.Send(s.ctx, c.endpoint.base, request)
		}
	}
	switch last := o.Last(); {
	case busy(o):
		return fmt.Errorf("setting the fixture at %s: %w", c.endpoint, ErrBusy)
	case last.Status == http.StatusNotFound || last.Status == http.StatusMethodNotAllowed || last.Status == http.StatusNotImplemented:
		return ErrNoFixture
	case o.Err != nil:
		return fmt.Errorf("setting the fixture at %s: %w", c.endpoint, o.Err)
	case !last.OK():
		return fmt.Errorf("setting the fixture at %s: %w", c.endpoint, problemOf(last))
	}
	return nil
}

// busy reports whether a fixture was refused because another run is active.
func busy(o retry.Operation) bool {
	var p Problem
	return o.Err == nil && o.Last().Status == http.StatusConflict && errors.As(problemOf(o.Last()), &p) && p.Code == Busy
}

// Validate reports everything that is wrong with s at once, nil when nothing is:
// ids are valid and differ, prices are at least 1, balances and stocks are at least
// 0, and neither the sum of the balances nor a price × stock exceeds 2⁶³ − 1.
func (f Fixture) Validate() error {
	return errors.Join(validateUsers(f.Users), validateProducts(f.Products))
}

func validateUsers(users []FixtureUser) error {
	var errs []error
	var total int64
	seen := map[ID]bool{}
	for i, u := range users {
		switch {
		case !u.UserID.Valid():
			errs = append(errs, fmt.Errorf("users[%d].user_id is %d, want at least 1", i, u.UserID))
		case seen[u.UserID]:
			errs = append(errs, fmt.Errorf("users[%d].user_id is %d, which another user has", i, u.UserID))
		case u.Balance < 0:
			errs = append(errs, fmt.Errorf("users[%d].balance is %d, want at least 0", i, u.Balance))
		case u.Balance > math.MaxInt64-total:
			return errors.Join(append(errs, errors.New("the balances add up to more than 2⁶³ − 1"))...)
		default:
			total += u.Balance
		}
		seen[u.UserID] = true
	}
	return errors.Join(errs...)
}

func validateProducts(products []FixtureProduct) error {
	var errs []error
	seen := map[ID]bool{}
	for i, p := range products {
		switch {
		case !p.ProductID.Valid():
			errs = append(errs, fmt.Errorf("products[%d].product_id is %d, want at least 1", i, p.ProductID))
		case seen[p.ProductID]:
			errs = append(errs, fmt.Errorf("products[%d].product_id is %d, which another product has", i, p.ProductID))
		case p.Price < 1:
			errs = append(errs, fmt.Errorf("products[%d].price is %d, want at least 1", i, p.Price))
		case p.Stock < 0:
			errs = append(errs, fmt.Errorf("products[%d].stock is %d, want at least 0", i, p.Stock))
		case p.Stock > math.MaxInt64/p.Price:
			errs = append(errs, fmt.Errorf("products[%d].price × stock is more than 2⁶³ − 1", i))
		}
		seen[p.ProductID] = true
	}
	return errors.Join(errs...)
}
