package observe

import (
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Subjects are the ids of the products and users to read.
type Subjects struct{ Products, Users []int64 }

// SubjectsOf returns the products and users of a history's operations and of a
// fixture, which may be nil.
func SubjectsOf(stages []runs.Stage, fixture *purchase.Fixture) Subjects {
	products, users := map[int64]bool{}, map[int64]bool{}
	for _, s := range stages {
		for i := range s.Operations {
			products[s.Operations[i].ProductID] = true
			users[s.Operations[i].UserID] = true
		}
	}
	if fixture != nil {
		for _, p := range fixture.Products {
			products[p.ProductID] = true
		}
		for _, u := range fixture.Users {
			users[u.UserID] = true
		}
	}
	return Subjects{sorted(products), sorted(users)}
}

func sorted(set map[int64]bool) []int64 {
	ids := make([]int64, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
