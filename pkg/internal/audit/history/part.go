package history

import "sagalab/pkg/runs"

// Part is what a request is for, of a purchase that takes steps and time. The zero value is
// Decides.
type Part uint8

// The parts.
const (
	Decides  Part = iota // an attempt at the step that decides: the last one, or the only one
	Prepares             // an attempt at a step before it
	Asks                 // a poll after the step that decides: it observes, and buys nothing
	AsksStep             // a poll after a step before it
)

// partOf returns what a row of a stage is for; known is false of a login, which is no part of
// a purchase. Where no steps are recorded, all decide.
func partOf(s *runs.Stage, a *runs.Attempt) (part Part, known bool) {
	decides := len(s.Steps) == 0 || a.Step == "" || a.Step == s.Steps[len(s.Steps)-1]
	switch {
	case a.Kind == runs.Login:
		return Decides, false
	case a.Kind == runs.Poll && decides:
		return Asks, true
	case a.Kind == runs.Poll:
		return AsksStep, true
	case decides:
		return Decides, true
	}
	return Prepares, true
}

// inPart returns what the end of an attempt means, as one at its part: a step before the last
// is done where a purchase is confirmed.
func inPart(meaning Meaning, part Part, steps bool) Meaning {
	switch before := part == Prepares || part == AsksStep; {
	case before && meaning == Confirmed:
		return StepDone
	case !before && steps && meaning == StepDone:
		return Confirmed
	}
	return meaning
}
