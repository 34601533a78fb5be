package figure

import (
	"fmt"
	"slices"
	"time"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
)

// callLanes is a plotter of calls in lanes. On the plot's axis of time one unit is a point, as long
// as the data are laneWidth wide; on the other one a unit is a row.
type callLanes struct {
	calls  []placedCall
	heads  []laneHead
	lanes  []callLane
	axis   brokenAxis
	scale  float64 // from the axis' positions to points
	height float64 // in rows
	style  text.Style
}

// callLane is the rows of the calls of a purchase to one of those that are asked.
type callLane struct {
	name string
	top  float64
	rows int
}

// laneHead is the heading of a purchase.
type laneHead struct {
	name string
	top  float64
}

// placedCall is a call and where it stands.
type placedCall struct {
	from, to float64 // in ms
	row      float64 // its middle
	end      callEnd
	label    string
	tag      string // the fault in words
}

const (
	laneNames = vg.Length(104) // the width of their names
	laneWidth = 6.1 * vg.Inch  // no more than what is left for the data beside the names
	laneRow   = vg.Length(14)  // the height of a row
	laneGap   = .35            // rows between lanes
	labelGap  = vg.Length(4)   // between a bar, its label and its tag
	leastTime = .45            // of laneWidth is for times, the rest may be for labels
	tagRoom   = vg.Length(2.5) // around the letters of a tag
	callRoom  = vg.Length(7)   // between calls in a row
)

// newCallLanes lays calls out.
func newCallLanes(calls []TimelineCall) *callLanes {
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b TimelineCall) int { return a.Began.Compare(b.Began) })
	calls = calls[:min(len(calls), maxTimelineCalls)]
	l := &callLanes{style: textStyle(8)}
	placed := placeCalls(calls)
	var events []float64
	for _, c := range placed {
		events = append(events, c.from, c.to)
	}
	l.axis = newBrokenAxis(events)
	l.fitLabels(placed)
	for _, purchase := range purchasesOf(calls) {
		if l.height > 0 {
			l.height += laneGap
		}
		l.heads = append(l.heads, laneHead{language.Text(fmt.Sprintf("purchase %d", purchase)), l.height})
		l.height++
		for _, who := range asked(calls) {
			var in []placedCall
			for i, c := range calls {
				if c.Purchase == purchase && c.Participant == who {
					in = append(in, placed[i])
				}
			}
			if len(in) > 0 {
				l.addLane(askedName(who), in)
			}
		}
	}
	return l
}

// purchasesOf returns the numbers of the purchases, sorted.
func purchasesOf(calls []TimelineCall) (list []int) {
	for _, c := range calls {
		list = append(list, c.Purchase)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// asked returns who is asked, the service first, the participants in the order of their first calls.
func asked(calls []TimelineCall) []string {
	list := []string{""}
	for _, c := range calls {
		if !slices.Contains(list, c.Participant) {
			list = append(list, c.Participant)
		}
	}
	return list
}

// placeCalls returns when calls began and ended, in ms since the first of them began, and their texts.
func placeCalls(calls []TimelineCall) (placed []placedCall) {
	first, last := calls[0].Began, calls[0].Began
	for _, c := range calls {
		for _, t := range []time.Time{c.Began, c.Ended} {
			if t.After(last) {
				last = t
			}
		}
	}
	since := func(t time.Time) float64 { return float64(t.Sub(first)) / float64(time.Millisecond) }
	for _, c := range calls {
		p := placedCall{from: since(c.Began), end: c.end(), label: c.label()}
		p.to = max(p.from, since(c.Ended))
		if c.Ended.IsZero() {
			p.to = since(last)
		}
		if c.Fault != "" {
			p.tag = faultWords(c.Fault)
		}
		placed = append(placed, p)
	}
	return placed
}

// fitLabels chooses a scale with which the labels stand within the data, and cuts those that are too
// long for it.
func (l *callLanes) fitLabels(calls []placedCall) {
	l.scale = float64(laneWidth)
	for _, c := range calls {
		if at := l.axis.at(c.to); at > 0 {
			l.scale = min(l.scale, float64(laneWidth-l.textWidth(c))/at)
		}
	}
	l.scale = max(l.scale, leastTime*float64(laneWidth))
	for i, c := range calls {
		over := vg.Length(l.axis.at(c.to)*l.scale) + l.textWidth(c) - laneWidth
		if over > 0 {
			calls[i].label = elide(c.label, l.style.Width(c.label)-over, l.style)
		}
	}
}

// textWidth is the room for the texts to the right of a call's bar.
func (l *callLanes) textWidth(c placedCall) vg.Length {
	w := labelGap + l.style.Width(c.label)
	if c.tag != "" {
		w += labelGap + l.style.Width(c.tag) + 2*tagRoom
	}
	return w + minPartLength
}

// addLane adds calls below one another where they would touch, in the order of their beginnings.
func (l *callLanes) addLane(name string, calls []placedCall) {
	lane := callLane{name: elide(name, laneNames, textStyle(9)), top: l.height}
	var used []vg.Length
	for _, c := range calls {
		from, to := vg.Length(l.axis.at(c.from)*l.scale), vg.Length(l.axis.at(c.to)*l.scale)+l.textWidth(c)
		row := slices.IndexFunc(used, func(u vg.Length) bool { return u+callRoom <= from })
		if row < 0 {
			row, used = len(used), append(used, 0)
		}
		used[row] = to
		c.row = lane.top + float64(row) + .5
		l.calls = append(l.calls, c)
	}
	lane.rows = len(used)
	l.lanes = append(l.lanes, lane)
	l.height += float64(lane.rows) + laneGap
}
