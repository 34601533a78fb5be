package figure

import (
	"cmp"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// kneeStretches is how many stretches a stage's schedule is cut into for Knee.
const kneeStretches = 40

// Knee is what stages of the open model got for what they offered: below the
// purchases confirmed per second, above the p99 of the latency, both against the
// arrival rate of the schedule. Where the lower curve leaves the gray line of
// "as much as arrives" is the knee: from there on the upper one climbs. A vertical
// line marks each stage's knee (compare.FindKnee) with its rate; a stage without one,
// and one whose rate does not rise, has none. A leg of a constant rate is short
// lines at its rate, one for each stretch. Stages of the closed model have no rate
// and are refused.
func Knee(stages []runs.Stage) (*plot.Plot, error) {
	const title = "Throughput and p99 against the offered rate"
	if err := nothing(title, stages); err != nil {
		return nil, err
	}
	var confirmed, slow []curve
	asked := curve{color: gray}
	colors := stageColors(stages)
	for i, s := range stages {
		offers, err := compare.LoadBins(s, stretch(s))
		if err != nil {
			return nil, err
		}
		good, p99 := curve{color: colors[i]}, curve{color: colors[i]}
		for _, o := range offers {
			if o.Arrived == 0 {
				continue // a stage that was stopped, or a pause
			}
			from, to := ends(o)
			good.steps = append(good.steps, step{from, to, o.PerSecond(o.Confirmed)})
			p99.steps = append(p99.steps, step{from, to, o.P99})
			asked.steps = append(asked.steps, step{from, to, (from + to) / 2})
		}
		for _, c := range []*curve{&good, &p99} {
			ascending(c.steps)
		}
		confirmed, slow = append(confirmed, good), append(slow, p99)
	}
	ascending(asked.steps)
	if empty(confirmed) {
		return nil, Nothing{title, "no purchase of these stages has arrived"}
	}
	p := blank(title, "offered: arrivals per second, as scheduled", "")
	const caption = "p99 of the latency (ms)"
	p.Add(kneeMarks(stages, caption)) // first, so that everything else is drawn over the lines
	addPanels(p, nil, newPanel("confirmed per second (gray: as much as arrives)", append([]curve{asked}, confirmed...), 0, 1),
		newPanel(caption, slow, 0, 1))
	p.Add(newLegend(strokes(stages)...))
	beware(p, stages, false)
	return p, nil
}

// kneeMark is a stage's knee, which is marked by a vertical line over the whole
// height of the data, with its rate.
type kneeMark struct {
	rate  float64
	label string
}

// marks is a plotter of several knees.
type marks struct {
	list  []kneeMark
	style text.Style
	// caption is what stands in the corner at the top, on the left.
	caption string
}

// kneeMarks are the knees of stages that have one.
func kneeMarks(stages []runs.Stage, caption string) marks {
	m := marks{style: letters(9), caption: caption}
	for _, s := range stages {
		k, err := compare.FindKnee(s)
		if err != nil || k.Verdict != compare.KneeFound { // a rate that falls has no knee to be marked
			continue
		}
		label := "knee " + compare.FormatRate(k.Rate)
		if len(stages) > 1 {
			label = shown(s.Stage, maxName) + ": " + label
		}
		m.list = append(m.list, kneeMark{k.Rate, label})
	}
	return m
}

// Plot draws the lines, each with a label at the top: on its right, where the room
// above the highest value is free, or on its left if it has no room there.
func (m marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	free := c.Min.X + 4 + m.style.Width(m.caption) + 6
	for i, k := range m.list {
		at := x(k.rate)
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1}, at, c.Min.Y, at, c.Max.Y)
		from := max(at+4, free)
		if width := m.style.Width(k.label); from+width > c.Max.X {
			from = at - 4 - width
		}
		c.FillText(m.style, vg.Point{X: from, Y: c.Max.Y - shadeRow*vg.Length(i+1)}, k.label)
	}
}

func stretch(s runs.Stage) time.Duration { return max(s.Wall()/kneeStretches, 100*time.Millisecond) }

// ends are the rates between which an offer is drawn; a constant one gets a
// width that can be seen.
func ends(o compare.LoadBin) (from, to float64) {
	from, to = min(o.RateFrom, o.RateTo), max(o.RateFrom, o.RateTo)
	if from == to {
		return .99 * from, 1.01 * to
	}
	return from, to
}

func ascending(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.from, b.from) })
}
