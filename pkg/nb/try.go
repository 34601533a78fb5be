package nb

import (
	"context"
	"errors"
	"strings"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/runs"
)

// Try executes one schedule of faults that you choose, none for the calls of purchases that
// nothing happens to, once, and shows the calls and which rules it violates. Of s it uses
// what says how an execution is made; Purchases 0 means 1. Of several purchases there is stock for one
// less.
func (l Lab) Try(s FaultSearch, faults ...fault.CallFault) {
	exitOnError(l.try(s, faults))
}

func (l Lab) try(s FaultSearch, faults []fault.CallFault) error {
	if s.Purchases == 0 {
		s.Purchases = 1
	}
	s = l.withDefaults(s)
	schedule := fault.Schedule{Faults: faults}
	if err := errors.Join(s.validate(), schedule.Validate(), refuseSearchInitialiser(s.Name)); err != nil {
		return err
	}
	worlds := s.options().Worlds
	world := worlds[len(worlds)-1]
	var x faultsearch.Execution
	err := l.withSearched(s, func(ctx context.Context, _ runs.Run, service *faultsearch.Service) (err error) {
		x, err = service.Execute(ctx, world, schedule)
		x.World, x.Schedule = world, schedule
		return err
	})
	if err != nil {
		return err
	}
	showSentence(x.Sentence())
	showCalls(s.Name+": the calls", x.Calls)
	if rules := x.Violated(); len(rules) > 0 {
		printf("Violated: %s\n", strings.Join(rules, ", "))
	} else {
		printf("Violated: no rule\n")
	}
	return nil
}
