package load

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// Schedule yields when the operations of a valid open stage arrive, counted from
// its start: sorted, each at least 0 and less than Length. It is pure, the same
// for the same seed, and needs no memory that grows with it. A closed stage has
// none, since its operations start when a user is free.
//
// Let A(t) be the integral of the rate until t. Even arrival i, from 0, is at
// A⁻¹(i), so that a constant 500/s for 10 s has exactly 5000 arrivals, the first
// one at once. Poisson arrivals are at A⁻¹(E₁ + … + Eᵢ) with exponential E of
// mean 1: a unit-rate Poisson process seen through the clock A is the one whose
// rate is A's slope (Çinlar 1975, "Introduction to Stochastic Processes", 4.7;
// Lewis and Shedler 1979 compare it with thinning). Where the rate is 0 nothing
// arrives.
func (s Stage) Schedule(seed uint64) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		// The second word keeps these numbers apart from others drawn for seed.
		random := rand.New(rand.NewPCG(seed, 0x6172726976616c73))
		next := func(x float64) float64 { return x + 1 }
		at := 0.0 // the next arrival, on the axis of A
		if s.Poisson {
			next = func(x float64) float64 { return x + random.ExpFloat64() }
			at = next(0)
		}
		clock := arrivalClock{segments: s.Rate}
		for {
			offset, ok := clock.timeOf(at)
			if !ok || !yield(offset) {
				return
			}
			at = next(at)
		}
	}
}

// rounding is the part of an arrival that is put down to rounding: one that
// falls so shortly before a segment's end belongs to what follows. Sums of 1000 segments
// and MaxRequests arrivals are good to that.
const rounding = 1e-6

// arrivalClock inverts A for ascending values.
type arrivalClock struct {
	segments []Segment     // still ahead, the current one first
	area     float64       // A at the start of the current segment
	start    time.Duration // when that is
	last     time.Duration
}

// timeOf is the first moment by which A exceeds x; false if it never does.
func (c *arrivalClock) timeOf(x float64) (time.Duration, bool) {
	for len(c.segments) > 0 {
		segment := c.segments[0]
		if area := segment.area(); x < c.area+area-rounding {
			offset := min(c.start+segment.timeOfArea(max(0, x-c.area)), c.start+segment.For-1)
			c.last = max(c.last, offset) // rounding must not turn back time
			return c.last, true
		} else {
			c.area += area
		}
		c.start += segment.For
		c.segments = c.segments[1:]
	}
	return 0, false
}

// area is the integral of the segment's value over its seconds.
func (s Segment) area() float64 { return (s.From + s.To) / 2 * s.For.Seconds() }

// timeOfArea is the time within the segment at which its integral is x. The quadratic
// equation is solved from the segment's lower end, in the form without a subtraction:
// it is exact for a segment that hardly rises and for one that starts or ends at 0.
func (s Segment) timeOfArea(x float64) time.Duration {
	if s.To < s.From {
		back := Segment{From: s.To, To: s.From, For: s.For}
		return s.For - back.timeOfArea(max(0, s.area()-x))
	}
	if x <= 0 {
		return 0
	}
	slope := (s.To - s.From) / s.For.Seconds()
	seconds := 2 * x / (s.From + math.Sqrt(s.From*s.From+2*slope*x))
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

// expectedArrivals is the integral of the rate over all segments.
func expectedArrivals(segments []Segment) (sum float64) {
	for _, l := range segments {
		sum += l.area()
	}
	return sum
}

// evenArrivals is how many even arrivals there are when the rate's integral is
// total: one at each whole number below it.
func evenArrivals(total float64) int { return int(math.Ceil(max(0, total-rounding))) }

// userSteps yields each moment at which the number of users at work changes, and the
// number from then on, the first at 0 and the last, 0 users, at Length.
func (s Stage) userSteps() iter.Seq2[time.Duration, int] {
	return func(yield func(time.Duration, int) bool) {
		var start time.Duration
		users := -1
		for _, l := range s.Users {
			for offset, n := range l.userSteps() {
				if n != users && !yield(start+offset, n) {
					return
				}
				users = n
			}
			start += l.For
		}
		yield(start, 0)
	}
}

// userSteps yields the whole numbers of users of one segment and when each begins: user
// k works while the segment is above k.
func (s Segment) userSteps() iter.Seq2[time.Duration, int] {
	return func(yield func(time.Duration, int) bool) {
		from, to := int(s.From), int(s.To)
		at := func(value int) time.Duration {
			return time.Duration(math.Round(float64(s.For) * (float64(value) - s.From) / (s.To - s.From)))
		}
		switch {
		case from == to:
			yield(0, from)
		case from < to:
			for n := from + 1; n <= to; n++ {
				if !yield(at(n-1), n) {
					return
				}
			}
		default:
			if !yield(0, from) {
				return
			}
			for n := from - 1; n >= to; n-- {
				if !yield(at(n), n) {
					return
				}
			}
		}
	}
}
