package figure

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// gridGroup is a group with its figures of each stage.
type gridGroup struct {
	name     string
	requests int           // of all stages
	byStage  []*runs.Group // nil where a stage has none
}

// groupGrid is a plotter of groups beside one another, in two panels: the percentiles of
// their latencies above the percentages of their failures. On the plot's axis of quantities
// one unit is a point.
type groupGrid struct {
	stages []runs.Stage
	colors []color.NRGBA
	groups []gridGroup
	style  text.Style

	latency  latencyAxis
	failures panel
}

// The layout of the panels, on the plot's axis of quantities.
const (
	failuresReach = .32 * dataHeight
	latencyFrom   = failuresReach + 2*captionRoom // the labels of full bars have room below
	latencyReach  = dataHeight - latencyFrom - captionRoom
	dotRoom       = 5  // below the lowest latency
	groupShare    = .8 // of a group's width is for its stages
)

// mostGroups returns for how many groups a figure of so many stages has room.
func mostGroups(stages []runs.Stage) int {
	const groups, bars = 12, 48
	return max(1, min(groups, bars/len(stages)))
}

// newGroupGrid lays out the groups of each stage by their ids.
func newGroupGrid(stages []runs.Stage, groups [][]runs.Group) *groupGrid {
	g := &groupGrid{stages: stages, colors: stageColors(stages), style: textStyle(8)}
	byID := map[purchase.ID]*gridGroup{}
	var ids []purchase.ID
	for i := range groups {
		for k := range groups[i] {
			x := &groups[i][k]
			if byID[x.From] == nil {
				byID[x.From] = &gridGroup{name: x.Name(), byStage: make([]*runs.Group, len(stages))}
				ids = append(ids, x.From)
			}
			byID[x.From].requests += x.Requests
			byID[x.From].byStage[i] = x
		}
	}
	slices.SortFunc(ids, purchase.Compare)
	for _, id := range ids {
		g.groups = append(g.groups, *byID[id])
	}
	return g
}

// plot returns the figure of the groups.
func (g *groupGrid) plot(title, x string) *plot.Plot {
	p := newPlot(title, x, "")
	g.measure()
	var ticks plot.ConstantTicks
	for _, t := range g.failures.ticks() {
		ticks = append(ticks, plot.Tick{Value: g.failures.at(t.Value), Label: t.Label})
	}
	for _, t := range g.latencyTicks() {
		t.Value = g.latencyAt(t.Value)
		ticks = append(ticks, t)
	}
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, float64(dataHeight), ticks
	p.Y.LineStyle.Color, p.X.Tick.Color = color.Transparent, color.Transparent
	p.X.Min, p.X.Max = -.5, float64(len(g.groups))-.5
	room := dataWidth / vg.Length(len(g.groups))
	var names plot.ConstantTicks
	for k, x := range g.groups {
		names = append(names, plot.Tick{Value: float64(k), Label: wrapName(x.name, room*.95, p.X.Tick.Label)})
	}
	p.X.Tick.Marker = padLines(names)
	p.Add(g)
	if len(g.stages) > 1 {
		p.Add(newLegend(g.legend()...))
	}
	addWarnings(p, g.stages, false, g.weak()...)
	return p
}

// weak returns a note on groups whose 99th percentile rests on too few samples.
func (g *groupGrid) weak() []string {
	all, weak := 0, 0
	for x := range g.each() {
		if all++; slices.Contains(x.of.Weak(), "p99") {
			weak++
		}
	}
	if weak == 0 {
		return nil
	}
	return []string{language.Text(fmt.Sprintf("few samples for p99 in %d of %d lines", weak, all))}
}

func (g *groupGrid) legend() (entries []entry) {
	for i, s := range g.stages {
		entries = append(entries, areaEntry(oneLine(s.Stage, maxNameLetters), swatch{color: g.colors[i]}))
	}
	return entries
}

// measure spans the axes of both panels.
func (g *groupGrid) measure() {
	least, positive, most, failed := 0., 0., 0., 0.
	first := true
	for x := range g.each() {
		failed = max(failed, failedPercent(x.of))
		for _, v := range []float64{x.of.P50, x.of.P95, x.of.P99} {
			if v = max(v, 0); !finite(v) {
				continue
			}
			if least, most = min(least, v), max(most, v); first {
				least, first = v, false
			}
			if v > 0 && (positive == 0 || v < positive) {
				positive = v
			}
		}
	}
	g.latency = axisSpanning(least, positive, most)
	g.failures = panel{top: max(failed, 1), reach: float64(failuresReach)}
}

func failedPercent(x *runs.Group) float64 { return 100 * float64(x.Failure) / float64(x.Requests) }

// latencyAt is where a position on the axis of latencies stands on the plot's axis.
func (g *groupGrid) latencyAt(on float64) float64 {
	share := (min(max(on, g.latency.low), g.latency.high) - g.latency.low) / (g.latency.high - g.latency.low)
	return float64(latencyFrom+dotRoom) + share*float64(latencyReach-dotRoom)
}

// latencyTicks returns the marks of the axis of latencies.
func (g *groupGrid) latencyTicks() []plot.Tick {
	if g.latency.log {
		return powerTicks(g.latency.low, g.latency.high)
	}
	return evenTicksBetween(g.latency.low, g.latency.high, 5, false)
}
