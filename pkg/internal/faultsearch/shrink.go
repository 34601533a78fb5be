package faultsearch

import (
	"slices"

	"sagalab/pkg/fault"
)

// weakness lists kinds of faults, the weakest first: those of which the service sees nothing,
// those that lose a reply, and those that do more than that.
var weakness = []fault.Kind{fault.Unavailable, fault.DropRequest, fault.DropReply, fault.ResetReply, fault.HangReply, fault.Duplicate, fault.Kill}

// weaker returns the kinds among those of a search that are weaker than k, the weakest first.
func weaker(k fault.Kind, among []fault.Kind) (kinds []fault.Kind) {
	for _, w := range weakness[:max(0, slices.Index(weakness, k))] {
		if slices.Contains(among, w) {
			kinds = append(kinds, w)
		}
	}
	return kinds
}

// candidate is a world and a schedule that may be smaller than what is known to violate a rule.
type candidate struct {
	world    World
	schedule fault.Schedule
	// weaker: it has as many purchases and faults, and a weaker kind of one.
	weaker bool
}

// smaller returns what is one step smaller, in the order in which it is tried: one purchase
// less, one fault less, one kind weaker.
func smaller(x *Execution, kinds []fault.Kind) (list []candidate) {
	if x.World.Purchases > 1 {
		for p := x.World.Purchases; p >= 1; p-- {
			list = append(list, withoutPurchase(x, p))
		}
	}
	for i := range x.Schedule.Faults {
		list = append(list, candidate{world: x.World, schedule: without(x.Schedule, i)})
	}
	for i, f := range x.Schedule.Faults {
		for _, k := range weaker(f.Fault, kinds) {
			list = append(list, candidate{x.World, replaced(x.Schedule, i, k), true})
		}
	}
	return list
}

// withoutPurchase leaves out purchase p with its faults, and gives those after it the number
// before.
func withoutPurchase(x *Execution, p int) candidate {
	c := candidate{world: x.World}
	c.world.Purchases--
	for _, f := range x.Schedule.Faults {
		if f.Purchase == p {
			continue
		}
		if f.Purchase > p {
			f.Purchase--
		}
		c.schedule.Faults = append(c.schedule.Faults, f)
	}
	return c
}

// shrink makes an execution that violates a rule as small as it gets: 1-minimal, when nothing
// that is one step smaller violates the rule in as many executions as Options.Tries. minimal is
// false when the search ended before, with why.
func (s *search) shrink(x *Execution, rule string) (smallest *Execution, minimal bool, err error) {
	s.doing = Shrinking
	for {
		next, err := s.shrinkOnce(x, rule)
		if err != nil {
			return x, false, err
		}
		if next == nil {
			return x, true, nil
		}
		x = next
	}
}

// shrinkOnce returns an execution of something smaller that violates the rule, and does so again,
// nil without any. A weaker kind of fault has to violate it each time: what needs no
// particular interleaving is worth more.
// Executions of the search before count as tries: they violated nothing.
func (s *search) shrinkOnce(x *Execution, rule string) (*Execution, error) {
	for _, c := range smaller(x, s.options.Kinds) {
		for key := keyOf(c.world, c.schedule); s.executed[key] < s.options.Tries; {
			y, err := s.execute(c.world, c.schedule, false)
			if err != nil {
				return nil, err
			}
			if !y.violates(rule) {
				continue
			}
			again, err := s.comesAgain(y, rule, c.weaker)
			if again || err != nil {
				return y, err
			}
		}
	}
	return nil, nil
}
