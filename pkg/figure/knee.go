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
	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// kneeBins is how many bins a stage's schedule is cut into for Knee.
const kneeBins = 40

// Knee draws the purchases confirmed per second of stages of the open model, and above
// them the p99 of the latency, both against the arrival rate of the schedule. The knee is
// where the lower curve leaves the gray line of arrivals; from there on the upper one
// rises. A vertical line marks each stage's knee (compare.FindKnee) with its rate, for
// stages that have one. A segment of constant rate is short lines at its rate, one for
// each bin. A stage of the closed model has no arrival rate, which is an error.
func Knee(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Throughput and p99 against the offered rate"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	var confirmed, slow []curve
	asked := curve{color: gray}
	colors := stageColors(stages)
	for i, s := range stages {
		bins, err := compare.LoadBins(s, kneeBinWidth(s))
		if err != nil {
			return nil, err
		}
		good, p99 := curve{color: colors[i]}, curve{color: colors[i]}
		for _, o := range bins {
			if o.Arrived == 0 {
				continue // a stage that was stopped, or a pause
			}
			from, to := drawnRates(o)
			good.steps = append(good.steps, step{from, to, o.PerSecond(o.Confirmed)})
			p99.steps = append(p99.steps, step{from, to, o.P99})
			asked.steps = append(asked.steps, step{from, to, (from + to) / 2})
		}
		for _, c := range []*curve{&good, &p99} {
			sortByStart(c.steps)
		}
		confirmed, slow = append(confirmed, good), append(slow, p99)
	}
	sortByStart(asked.steps)
	if noSteps(confirmed) {
		return nil, Nothing{title, "no purchase of these stages has arrived"}
	}
	p := newPlot(title, "offered: arrivals per second, as scheduled", "")
	const caption = "p99 of the latency (ms)"
	p.Add(newKneeLines(stages, caption)) // first, so that everything else is drawn over the lines
	addPanels(p, nil, newPanel("confirmed per second (gray: as much as arrives)", append([]curve{asked}, confirmed...), 0, 1),
		newPanel(caption, slow, 0, 1))
	p.Add(newLegend(stageLineEntries(stages)...))
	addWarnings(p, stages, false)
	return p, nil
}

// kneeLine is the vertical line at a stage's knee, labelled with its rate.
type kneeLine struct {
	rate  float64
	label string
}

// kneeLines is a plotter of several knees.
type kneeLines struct {
	list  []kneeLine
	style text.Style
	// caption is what stands in the corner at the top, on the left.
	caption string
}

// newKneeLines returns the lines of the stages that have a knee.
func newKneeLines(stages []runs.Stage, caption string) kneeLines {
	m := kneeLines{style: textStyle(9), caption: language.Text(caption)}
	for _, s := range stages {
		k, err := compare.FindKnee(s)
		if err != nil || k.Verdict != compare.KneeFound { // a rate that falls has no knee to be marked
			continue
		}
		label := language.Text("knee " + compare.FormatRate(k.Rate))
		if len(stages) > 1 {
			label = oneLine(s.Stage, maxNameLetters) + ": " + label
		}
		m.list = append(m.list, kneeLine{k.Rate, label})
	}
	return m
}

// Plot draws the lines, each with a label at the top: on its right, where the room
// above the highest value is free, or on its left if it has no room there.
func (l kneeLines) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	free := c.Min.X + 4 + l.style.Width(l.caption) + 6
	for i, k := range l.list {
		at := x(k.rate)
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1}, at, c.Min.Y, at, c.Max.Y)
		from := max(at+4, free)
		if width := l.style.Width(k.label); from+width > c.Max.X {
			from = at - 4 - width
		}
		c.FillText(l.style, vg.Point{X: from, Y: c.Max.Y - labelRowHeight*vg.Length(i+1)}, k.label)
	}
}

func kneeBinWidth(s runs.Stage) time.Duration { return max(s.Wall()/kneeBins, 100*time.Millisecond) }

// drawnRates returns the rates between which a bin is drawn; a constant one gets a width
// that can be seen.
func drawnRates(o compare.LoadBin) (from, to float64) {
	from, to = min(o.RateFrom, o.RateTo), max(o.RateFrom, o.RateTo)
	if from == to {
		return .99 * from, 1.01 * to
	}
	return from, to
}

func sortByStart(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.from, b.from) })
}
