package observe

import (
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Subjects are the ids of the products and users to read.
type Subjects struct {
	Products []purchase.ID `json:"products"`
	Users    []purchase.ID `json:"users"`
}

// SubjectsOf returns the products and users of a history's operations and of a
// fixture, which may be nil.
func SubjectsOf(stages []runs.Stage, fixture *purchase.Fixture) Subjects {
	products, users := map[purchase.ID]bool{}, map[purchase.ID]bool{}
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
		return Subjects{Products: []purchase.ID{order.ProductID}, Users: []purchase.ID{order.UserID}}
	}
	products, users := map[purchase.ID]bool{}, map[purchase.ID]bool{}
	add := func(set map[purchase.ID]bool, id purchase.ID) (full bool) {
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
	union := func(a, b []purchase.ID) []purchase.ID {
		all := slices.Concat(a, b)
		slices.SortFunc(all, purchase.Compare)
		return slices.Compact(all)
	}
	return Subjects{union(s.Products, other.Products), union(s.Users, other.Users)}
}

func sorted(set map[purchase.ID]bool) []purchase.ID {
	ids := make([]purchase.ID, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, purchase.Compare)
	return ids
}
