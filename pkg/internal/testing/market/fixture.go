package market

import (
	"math"
	"math/bits"
)

// Fixture is a state to begin with: users and what they have, products and what there is of them.
type Fixture struct {
	Users    []User
	Products []Product
}

// User is a user of a fixture. The balance is in minor units.
type User struct{ ID, Balance int64 }

// Product is a product of a fixture. The price is in minor units.
type Product struct{ ID, Price, Stock int64 }

func defaultFixture() Fixture {
	var f Fixture
	for id := range int64(20) {
		f.Users = append(f.Users, User{id + 1, 1_000_000})
	}
	for id := range int64(10) {
		f.Products = append(f.Products, Product{id + 1, 100, 1000})
	}
	return f
}

// valid reports whether the fixture keeps the contract's rules.
func (f Fixture) valid() bool {
	users, products, sum := map[int64]bool{}, map[int64]bool{}, int64(0)
	for _, u := range f.Users {
		if u.ID < 1 || users[u.ID] || u.Balance < 0 || u.Balance > math.MaxInt64-sum {
			return false
		}
		users[u.ID] = true
		sum += u.Balance
	}
	for _, p := range f.Products {
		if p.ID < 1 || products[p.ID] || p.Price < 1 || p.Stock < 0 {
			return false
		}
		if hi, lo := bits.Mul64(uint64(p.Price), uint64(p.Stock)); hi != 0 || lo > math.MaxInt64 {
			return false
		}
		products[p.ID] = true
	}
	return true
}

// times returns a × b, or the greatest int64 where that is exceeded: more than any user has.
func times(a, b int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(lo)
}
