// Package load runs stages of load: virtual users execute a task at the times of a
// schedule, and what they measured is passed on as samples while they go on. It
// knows no HTTP, prints nothing, and depends on the standard library alone.
package load

import (
	"math"
	"slices"
	"time"
)

// The bounds of a stage: what one process can hold and one machine can run.
const (
	// MaxRequests is the most operations, MaxVUs the most virtual users and the most
	// operations in flight.
	MaxRequests = 10_000_000
	MaxVUs      = 10_000
	// MaxRate is the most arrivals per second.
	MaxRate = 1_000_000
	// MaxSegments is the most segments of a ramp.
	MaxSegments = 1000
	// MaxLength is the longest that a stage with segments, or a think time, may last.
	MaxLength = 24 * time.Hour
	// DefaultInFlight is the cap of an open stage that states none.
	DefaultInFlight = MaxVUs
)

// Stage describes the load that is wanted. Its fields ask for exactly one of four
// kinds:
//
//   - shared iterations (Requests, VUs): the users share the operations;
//   - iterations per user (Requests, VUs, PerUser): each user has its own;
//   - ramping users (Users): how many users are at work over time;
//   - arrivals (Rate): operations start when the schedule says so.
//
// The first three are closed models: a user starts its next operation when its
// last one has ended, so that a service that stalls is asked less. The last is
// the open model: an operation starts whether or not those before it have ended
// (Schroeder, Wierman and Harchol-Balter 2006, "Open versus closed: a cautionary
// tale").
//
// The zero value is not valid. A Stage is a value: its methods change nothing,
// and may be called from several goroutines.
type Stage struct {
	// Name identifies the stage in tables and figures; it must not be empty.
	Name string
	// Requests is how many operations are run, 1 to MaxRequests: in all, or by
	// each user if PerUser is set.
	Requests int
	// VUs is how many virtual users there are, 1 to MaxVUs.
	VUs int
	// Workers was the name of VUs; Validate refuses it.
	//
	// Deprecated: use VUs.
	Workers int
	// PerUser gives each of the VUs Requests operations of its own.
	PerUser bool
	// Think is how long a user of a closed model pauses after an operation
	// before it starts its next one, 0 to MaxLength.
	Think time.Duration
	// Users says how many users are at work over time. User k, from 0, works
	// while the ramp is above k. Segments start and end at whole numbers.
	Users []Segment
	// Rate says how many operations per second arrive over time.
	Rate []Segment
	// Poisson draws the gaps between arrivals from an exponential distribution, as of
	// independent buyers, instead of spacing them evenly.
	Poisson bool
	// MaxInFlight is how many operations of an open stage may be under way at
	// once, 1 to MaxVUs; 0 means DefaultInFlight. What arrives while as many
	// are under way is dropped, and counted.
	MaxInFlight int
}

// Segment is a segment of a ramp: a value that goes from From to To on a straight line
// within For, which is more than 0. The next segment may start at another value,
// which makes a step.
type Segment struct {
	From, To float64
	For      time.Duration
}

// Constant returns the one segment of a value that stays the same for d.
func Constant(value float64, d time.Duration) []Segment { return Ramp(value, value, d) }

// Ramp returns one segment; append more to go on.
func Ramp(from, to float64, d time.Duration) []Segment { return []Segment{{from, to, d}} }

// Defaults returns the stages of the original notebook.
func Defaults() []Stage {
	return []Stage{
		{Name: "light", Requests: 50, VUs: 50},
		{Name: "medium", Requests: 200, VUs: 50},
		{Name: "heavy", Requests: 1000, VUs: 200},
	}
}

// Open reports whether operations start when the schedule says so, rather than when
// a user is free.
func (s Stage) Open() bool { return len(s.Rate) > 0 }

// ramps reports whether the number of users follows a ramp.
func (s Stage) ramps() bool { return len(s.Users) > 0 }

// Equal reports whether s and o ask for the same.
func (s Stage) Equal(o Stage) bool {
	return slices.Equal(s.Users, o.Users) && slices.Equal(s.Rate, o.Rate) &&
		s.Name == o.Name && s.Requests == o.Requests && s.VUs == o.VUs && s.PerUser == o.PerUser &&
		s.Think == o.Think && s.Poisson == o.Poisson && s.MaxInFlight == o.MaxInFlight
}

// Length returns how long a valid stage goes on starting operations; 0 when only
// the number of its requests ends it.
func (s Stage) Length() (d time.Duration) {
	for _, l := range s.segments() {
		d += l.For
	}
	return d
}

func (s Stage) segments() []Segment {
	if s.Open() {
		return s.Rate
	}
	return s.Users
}

// Planned returns how many operations a valid stage plans: with Poisson arrivals the
// expected number, rounded; 0 for ramping users, where it depends on the service.
func (s Stage) Planned() int {
	switch {
	case s.Open() && s.Poisson:
		return int(math.Round(expectedArrivals(s.Rate)))
	case s.Open():
		return evenArrivals(expectedArrivals(s.Rate))
	case s.ramps():
		return 0
	case s.PerUser:
		return s.Requests * s.VUs
	}
	return s.Requests
}

// Connections returns how many operations of a valid stage are under way at once at
// most, and so how many connections it needs: no more users than have something
// to do.
func (s Stage) Connections() int {
	switch {
	case s.Open():
		if s.Poisson { // which may be any number of arrivals
			return s.cap()
		}
		return min(s.cap(), s.Planned())
	case s.ramps():
		most := 0.0
		for _, l := range s.Users {
			most = max(most, l.From, l.To)
		}
		return int(most)
	case s.PerUser:
		return s.VUs
	}
	return min(s.VUs, s.Requests)
}

// cap is how many operations an open stage allows in flight.
func (s Stage) cap() int {
	if s.MaxInFlight == 0 {
		return DefaultInFlight
	}
	return s.MaxInFlight
}

// RateTime returns the time by which counts of a stage are divided for a rate, such as
// its throughput. took runs from its start to the end of its last operation, fastest is
// the shortest latency, and complete is false when the stage was cut short. In
// closed models it is all of that time: users wait for answers, so that a slow service
// is asked less. In the open model the schedule goes on whatever the service does, and
// the last answer comes a latency after the last arrival: divided by all of that time, a
// service that is slower but keeps up would seem to get less done. So it is the length
// of the schedule there, if the stage ran to its end, or the time that the service was
// busy with it, when that was longer: until the last answer, less the fastest latency.
func (s Stage) RateTime(took, fastest time.Duration, complete bool) time.Duration {
	if !s.Open() {
		return took
	}
	busy := took - max(fastest, 0)
	if complete {
		busy = max(busy, s.Length())
	}
	if busy <= 0 {
		return took
	}
	return busy
}
