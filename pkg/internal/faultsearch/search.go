package faultsearch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
)

// errBudget ends a search that takes too long.
var errBudget = errors.New("the budget is used up")

// search is a search under way, by one goroutine.
type search struct {
	ctx           context.Context
	executor      Executor
	options       Options
	began         time.Time
	doing         Doing
	result        Result
	worlds        []*growth
	tally         ruleTally
	executed      map[string]int // how often each schedule was executed
	notReproduced *Execution     // the first violation that did not come again, nil for none
	seconds       float64        // in executions
}

// Run searches for the smallest schedule that violates a rule. The error says what is wrong
// with the options; all else is in the result, also when ctx ends.
func Run(ctx context.Context, e Executor, o Options) (Result, error) {
	o = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	s := &search{ctx: ctx, executor: e, options: o, began: time.Now(), executed: map[string]int{}, tally: ruleTally{}}
	s.result = Result{Format: resultFormat, Options: o, Began: s.began}
	x, err := s.grow()
	switch {
	case x != nil:
		s.result.Witness, err = s.witness(x)
	case s.notReproduced != nil:
		s.result.Witness, err = s.unreproducedWitness(err)
	}
	s.end(err)
	return s.result, nil
}

// grow executes schedules until one violates a rule, which it returns, or all have been tried.
func (s *search) grow() (violating *Execution, err error) {
	s.doing = Starting
	for _, w := range s.options.Worlds {
		g, x, err := s.start(w)
		if x != nil || err != nil {
			return x, err
		}
		s.worlds = append(s.worlds, g)
	}
	s.doing = Growing
	s.report(nil)
	for size := 1; size <= s.options.Faults; size++ {
		if x, err := s.level(); x != nil || err != nil {
			return x, err
		}
		if size > 1 {
			continue
		}
		if x, err := s.otherSeries(); x != nil || err != nil {
			return x, err
		}
	}
	s.doing = Checking
	for _, g := range s.worlds {
		if x, err := s.repeat(g); x != nil || err != nil {
			return x, err
		}
	}
	return s.checkSkipped()
}

// level tries all schedules that have one fault more than those of the last level.
func (s *search) level() (violating *Execution, err error) {
	parents := make([][]*node, len(s.worlds))
	for i, g := range s.worlds {
		parents[i], g.last = g.last, nil
	}
	for _, kind := range s.options.Kinds {
		for i, g := range s.worlds {
			for _, parent := range parents[i] {
				for _, place := range g.places(parent) {
					if x, err := s.try(g, parent, place, kind); x != nil || err != nil {
						return x, err
					}
				}
			}
		}
	}
	return nil, nil
}

// try executes or skips the schedule of a parent with one more fault, once.
func (s *search) try(g *growth, parent *node, place fault.Call, kind fault.Kind) (violating *Execution, err error) {
	schedule := with(parent.schedule, place, kind)
	key := keyOf(g.world, schedule)
	if g.known[key] != nil {
		return nil, nil
	}
	if n, why := g.skip(parent, schedule); n != nil {
		g.addSkipped(key, schedule, n, why)
		return nil, nil
	}
	x, err := s.execute(g.world, schedule, true)
	if err != nil {
		return nil, err
	}
	g.addExecuted(key, schedule, x)
	s.report(x)
	return s.reproduced(x)
}

// execute executes a schedule, unless the journal has the execution. bounded: not when the
// budget is used up.
func (s *search) execute(w World, schedule fault.Schedule, bounded bool) (*Execution, error) {
	if err := context.Cause(s.ctx); err != nil {
		return nil, err
	}
	key := keyOf(w, schedule)
	nth := s.executed[key]
	s.executed[key]++
	x, journaled := s.options.Journal.find(key, nth)
	if !journaled {
		if b := s.options.Budget; bounded && b > 0 && time.Since(s.began) > b {
			return nil, fmt.Errorf("%w: %v", errBudget, b)
		}
		began := time.Now()
		done, err := s.executor.Execute(s.ctx, w, schedule)
		if err != nil {
			return nil, fmt.Errorf("executing %s, %s: %w", w, schedule, err)
		}
		done.World, done.Schedule, done.Began, done.Seconds = w, schedule, began, time.Since(began).Seconds()
		if err := s.options.Journal.add(key, &done); err != nil {
			return nil, err
		}
		x = &done
	}
	s.result.Executions++
	s.seconds += x.Seconds
	x.Number = s.result.Executions
	s.tally.add(x)
	s.result.Tier = x.Tier
	if x.NotQuiet != "" {
		s.result.NotQuiet++
		s.result.NotQuietWhy = x.NotQuiet
	}
	s.result.Unrecognised += x.Unrecognised
	if s.doing != Growing {
		s.report(x)
	}
	return x, nil
}

// report calls Options.Progress with the counts so far, and with x, the last execution.
func (s *search) report(x *Execution) {
	if s.options.Progress == nil {
		return
	}
	p := Progress{Doing: s.doing, Executions: s.result.Executions, Elapsed: time.Since(s.began), Last: x}
	for _, g := range s.worlds {
		p.Planned += max(g.formula().Count(), int64(g.covered.Enumerated))
		p.Executed += g.covered.Executed
		p.Skipped += g.covered.skipped()
	}
	if tried := p.Executed + p.Skipped; p.Doing == Growing && p.Executions > 0 && p.Planned > int64(tried) {
		share := 1.0
		if tried > 2*len(s.worlds) {
			share = float64(p.Executed) / float64(tried)
		}
		seconds := s.seconds / float64(p.Executions) * share * float64(p.Planned-int64(tried))
		p.Left = time.Duration(min(seconds, 1e8) * float64(time.Second))
	}
	s.options.Progress(p)
}

// end says what the search has found out.
func (s *search) end(err error) {
	r := &s.result
	r.Seconds = time.Since(s.began).Seconds()
	r.Certificate = s.certificate(err == nil && r.Witness == nil)
	if r.Tier == audit.History {
		r.Notes = append(r.Notes, "the service shows no state that can be read: the answers alone were judged")
	}
	switch {
	case r.Witness != nil:
		r.Answer = FoundWitness
	case err != nil:
		r.Answer, r.Why = Undecided, whyEnded(err)
	case r.NotQuiet > 0:
		r.Answer, r.Why = Undecided, fmt.Sprintf("in %d of %d executions the service did not come to rest before it was audited: %s", r.NotQuiet, r.Executions, r.NotQuietWhy)
	case r.Certificate.SampleDiffered > 0:
		r.Answer, r.Why = Undecided, fmt.Sprintf("%d of %d schedules that were skipped, executed as a sample, did otherwise than said: search again without skipping any", r.Certificate.SampleDiffered, r.Certificate.Sampled)
	case len(r.Certificate.Rules) == 0:
		r.Answer, r.Why = Undecided, "no rule could be judged in any execution"
	default:
		r.Answer = NoneFound
	}
	if err != nil && r.Witness != nil {
		r.Why = whyEnded(err)
	}
}

// whyEnded says why a search ended early.
func whyEnded(err error) string {
	if errors.Is(err, context.Canceled) {
		return "the search was interrupted"
	}
	return err.Error()
}
