package faultsearch

import (
	"cmp"
	"fmt"
	"slices"

	"sagalab/pkg/internal/keyed"
)

// checkSkipped executes a sample of the schedules that were skipped. One that violates a rule
// is a violation found late.
func (s *search) checkSkipped() (violating *Execution, err error) {
	for _, g := range s.worlds {
		for _, key := range g.drawSkipped(s.options) {
			n := g.known[key]
			x, err := s.execute(g.world, n.schedule, true)
			if err != nil {
				return nil, err
			}
			s.result.sampled++
			if len(x.Violated()) > 0 {
				s.result.Notes = append(s.result.Notes, fmt.Sprintf("the schedule had been skipped: execution %d was taken to show what it does", n.shown.Number))
				return x, nil
			}
			if !n.agrees(x) {
				s.result.sampleDiffered++
				s.result.Notes = append(s.result.Notes, fmt.Sprintf("%s was skipped, and did otherwise than execution %d (%s)", n.schedule, n.shown.Number, key))
			}
		}
	}
	return nil, nil
}

// drawSkipped draws the keys of the schedules to execute: those with the lowest draws.
func (g *growth) drawSkipped(o Options) (keys []string) {
	for key, n := range g.known {
		if !n.own {
			keys = append(keys, key)
		}
	}
	draw := func(key string) float64 { return keyed.Fraction(o.Seed, "skipped schedule", key, 0) }
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(draw(a), draw(b)), cmp.Compare(a, b)) })
	return keys[:min(len(keys), max(0, o.Sample))]
}

// agrees reports whether an execution did what the node was taken to do. Under other numbers
// of the purchases it is enough that as many calls were made.
func (n *node) agrees(x *Execution) bool {
	if x.World.AtOnce {
		return len(x.Calls) == len(n.shown.Calls) && (len(x.Violated()) > 0) == (len(n.shown.Violated()) > 0)
	}
	return x.fingerprint() == n.shown.fingerprint()
}
