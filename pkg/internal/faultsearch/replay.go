package faultsearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/fault"
)

// Replayed is a schedule to execute again, as a file has it.
type Replayed struct {
	World    World          `json:"world"`
	Schedule fault.Schedule `json:"schedule"`
}

// ParseReplayed reads a schedule with its world, or the witness of a Result.
func ParseReplayed(text []byte) (r Replayed, err error) {
	var file struct {
		Replayed
		Witness *Replayed `json:"witness"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return r, err
	}
	if r = file.Replayed; file.Witness != nil {
		r = *file.Witness
	}
	if r.World.Purchases == 0 {
		return r, errors.New("there is neither a world with a schedule nor a witness in it")
	}
	return r, errors.Join(r.World.Validate(), r.Schedule.Validate())
}

// Replay executes one schedule as often as Options.Confirm and once more. The first violation
// makes a witness, which is not made smaller.
func Replay(ctx context.Context, e Executor, o Options, what Replayed) (Result, error) {
	o = o.WithDefaults()
	o.Worlds = []World{what.World}
	if err := errors.Join(o.Validate(), what.Schedule.Validate()); err != nil {
		return Result{}, err
	}
	s := &search{ctx: ctx, executor: e, options: o, began: time.Now(), executed: map[string]int{}, tally: ruleTally{}, doing: Confirming}
	s.result = Result{Format: resultFormat, Options: o, Began: s.began}
	err := s.replay(what)
	s.end(err)
	if c := s.result.Certificate; s.result.Answer == NoneFound {
		c.Complete = false // of one schedule
		s.result.Answer, s.result.Why = NoneFound, fmt.Sprintf("%s: none of %d executions violated a rule", scheduleWords(what.World, what.Schedule), s.result.Executions)
	}
	return s.result, nil
}

// replay executes a schedule some times.
func (s *search) replay(what Replayed) error {
	var first *Execution
	for n := range s.options.Confirm + 1 {
		x, err := s.execute(what.World, what.Schedule, false)
		if err != nil {
			return err
		}
		if n == 0 {
			first = x
		} else {
			s.result.compare(first, x)
		}
		w := s.result.Witness
		switch {
		case w != nil:
			w.Confirmations++
			if x.violates(w.Rule) {
				w.Confirmed++
			}
		case len(x.Violated()) > 0:
			s.result.Witness = newWitness(x, x, x.Violated()[0])
			s.result.Witness.Found = s.result.Executions
			s.result.Witness.Seconds = s.seconds
		}
	}
	return nil
}
