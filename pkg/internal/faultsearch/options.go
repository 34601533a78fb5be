package faultsearch

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sagalab/pkg/fault"
)

// The defaults of Options.
const (
	DefaultFaults   = 2
	DefaultAttempts = 3
	DefaultConfirm  = 10
	// DefaultTries is how often a smaller schedule is executed before it counts as one that
	// violates nothing.
	DefaultTries = 2
	// DefaultRepeats is how often the schedule without faults is executed.
	DefaultRepeats = 3
	// DefaultSeries is in how many more series of keys the schedule without faults is executed,
	// after the schedules of one fault.
	DefaultSeries = 7
	// DefaultSample is how many of the schedules that were skipped are executed at the end.
	DefaultSample = 10
)

// MaxFaults is the most faults of a schedule of a search.
const MaxFaults = 4

// Options says what is searched. The zero value of each number is its default.
type Options struct {
	// Worlds are searched side by side, smaller schedules of all before larger ones of any;
	// nil for Worlds(2).
	Worlds []World `json:"worlds"`
	// Faults is the most faults of a schedule, Attempts the last attempt of a call that may
	// have one.
	Faults   int `json:"faults"`
	Attempts int `json:"attempts"`
	// Kinds are tried in this order; nil for fault.CallKinds.
	Kinds []fault.Kind `json:"kinds"`
	// Budget is how long the search may take, 0 for as long as it takes. Shrinking and
	// confirming a witness are not cut off by it.
	Budget time.Duration `json:"budget,omitempty"`
	// Confirm is how often a minimal witness is executed again.
	Confirm int `json:"confirm"`
	// Tries, Repeats, Series and Sample are as at their defaults. A negative Series or Sample is
	// none.
	Tries   int `json:"tries"`
	Repeats int `json:"repeats"`
	Series  int `json:"series"`
	Sample  int `json:"sample"`
	// Exhaustive: no schedule is skipped.
	Exhaustive bool `json:"exhaustive,omitempty"`
	// Seed determines which of the schedules that were skipped are executed.
	Seed uint64 `json:"seed"`
	// Progress is called at the beginning and after each execution with the counts so far, by the goroutine of
	// Run; nil is never called.
	Progress func(Progress) `json:"-"`
	// Journal has the executions of earlier searches, which are not made again, and gets those
	// of this one; nil keeps none.
	Journal *Journal `json:"-"`
}

// WithDefaults returns o with its defaults in place of zeros.
func (o Options) WithDefaults() Options {
	if o.Worlds == nil {
		o.Worlds = Worlds(2)
	}
	if o.Kinds == nil {
		o.Kinds = fault.CallKinds()
	}
	for _, n := range []struct {
		value *int
		usual int
	}{{&o.Faults, DefaultFaults}, {&o.Attempts, DefaultAttempts}, {&o.Confirm, DefaultConfirm}, {&o.Tries, DefaultTries}, {&o.Repeats, DefaultRepeats}, {&o.Series, DefaultSeries}, {&o.Sample, DefaultSample}} {
		if *n.value == 0 {
			*n.value = n.usual
		}
	}
	return o
}

// Validate reports everything that is wrong with options that have their defaults, nil when
// nothing is.
func (o Options) Validate() error {
	var errs []error
	for _, w := range o.Worlds {
		errs = append(errs, w.Validate())
	}
	bound := func(name string, value, most int) {
		if value < 1 || value > most {
			errs = append(errs, fmt.Errorf("%s: %d, want 1 to %d", name, value, most))
		}
	}
	bound("faults", o.Faults, MaxFaults)
	bound("attempts", o.Attempts, 10)
	bound("confirm", o.Confirm, 1000)
	bound("tries", o.Tries, 100)
	bound("repeats", o.Repeats, 100)
	if len(o.Worlds) == 0 || len(o.Kinds) == 0 {
		errs = append(errs, errors.New("a search wants at least one world and one kind of fault"))
	}
	for i, k := range o.Kinds {
		if !slices.Contains(append(fault.CallKinds(), fault.Kill), k) || slices.Contains(o.Kinds[:i], k) {
			errs = append(errs, fmt.Errorf("kinds: %q is no kind of fault of a single call, or stands there twice", string(k)))
		}
	}
	if o.Budget < 0 {
		errs = append(errs, fmt.Errorf("budget: %v, want 0 or more", o.Budget))
	}
	return errors.Join(errs...)
}

// failing counts the kinds after which a call is tried again.
func (o Options) failing() (n int) {
	for _, k := range o.Kinds {
		if fails(k) {
			n++
		}
	}
	return n
}

// fails reports whether the caller is not answered as without the fault.
func fails(k fault.Kind) bool { return k != fault.Duplicate }
