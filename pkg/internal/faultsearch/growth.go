package faultsearch

import (
	"slices"

	"sagalab/pkg/fault"
)

// growth is how far the search in one world has come.
type growth struct {
	world   World
	options Options
	base    []fault.Call // without faults, in the order of arrival
	known   map[string]*node
	last    []*node // of the most faults so far
	alike   map[fault.Call]*Execution
	covered Covered
	skips   []Skip
}

// node is a schedule that was tried.
type node struct {
	schedule fault.Schedule
	// shown is its execution when own is true, else one of another schedule that would do the
	// same.
	shown *Execution
	own   bool
	// calls are those of shown, under the numbers of the schedule's purchases.
	calls []fault.Call
}

// newGrowth begins with the execution without faults.
func newGrowth(w World, o Options, x *Execution) *growth {
	g := &growth{world: w, options: o, known: map[string]*node{}, alike: map[fault.Call]*Execution{}}
	for _, c := range x.seen() {
		if c.Attempt <= o.Attempts && !slices.Contains(g.base, c) {
			g.base = append(g.base, c)
		}
	}
	g.covered = Covered{World: w, Calls: g.base, Skipped: map[Reason]int{}}
	g.addExecuted(keyOf(w, fault.Schedule{}), fault.Schedule{}, x)
	return g
}

// formula returns the number of schedules of a service that only tries again what failed.
func (g *growth) formula() Formula {
	return Formula{Calls: len(g.base), Kinds: len(g.options.Kinds), Failing: g.options.failing(), Attempts: g.options.Attempts, Faults: g.options.Faults}
}

// places returns the calls that may have one more fault: those of the execution without
// faults, and those that were seen with the faults of the schedule.
func (g *growth) places(n *node) (list []fault.Call) {
	add := func(calls []fault.Call) {
		for _, c := range calls {
			if _, taken := n.schedule.At(c); !taken && c.Attempt <= g.options.Attempts && !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	add(g.base)
	add(n.calls)
	return list
}

// skip returns a schedule that was executed and shows what another one would do, which is the
// parent's with one more fault; nil when it has to be executed.
func (g *growth) skip(parent *node, s fault.Schedule) (*node, Reason) {
	if g.options.Exhaustive {
		return nil, ""
	}
	place := s.Faults[len(s.Faults)-1].Call
	if !g.world.AtOnce && !slices.Contains(parent.calls, place) { // else it may happen another time
		return parent, NotReached
	}
	if n := g.withoutResets(s); n != nil {
		return n, AlikeKinds
	}
	if g.world.AtOnce {
		for _, names := range permutations(g.world.Purchases) {
			if n := g.known[keyOf(g.world, renamed(s, names))]; n != nil {
				return n.renamed(inverse(names)), EqualPurchases
			}
		}
	}
	return nil, ""
}

// renamed returns what a node shows under other numbers of its purchases.
func (n *node) renamed(names []int) *node {
	calls := slices.Clone(n.calls)
	for i := range calls {
		calls[i].Purchase = newName(names, calls[i].Purchase)
	}
	return &node{shown: n.shown, calls: calls}
}

// withoutResets returns the schedule with dropped replies in place of reset ones, at steps
// where both are known to do the same; nil when there is none, or it was not tried.
func (g *growth) withoutResets(s fault.Schedule) *node {
	other, changed := fault.Schedule{Faults: slices.Clone(s.Faults)}, false
	for i, f := range s.Faults {
		if f.Fault == fault.ResetReply && len(s.Faults) > 1 && g.alike[stepOf(f.Call)] != nil {
			other.Faults[i].Fault, changed = fault.DropReply, true
		}
	}
	if !changed {
		return nil
	}
	return g.known[keyOf(g.world, other)]
}

// stepOf returns a call without its attempt.
func stepOf(c fault.Call) fault.Call {
	c.Attempt = 0
	return c
}

// addExecuted adds a schedule that was executed.
func (g *growth) addExecuted(key string, s fault.Schedule, x *Execution) {
	g.add(key, &node{schedule: s, shown: x, own: true, calls: x.seen()})
	g.covered.Executed++
	g.covered.count(s, x, "")
	if len(s.Faults) == 1 && s.Faults[0].Fault == fault.ResetReply {
		dropped := g.known[keyOf(g.world, replaced(s, 0, fault.DropReply))]
		if dropped != nil && dropped.own && dropped.shown.fingerprint() == x.fingerprint() {
			g.alike[stepOf(s.Faults[0].Call)] = x
		}
	}
}

// addSkipped adds a schedule that another node shows.
func (g *growth) addSkipped(key string, s fault.Schedule, shows *node, why Reason) {
	g.add(key, &node{schedule: s, shown: shows.shown, calls: shows.calls})
	g.covered.Skipped[why]++
	g.covered.count(s, shows.shown, why)
	g.skips = append(g.skips, Skip{World: g.world, Schedule: s.String(), Reason: why, Execution: shows.shown.Number})
}

func (g *growth) add(key string, n *node) {
	g.known[key] = n
	g.last = append(g.last, n)
	g.covered.Enumerated++
	if !g.regular(n.schedule) {
		g.covered.Added++
	}
}

// regular reports whether Formula counts a schedule: each fault is done to a call of the
// execution without faults, or to the attempt after one that a fault made fail.
func (g *growth) regular(s fault.Schedule) bool {
	for _, f := range s.Faults {
		for c := f.Call; !slices.Contains(g.base, c); {
			c.Attempt--
			if kind, faulted := s.At(c); !faulted || !fails(kind) {
				return false
			}
		}
	}
	return true
}
