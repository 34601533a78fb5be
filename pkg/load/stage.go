// Package load turns a stage into samples: virtual users take what the schedule
// gives them, and a recorder hands on what they measured while they go on. It
// knows no HTTP, prints nothing, and depends on the standard library alone.
package load

import (
	"errors"
	"fmt"
)

// The bounds of a stage: what one process can hold and one machine can run.
const (
	MaxRequests = 10_000_000
	MaxWorkers  = 10_000
)

// Stage is a closed model: Requests shared by Workers virtual users, each of
// which starts its next request when its last one has ended. The zero value is
// not valid.
type Stage struct {
	// Name tells the stage from others in tables and figures.
	Name string
	// Requests is how many operations are run in all, 1 to MaxRequests.
	Requests int
	// Workers is how many of them are under way at once, 1 to MaxWorkers.
	Workers int
}

// Defaults are the stages of the original notebook.
func Defaults() []Stage {
	return []Stage{{"light", 50, 50}, {"medium", 200, 50}, {"heavy", 1000, 200}}
}

// Validate reports everything that is wrong with s at once, nil when nothing is.
func (s Stage) Validate() error {
	var errs []error
	if s.Name == "" {
		errs = append(errs, errors.New("a stage needs a name"))
	}
	if s.Requests < 1 || s.Requests > MaxRequests {
		errs = append(errs, fmt.Errorf("stage %q: requests is %d, want 1 to %d", s.Name, s.Requests, MaxRequests))
	}
	if s.Workers < 1 || s.Workers > MaxWorkers {
		errs = append(errs, fmt.Errorf("stage %q: workers is %d, want 1 to %d", s.Name, s.Workers, MaxWorkers))
	}
	return errors.Join(errs...)
}

// Users is how many virtual users have something to do: Workers, but never more
// than there are requests.
func (s Stage) Users() int { return min(s.Workers, s.Requests) }
