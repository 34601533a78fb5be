package live

import (
	"math"
	"time"
)

// maxPoints bounds what is kept of a stage of any length.
const maxPoints = 120

// point is a second of a stage, or several.
type point struct {
	seconds  int     // that were added, 0 for a gap
	rate     float64 // mean
	p99      float64 // the largest; NaN when no request ended
	failures int     // sum
	inFlight float64 // mean
}

// history has a point a second, and when it is full, a point every 2, 4, 8 … s.
type history struct {
	points []point
	step   int64 // seconds a point
	next   int64 // the first second that was not added yet
	failed int   // failures until then
}

// add keeps the second that ended last, once.
func (h *history) add(s Snapshot) {
	second := int64(s.Elapsed/time.Second) - 1
	if second < h.next {
		return
	}
	h.next, h.step = second+1, max(1, h.step)
	for second/h.step >= maxPoints {
		h.halve()
	}
	at := int(second / h.step)
	for len(h.points) <= at {
		h.points = append(h.points, point{p99: math.NaN()})
	}
	h.points[at] = h.points[at].merge(point{
		seconds: 1, rate: finite(s.Recent.Rate), p99: positive(s.Recent.P99),
		failures: max(0, s.Failure-h.failed), inFlight: float64(s.InFlight),
	})
	h.failed = s.Failure
}

// halve makes one point of two.
func (h *history) halve() {
	h.step *= 2
	for i := range h.points {
		if i%2 == 0 {
			h.points[i/2] = h.points[i]
		} else {
			h.points[i/2] = h.points[i/2].merge(h.points[i])
		}
	}
	h.points = h.points[:(len(h.points)+1)/2]
}

// merge returns both points as one.
func (p point) merge(q point) point {
	n := float64(p.seconds + q.seconds)
	if n == 0 {
		return p
	}
	mean := func(a, b float64) float64 { return (a*float64(p.seconds) + b*float64(q.seconds)) / n }
	if !(p.p99 >= q.p99) && !math.IsNaN(q.p99) {
		p.p99 = q.p99
	}
	return point{
		seconds: p.seconds + q.seconds, rate: mean(p.rate, q.rate), p99: p.p99,
		failures: p.failures + q.failures, inFlight: mean(p.inFlight, q.inFlight),
	}
}

// resample merges the points so that there are at most width.
func (h *history) resample(width int) []point {
	group := max(1, (len(h.points)+width-1)/width)
	if group == 1 {
		return h.points
	}
	out := make([]point, (len(h.points)+group-1)/group)
	for i := range out {
		out[i].p99 = math.NaN()
	}
	for i, p := range h.points {
		out[i/group] = out[i/group].merge(p)
	}
	return out
}

// failuresPerSecond is the point's mean.
func (p point) failuresPerSecond() float64 { return float64(p.failures) / float64(max(1, p.seconds)) }

// rateOf, p99Of and failuresOf are the figures of a point that are drawn; NaN leaves a gap.
func rateOf(p point) float64     { return p.known(p.rate) }
func p99Of(p point) float64      { return p.p99 }
func failuresOf(p point) float64 { return p.known(p.failuresPerSecond()) }
func inFlightOf(p point) float64 { return p.known(p.inFlight) }

func (p point) known(v float64) float64 {
	if p.seconds == 0 {
		return math.NaN()
	}
	return v
}

// largest is the largest figure of the points, 0 when there is none.
func largest(points []point, of func(point) float64) (most float64) {
	for _, p := range points {
		if v := of(p); v > most {
			most = v
		}
	}
	return most
}

// finite is v, or 0 for what no rate can be.
func finite(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// positive is v, or NaN for what no latency can be.
func positive(v float64) float64 {
	if !(v >= 0) || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}
