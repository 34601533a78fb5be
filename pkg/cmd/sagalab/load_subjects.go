package main

import (
	"slices"

	"sagalab/pkg/internal/observe"
)

// subjectsMax is the most products, and the most users, whose state is read before a load.
const subjectsMax = 10_000

// subjects returns the products and users that the load buys and that buy, of the seed. How many purchases a stage sends is
// not always known before: of a few more the products and users are named.
func (p loadPlan) subjects(seed uint64) (all observe.Subjects) {
	for _, s := range p.stages {
		n := s.Planned()*5/4 + 100
		of := observe.SubjectsOfBuyers(p.buyers.of(s), seed, n, subjectsMax)
		all.Products, all.Users = append(all.Products, of.Products...), append(all.Users, of.Users...)
	}
	slices.Sort(all.Products)
	slices.Sort(all.Users)
	all.Products, all.Users = slices.Compact(all.Products), slices.Compact(all.Users)
	return all
}
