package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
)

// brokenAxis is an axis of time in ms on which long times without an event are left out. It maps
// times to positions from 0 to 1.
type brokenAxis struct {
	segments []axisSegment
	perMS    float64 // of a position
}

// axisSegment is a part of the axis that is drawn to scale.
type axisSegment struct {
	from, to float64 // in ms
	at       float64 // the position of from
}

// The axis is broken at maxBreaks times at most, those of more than breakFrom of what would be
// drawn and much longer than usual, but for breakEdge of what remains on both sides; in place of
// each stands breakWidth of the axis.
const (
	maxBreaks  = 4
	breakFrom  = .7
	breakEdge  = .04
	breakUsual = 6 // times the median time between events
	breakWidth = .075
)

// newBrokenAxis spans the times of some events, which are finite and not below 0.
func newBrokenAxis(events []float64) brokenAxis {
	events = append(slices.Clone(events), 0)
	slices.Sort(events)
	events = slices.Compact(events)
	end := events[len(events)-1]
	if end == 0 {
		return brokenAxis{[]axisSegment{{to: 1}}, 1}
	}
	gaps, rest := leftOutGaps(events)
	edge := breakEdge * rest
	a := brokenAxis{segments: []axisSegment{{to: end}}}
	for _, g := range gaps {
		i := slices.IndexFunc(a.segments, func(s axisSegment) bool { return s.from <= g.from && g.to <= s.to })
		s := a.segments[i]
		a.segments = slices.Replace(a.segments, i, i+1, axisSegment{from: s.from, to: g.from + edge}, axisSegment{from: g.to - edge, to: s.to})
		rest += 2 * edge
	}
	a.perMS = (1 - breakWidth*float64(len(a.segments)-1)) / rest
	at := 0.
	for i, s := range a.segments {
		a.segments[i].at = at
		at += (s.to-s.from)*a.perMS + breakWidth
	}
	return a
}

// leftOutGaps returns the times between events that are left out, the longest first, and how much
// time remains.
func leftOutGaps(events []float64) (gaps []axisSegment, rest float64) {
	rest = events[len(events)-1] - events[0]
	for _, g := range longestGaps(events) {
		if g.to-g.from < breakFrom*rest {
			break
		}
		rest -= g.to - g.from
		gaps = append(gaps, g)
	}
	return gaps, max(rest, 1e-9)
}

// longestGaps returns the times between events at which the axis may be broken, the longest first.
func longestGaps(events []float64) (gaps []axisSegment) {
	for i := range len(events) - 1 {
		gaps = append(gaps, axisSegment{from: events[i], to: events[i+1]})
	}
	slices.SortStableFunc(gaps, func(a, b axisSegment) int {
		switch la, lb := a.to-a.from, b.to-b.from; {
		case la > lb:
			return -1
		case la < lb:
			return 1
		}
		return 0
	})
	usual := gaps[len(gaps)/2].to - gaps[len(gaps)/2].from
	n := slices.IndexFunc(gaps, func(g axisSegment) bool { return g.to-g.from <= breakUsual*usual })
	return gaps[:min(n, maxBreaks)] // the median itself is no longer than usual
}

// at returns the position of a time, within a break one in proportion.
func (a brokenAxis) at(ms float64) float64 {
	for i, s := range a.segments {
		if ms <= s.to || i == len(a.segments)-1 {
			return s.at + (ms-s.from)*a.perMS
		}
		if next := a.segments[i+1]; ms < next.from {
			return a.endOf(s) + breakWidth*(ms-s.to)/(next.from-s.to)
		}
	}
	return 0
}

func (a brokenAxis) endOf(s axisSegment) float64 { return s.at + (s.to-s.from)*a.perMS }

// breaks returns for each break its ends in ms and the position of its beginning.
func (a brokenAxis) breaks() (list []axisSegment) {
	for i := range len(a.segments) - 1 {
		s := a.segments[i]
		list = append(list, axisSegment{s.to, a.segments[i+1].from, a.endOf(s)})
	}
	return list
}

// maxAxisTicks bounds the marks of a part of an axis.
const maxAxisTicks = 20

// ticks returns marks at round times, times scale on the plot's axis; where a part has none at its
// beginning.
func (a brokenAxis) ticks(scale float64) (ticks plot.ConstantTicks) {
	const spacing = .09 // between labels, of the axis
	step := roundUpTo125(spacing / a.perMS)
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	last := -1.
	add := func(ms float64, decimals int) bool {
		at := a.at(ms)
		if at-last < .7*spacing {
			return false
		}
		ticks, last = append(ticks, plot.Tick{Value: at * scale, Label: formatNumber(ms, decimals)}), at
		return true
	}
	for _, s := range a.segments {
		none := true
		first := math.Ceil(s.from/step - 1e-9)
		for n := range maxAxisTicks {
			ms := (first + float64(n)) * step
			if ms > s.to+step*1e-9 {
				break
			}
			if add(ms, decimals) {
				none = false
			}
		}
		if none {
			add(s.from, decimals)
		}
	}
	return ticks
}
