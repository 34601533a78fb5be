package faultsearch

import (
	"cmp"
	"errors"
	"fmt"

	"sagalab/pkg/fault"
	"sagalab/pkg/purchase"
)

// start executes the schedule of a world without faults.
func (s *search) start(w World) (g *growth, violating *Execution, err error) {
	x, err := s.execute(w, fault.Schedule{}, false)
	if err == nil {
		err = unanswered(x)
	}
	if err != nil {
		return nil, nil, err
	}
	if violating, err = s.reproduced(x); violating != nil || err != nil {
		return nil, violating, err
	}
	if err := confirms(x); err != nil && len(x.Violated()) == 0 {
		return nil, nil, err
	}
	return newGrowth(w, s.options, x), nil, nil
}

// repeat executes the schedule of a world without faults some more times.
func (s *search) repeat(g *growth) (violating *Execution, err error) {
	for range s.options.Repeats - 1 {
		x, err := s.execute(g.world, fault.Schedule{}, true)
		if err != nil {
			return nil, err
		}
		s.result.compare(g.known[keyOf(g.world, fault.Schedule{})].shown, x)
		if x, err = s.reproduced(x); x != nil || err != nil {
			return x, err
		}
	}
	return nil, nil
}

// reproduceTries is how often a schedule that violated a rule is executed to see whether it
// does again.
const reproduceTries = 3

// reproduced returns an execution that violates a rule, when its schedule does so again; else
// nil, and the search goes on for one that does.
func (s *search) reproduced(x *Execution) (*Execution, error) {
	rules := x.Violated()
	if len(rules) == 0 {
		return nil, nil
	}
	again, err := s.comesAgain(x, rules[0], false)
	if again {
		return x, nil
	}
	s.notReproduced = cmp.Or(s.notReproduced, x)
	return nil, err
}

// comesAgain executes a schedule some times, until it violates a rule again. always: it has to
// each time.
func (s *search) comesAgain(x *Execution, rule string, always bool) (bool, error) {
	for range reproduceTries {
		again, err := s.execute(x.World, x.Schedule, false)
		if err != nil {
			return false, err
		}
		s.result.compare(x, again)
		if again.violates(rule) != always {
			return !always, nil
		}
	}
	return always, nil
}

// unanswered returns which call was not answered although nothing was done to it.
func unanswered(x *Execution) error {
	for _, c := range x.Calls {
		if c.Failed && c.Fault == "" {
			return fmt.Errorf("without any fault %s was not answered: is what it is sent to out of reach?", c.Call)
		}
	}
	return nil
}

// confirms returns why there is nothing to search: without faults no purchase was confirmed.
func confirms(x *Execution) error {
	for _, e := range x.Ends {
		if e.Outcome == purchase.OK {
			return nil
		}
	}
	if len(x.Ends) == 0 {
		return errors.New("no purchase was made")
	}
	e := x.Ends[0]
	return fmt.Errorf("without faults no purchase was confirmed: the first one ended with status %d, %q, after %s", e.Status, e.Reason, counted(e.Attempts, "attempt"))
}

// otherSeries executes the schedule without faults under other keys.
func (s *search) otherSeries() (violating *Execution, err error) {
	for n := range max(0, s.options.Series) {
		for _, g := range s.worlds {
			w := g.world
			w.Series += len(s.worlds) * (n + 1)
			x, err := s.execute(w, fault.Schedule{}, true)
			if err != nil {
				return nil, err
			}
			if x, err = s.reproduced(x); x != nil || err != nil {
				return x, err
			}
		}
	}
	return nil, nil
}
