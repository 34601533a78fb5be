package faultsearch

import (
	"fmt"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
)

// Witness is a smallest schedule that violates a rule.
type Witness struct {
	World    World          `json:"world"`
	Schedule fault.Schedule `json:"schedule"`
	// Rule is violated, the probable cause of all that Rules has.
	Rule  string   `json:"rule"`
	Title string   `json:"title"`
	Rules []string `json:"rules"`
	// Sentence says in one sentence what happens.
	Sentence string `json:"sentence"`
	// Counterexample is the rule's, of Execution.
	Counterexample *audit.Counterexample `json:"counterexample,omitempty"`
	// Execution is one that violates the rule; First is the one in which it was found.
	Execution *Execution `json:"execution"`
	First     *Execution `json:"first"`
	// Found is how many executions it took to find a violation, Shrunk how many more to see it
	// again and to make it smaller.
	Found  int `json:"found"`
	Shrunk int `json:"shrunk"`
	// Seconds is how long both took.
	Seconds float64 `json:"seconds"`
	// Minimal: with one purchase or one fault less nothing violates the rule, each executed
	// Tries times, and with a weaker kind of fault not each time.
	Minimal bool `json:"minimal"`
	Tries   int  `json:"tries"`
	// Confirmed of Confirmations executions of the schedule violated the rule again.
	Confirmed     int `json:"confirmed"`
	Confirmations int `json:"confirmations"`
}

// witness makes a violation small, and executes it again.
func (s *search) witness(first *Execution) (*Witness, error) {
	rule := first.Violated()[0]
	found := first.Number
	x, minimal, err := s.shrink(first, rule)
	w := newWitness(first, x, rule)
	w.Found, w.Shrunk, w.Seconds = found, s.result.Executions-found, s.seconds
	w.Minimal, w.Tries = minimal, s.options.Tries
	if err != nil {
		return w, err
	}
	return w, s.confirm(w)
}

// newWitness describes an execution that violates a rule, and the first one that did.
func newWitness(first, x *Execution, rule string) *Witness {
	w := &Witness{World: x.World, Schedule: sorted(x.Schedule), Rule: rule, Rules: x.Violated(), Execution: x, First: first}
	v := x.Report.Verdict(rule)
	w.Title, w.Counterexample = v.Title, v.First
	w.Sentence = sentence(w, v)
	return w
}

// unreproducedWitness describes a violation that did not come again, at the end of a search that
// found no other one. ended is why it ended early.
func (s *search) unreproducedWitness(ended error) (*Witness, error) {
	x := s.notReproduced
	w := newWitness(x, x, x.Violated()[0])
	w.Found, w.Seconds = x.Number, s.seconds
	if ended != nil {
		w.Confirmations = s.executed[keyOf(x.World, x.Schedule)] - 1
		return w, ended
	}
	return w, s.confirm(w)
}

// confirm executes a witness again, some times.
func (s *search) confirm(w *Witness) error {
	s.doing = Confirming
	for range s.options.Confirm {
		x, err := s.execute(w.World, w.Schedule, false)
		if err != nil {
			return err
		}
		w.Confirmations++
		if x.violates(w.Rule) {
			w.Confirmed++
		}
		s.result.compare(w.Execution, x)
	}
	return nil
}

// Reproduced says how often the violation came again.
func (w *Witness) Reproduced() string {
	return fmt.Sprintf("%d of %d executions of it violated %s again", w.Confirmed, w.Confirmations, w.Rule)
}
