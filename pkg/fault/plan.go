// Package fault makes things go wrong between a client and a purchase service,
// on purpose and repeatably. A Plan says what and when; a Proxy does it to single
// requests, a Wire to connections, and a Process to the service itself.
//
// Everything listens on loopback. Types are safe for concurrent use unless they say
// otherwise, and what they start ends with Close, Stop or the context.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// The limits of a plan.
const (
	MaxWindows    = 1000
	MaxDelay      = 5 * time.Minute // of Delay, and how long a hang lasts without one
	MaxRetryAfter = time.Hour
	MaxTime       = 24 * time.Hour // of To
)

// Plan is what goes wrong when, in one stage. The zero value is a stage without
// faults.
//
// Windows may overlap. A Proxy tries them in their order, and the first one that
// is open and whose probability draws the request takes it, so that a later window's
// probability is one of what earlier windows left. Of the windows of a Wire or a
// Process the first open one counts. Proxy, Wire and Process ignore one another's
// windows: one plan serves all three.
type Plan struct {
	// Seed decides which requests a probability draws: under the same seed, a window
	// takes the same attempts of the same keys, in whatever order they come. Which
	// of them come while it is open depends on the clock.
	Seed    uint64   `json:"seed"`
	Windows []Window `json:"windows"`
}

// Validate reports everything that is wrong with p at once, nil when nothing is.
func (p Plan) Validate() error {
	if n := len(p.Windows); n > MaxWindows {
		return fmt.Errorf("fault plan: %d windows, want at most %d", n, MaxWindows)
	}
	var errs []error
	for i, w := range p.Windows {
		for _, err := range w.problems() {
			errs = append(errs, fmt.Errorf("fault plan: windows[%d] (%s): %w", i, clip(string(w.Fault), 40), err))
		}
	}
	return errors.Join(errs...)
}

// clip returns s, cut to n bytes.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
