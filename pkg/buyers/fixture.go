package buyers

import "sagalab/pkg/purchase"

// Fixture returns a state for a Mix: users 1 to users and products 1 to products, with
// balances and stocks that a million purchases of quantity 1 cannot exhaust, as
// purchase.Plenty has them. Change what it returns for poor users or a scarce product. A
// number below 1 means none.
func Fixture(users, products int) purchase.Fixture {
	plenty := purchase.Plenty()
	var f purchase.Fixture
	for n := range users {
		f.Users = append(f.Users, purchase.FixtureUser{UserID: purchase.ID(n) + 1, Balance: plenty.Users[0].Balance})
	}
	for n := range products {
		p := plenty.Products[0]
		p.ProductID = purchase.ID(n) + 1
		f.Products = append(f.Products, p)
	}
	return f
}
