package faultsearch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// ResetBy is how the service is set anew before each execution.
type ResetBy string

// The ways to set it anew.
const (
	// ByFixture: users and products are set (purchase.FixtureSetter), to just too little.
	ByFixture ResetBy = "fixture"
	// ByAdapter: orders are dropped (purchase.Resetter), and users and products are the
	// service's own.
	ByAdapter ResetBy = "adapter"
	// ByCommand: a command does it.
	ByCommand ResetBy = "command"
	// Fresh: nothing is; each execution uses users and a product that none before has used.
	Fresh ResetBy = "fresh"
)

// ErrNoReset is wrapped by the error of a service that cannot be set anew.
var ErrNoReset = errors.New("the service cannot be reset: it offers no PUT /lab/scenario, and its adapter no reset: give a command that does it, or let each execution use users and products of its own")

// price is that of the product of a fixture, in minor units.
const price = 1000

// fixtureOf returns users 1 to n, of which the first ones buy, and product 1, with just too
// little for all purchases of a world. One user more than buys is a bystander, who must not pay.
func fixtureOf(w World) purchase.Fixture {
	n, supply := int64(w.Purchases), int64(w.Supply())
	f := purchase.Fixture{Products: []purchase.FixtureProduct{{ProductID: 1, Price: price, Stock: supply}}}
	if w.Scarce == Money {
		f.Products[0].Stock = n + 1
	}
	for i := int64(1); i <= n+1; i++ {
		balance := 10 * n * price
		if w.Scarce == Money && i == 1 {
			balance = supply * price
		}
		f.Users = append(f.Users, purchase.FixtureUser{UserID: purchase.ID(i), Balance: balance})
	}
	return f
}

// start is what an execution begins with.
type start struct {
	requests []purchase.Request
	fixture  *purchase.Fixture
	before   *audit.State
	subjects observe.Subjects
}

// prepare sets the service anew and returns what is bought.
func (s *Service) prepare(ctx context.Context, w World) (start, error) {
	if s.config.Reset == ByFixture {
		f := fixtureOf(w)
		if err := s.reader.SetFixture(ctx, f); err != nil {
			return start{}, err
		}
		users := []purchase.ID{1, 2, 3}
		return start{requests: requestsOf(s.config.Seed, w, users, 1, 1), fixture: &f, subjects: observe.SubjectsOf(nil, &f)}, nil
	}
	users, product := s.config.Users, s.config.Product
	switch s.config.Reset {
	case ByAdapter:
		if err := s.reader.Reset(ctx); err != nil {
			return start{}, err
		}
	case ByCommand:
		if err := runCommand(ctx, s.config.ResetCommand); err != nil {
			return start{}, err
		}
	case Fresh:
		users = nil
		for i := range w.Purchases {
			users = append(users, s.config.Users[0]+purchase.ID(s.fresh*MaxPurchases+i))
		}
		product += purchase.ID(s.fresh)
		s.fresh++
	}
	st := start{subjects: observe.Subjects{Products: []purchase.ID{product}, Users: users}}
	before, err := observe.ReadState(ctx, s.reader, st.subjects)
	if err != nil {
		return st, err
	}
	st.before = before
	st.requests = requestsOf(s.config.Seed, w, users, product, s.scarceQuantity(w, before, users))
	return st, nil
}

// requestsOf returns the purchases of a world, each under a new key: in the same series the
// same but for the time.
func requestsOf(seed uint64, w World, users []purchase.ID, product purchase.ID, quantity int64) (list []purchase.Request) {
	for i := range w.Purchases {
		key := keyed.UUIDv7(seed, "search", uint64(w.Series*MaxPurchases+i), time.Now())
		user := users[0]
		if w.Scarce == Stock {
			user = users[i%len(users)]
		}
		list = append(list, purchase.Request{UserID: user, ProductID: product, Quantity: quantity, PaymentMethodID: user, IdempotencyKey: key})
	}
	return list
}

// scarceQuantity returns how many pieces a purchase has to ask for so that there is just too
// little for all: of the stock, or of the user's money. 1 where the service does not show it, or
// the users cannot pay for so many.
func (s *Service) scarceQuantity(w World, before *audit.State, users []purchase.ID) int64 {
	if w.Purchases == 1 {
		return 1
	}
	if len(before.Products) == 0 || before.Products[0].Price <= 0 {
		return s.enough()
	}
	product, supply := before.Products[0], int64(w.Supply())
	can := int64(math.MaxInt64) // pieces that each user can pay for
	for _, u := range before.Users {
		if w.Scarce == Stock || u.UserID == users[0] {
			can = min(can, u.Balance/product.Price)
		}
	}
	there, most := product.Stock, can // what is scarce, and the most that one purchase may take
	if w.Scarce == Money {
		there, most = can, product.Stock/int64(w.Purchases)
	}
	quantity := there / supply
	if quantity < 1 || len(before.Users) == 0 || quantity > most || quantity <= there/int64(w.Purchases) {
		return s.enough()
	}
	return quantity
}

// enough notes that there may be enough for all purchases, and returns 1 piece for each.
func (s *Service) enough() int64 {
	s.plenty = true
	return 1
}

// commandTime bounds how long a command may take that sets the service anew.
const commandTime = time.Minute

// runCommand runs a command by the shell of the system. Its error has what the command printed.
func runCommand(ctx context.Context, command string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C"}
	}
	c := exec.CommandContext(ctx, shell[0], shell[1], command)
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	if err != nil {
		text := strings.TrimSpace(string(out))
		return fmt.Errorf("the command that resets the service, %q: %w: %s", command, err, text[max(0, len(text)-300):])
	}
	return nil
}
