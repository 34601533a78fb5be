package load

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Validate reports everything that is wrong with s at once, nil when nothing is.
func (s Stage) Validate() error {
	c := checker{stage: s.Name}
	if s.Name == "" {
		c.errs = append(c.errs, errors.New("a stage needs a name"))
	}
	c.renamed(s)
	c.oneKind(s)
	switch {
	case s.Open():
		c.open(s)
	case s.ramps():
		c.users(s)
	default:
		c.iterations(s)
	}
	if s.Think < 0 || s.Think > MaxLength {
		c.fault("think is %v, want 0 to %v", s.Think, MaxLength)
	}
	return errors.Join(c.errs...)
}

// renamed refuses the field by which VUs was called before.
func (c *checker) renamed(s Stage) {
	if s.Workers != 0 {
		c.fault("Stage.Workers was renamed: write VUs: %d", s.Workers)
	}
}

// checker collects what is wrong with a stage.
type checker struct {
	stage string
	errs  []error
}

func (c *checker) fault(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("stage %q: "+format, append([]any{c.stage}, args...)...))
}

// oneKind refuses fields that ask for two kinds of load at once.
func (c *checker) oneKind(s Stage) {
	iterations := s.Requests != 0 || s.VUs != 0 || s.PerUser
	switch {
	case s.Open() && s.ramps():
		c.fault("it has a rate and ramping users, want one of them: arrivals are either paced or wait for a user")
	case s.Open() && iterations:
		c.fault("it has a rate and requests, VUs or each, want one of them: the rate and its time say how many arrive, cap how many at once")
	case s.ramps() && iterations:
		c.fault("it has ramping users and requests, VUs or each, want one of them: the ramp says how many users work, and its time for how long")
	}
	if s.Open() && s.Think != 0 {
		c.fault("think time %v in the open model, whose arrivals do not wait for users: lower the rate instead", s.Think)
	}
	if !s.Open() && s.Poisson {
		c.fault("Poisson arrivals in a closed model, where an operation starts when a user is free: give a rate")
	}
	if !s.Open() && s.MaxInFlight != 0 {
		c.fault("a cap of %d in flight in a closed model, where the number of users is the cap: leave it out", s.MaxInFlight)
	}
}

func (c *checker) iterations(s Stage) {
	if s.Requests < 1 || s.Requests > MaxRequests {
		c.fault("requests is %d, want 1 to %d", s.Requests, MaxRequests)
	}
	if (s.VUs < 1 || s.VUs > MaxVUs) && s.Workers == 0 {
		c.fault("VUs is %d, want 1 to %d", s.VUs, MaxVUs)
	}
	if s.PerUser && len(c.errs) == 0 && s.Planned() > MaxRequests {
		c.fault("%d users with %d requests each are %d operations, want at most %d", s.VUs, s.Requests, s.Planned(), MaxRequests)
	}
}

func (c *checker) open(s Stage) {
	if s.MaxInFlight < 0 || s.MaxInFlight > MaxVUs {
		c.fault("the cap is %d in flight, want 1 to %d, or 0 for %d", s.MaxInFlight, MaxVUs, DefaultInFlight)
	}
	before := len(c.errs)
	c.segments("rate", s.Rate, MaxRate)
	if len(c.errs) > before {
		return // the sums would mean nothing
	}
	switch total := expectedArrivals(s.Rate); {
	case allZero(s.Rate):
		c.fault("its rate is 0 all the time: nothing would be sent")
	case total > MaxRequests:
		c.fault("it plans %.0f operations, want at most %d: lower the rate or shorten it", total, MaxRequests)
	case s.Planned() == 0:
		c.fault("it plans %.2g operations, want at least 1: raise the rate or lengthen it", total)
	}
}

func (c *checker) users(s Stage) {
	before := len(c.errs)
	c.segments("users", s.Users, MaxVUs)
	for i, l := range s.Users {
		if whole(l.From) && whole(l.To) {
			continue
		}
		c.fault("segment %d goes from %v to %v users, want whole numbers at its ends", i+1, l.From, l.To)
	}
	if len(c.errs) == before && allZero(s.Users) {
		c.fault("it has 0 users all the time: nothing would be sent")
	}
}

// segments checks what segments of every kind have in common.
func (c *checker) segments(what string, segments []Segment, most float64) {
	if len(segments) > MaxSegments {
		c.fault("it has %d segments, want at most %d", len(segments), MaxSegments)
		return // rather than as many faults
	}
	var length time.Duration
	for i, l := range segments {
		for end, v := range []float64{l.From, l.To} {
			if end == 1 && math.Float64bits(v) == math.Float64bits(l.From) {
				break // a constant: one fault, not two
			}
			if !(v >= 0 && v <= most) { // so that NaN is refused, too
				c.fault("segment %d has a value of %v for %s, want 0 to %.0f", i+1, v, what, most)
			}
		}
		switch {
		case l.For < 0:
			c.fault("segment %d takes %v: a ramp cannot run backwards in time", i+1, l.For)
		case l.For == 0:
			c.fault("segment %d takes no time, want more than 0: for a step, start the next segment at another value", i+1)
		case l.For > MaxLength-length:
			c.fault("its segments take more than %v, want at most that", MaxLength)
			return
		default:
			length += l.For
		}
	}
}

func allZero(segments []Segment) bool {
	for _, l := range segments {
		if l.From != 0 || l.To != 0 {
			return false
		}
	}
	return true
}

func whole(v float64) bool { return v == math.Trunc(v) && !math.IsInf(v, 0) }
