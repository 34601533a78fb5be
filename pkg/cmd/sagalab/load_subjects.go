package main

import (
	"fmt"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// subjectsMax is the most products, and the most users, whose state is read before a load.
const subjectsMax = 10_000

// subjects returns the products and users that the load buys and that buy, of the seed. How many purchases a stage sends is
// not always known before: of a few more the products and users are named.
func (p loadPlan) subjects(seed uint64) (all observe.Subjects) {
	for _, s := range p.stages {
		n := s.Planned()*5/4 + 100
		all = all.With(observe.SubjectsOfBuyers(p.buyers.of(s), seed, n, subjectsMax))
	}
	return all
}

// lackedBy says in a sentence which user or product of the load a fixture does not have, "" when it has all of them.
func lackedBy(f purchase.Fixture, name string, of observe.Subjects) string {
	users, products := map[purchase.ID]bool{}, map[purchase.ID]bool{}
	for _, u := range f.Users {
		users[u.UserID] = true
	}
	for _, p := range f.Products {
		products[p.ProductID] = true
	}
	for _, lacking := range []struct {
		what string
		ids  []purchase.ID
		has  map[purchase.ID]bool
	}{{"user", of.Users, users}, {"product", of.Products, products}} {
		for _, id := range lacking.ids {
			if !lacking.has[id] {
				return fmt.Sprintf("Fixture %s has no %s %d, whose purchases will be refused; --fixture %sUSERSxPRODUCTS makes more, %s", name, lacking.what, id, plentyPrefix, plentyLimit)
			}
		}
	}
	return ""
}
