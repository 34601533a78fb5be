package observe

import (
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Subjects are the ids of the products and users to read.
type Subjects struct {
	Products []int64 `json:"products"`
	Users    []int64 `json:"users"`
}

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

// SubjectsOfBuyers returns the first products and users, most of each or all with most 0,
// that the buyers of a stage with this seed and so many purchases buy and are.
func SubjectsOfBuyers(b purchase.Buyers, seed uint64, purchases, most int) Subjects {
	if order, constant := purchase.Constant(b); constant {
		return Subjects{Products: []int64{order.ProductID}, Users: []int64{order.UserID}}
	}
	products, users := map[int64]bool{}, map[int64]bool{}
	add := func(set map[int64]bool, id int64) (full bool) {
		if full = most > 0 && len(set) >= most; !full {
			set[id] = true
		}
		return full
	}
	for i := range purchases {
		r := b.Buy(seed, i).Request
		if noProducts, noUsers := add(products, r.ProductID), add(users, r.UserID); noProducts && noUsers {
			break
		}
	}
	return Subjects{sorted(products), sorted(users)}
}

// With returns the subjects of both, in order and each once.
func (s Subjects) With(other Subjects) Subjects {
	union := func(a, b []int64) []int64 {
		all := slices.Concat(a, b)
		slices.Sort(all)
		return slices.Compact(all)
	}
	return Subjects{union(s.Products, other.Products), union(s.Users, other.Users)}
}

func sorted(set map[int64]bool) []int64 {
	ids := make([]int64, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
