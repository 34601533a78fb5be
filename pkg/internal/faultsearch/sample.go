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
			violating, err := s.reproduced(x)
			if violating != nil {
				s.result.Notes = append(s.result.Notes, fmt.Sprintf("the schedule had been skipped: execution %d was taken to show what it does", n.shown.Number))
			}
			if violating != nil || err != nil {
				return violating, err
			}
			agrees, err := s.agrees(g, n, x)
			if err != nil {
				return nil, err
			}
			if !agrees {
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

// agrees reports whether a skipped schedule, of which x is an execution, does what it was taken
// to do. Executions of one schedule may differ: both schedules are executed again, up to Tries
// times, until one of either agrees with one of the other.
func (s *search) agrees(g *growth, n *node, x *Execution) (bool, error) {
	shown, own := []*Execution{n.shown}, []*Execution{x}
	for try := 0; !anyAlike(shown, own); try++ {
		if try == s.options.Tries {
			return false, nil
		}
		again, err := s.execute(n.shown.World, n.shown.Schedule, true)
		if err != nil {
			return false, err
		}
		mine, err := s.execute(g.world, n.schedule, true)
		if err != nil {
			return false, err
		}
		s.result.compare(n.shown, again)
		s.result.compare(x, mine)
		shown, own = append(shown, again), append(own, mine)
	}
	return true, nil
}

// anyAlike reports whether one of some executions did the same as one of others. Under other
// numbers of the purchases it is enough that as many calls were made.
func anyAlike(some, others []*Execution) bool {
	for _, a := range some {
		for _, b := range others {
			if a.World.AtOnce && len(a.Calls) == len(b.Calls) && (len(a.Violated()) > 0) == (len(b.Violated()) > 0) || a.fingerprint() == b.fingerprint() {
				return true
			}
		}
	}
	return false
}
