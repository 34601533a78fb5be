package figure

import (
	"image/color"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// maxAttemptsShown is the number of attempts whose bar also holds all higher ones.
const maxAttemptsShown = 6

// AttemptsByOutcome draws a group of bars for each stage, one for each number of attempts:
// the operations that took so many, stacked by their final outcome. The heights are
// percentages of a stage's own operations, so that stages of different sizes can be
// compared; the numbers of operations stand above. Of stages whose purchases take steps it has
// the numbers of retries.
func AttemptsByOutcome(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Operations by number of attempts and final outcome"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	steps := slices.ContainsFunc(stages, func(s runs.Stage) bool { return len(s.Steps) > 0 })
	p := newPlot(title, "attempts per operation, by stage", "share of the stage's operations (%)")
	if steps {
		p = newPlot("Operations by number of retries and final outcome", "retries per operation, by stage", "share of the stage's operations (%)")
	}
	counts := make([]outcomes, len(stages))
	first, last := int64(1), int64(1)
	if steps {
		first, last = 0, 0
	}
	for i, s := range stages {
		for o := range s.EachOperation("attempts", "steps", "outcome") {
			if steps {
				o = &runs.Operation{Attempts: o.Attempts - o.FirstAttempts(), Outcome: o.Outcome}
			}
			n := counts[i].add(o)
			first, last = min(first, n), max(last, n)
		}
	}
	group := float64(last-first) + 1.8 // a bar is 1 wide, .8 stand between groups
	room := dataWidth / vg.Length(group*float64(len(stages)))
	var bars []stackedBar
	var ticks plot.ConstantTicks
	for i, c := range stageColors(stages) {
		start := float64(i) * group
		for n := first; n <= last; n++ {
			at := start + float64(n-first)
			bars = append(bars, counts[i][n].stack(at, c, stages[i].OperationCount()))
			ticks = append(ticks, plot.Tick{Value: at, Label: attemptsName(n)})
		}
		name := wrapName(stages[i].Stage, room*vg.Length(group)*.95, p.X.Tick.Label)
		ticks = append(ticks, plot.Tick{Value: start + float64(last-first)/2, Label: "\n" + name})
	}
	addVerticalBars(p, newVerticalBars(bars, room))
	p.Y.Tick.Marker = percentTicks
	p.X.Min, p.X.Max, p.X.Tick.Marker = -.9, group*float64(len(stages))-.9, padLines(ticks)
	p.Add(newLegend(areaEntry(language.Text("ok"), swatch{gray, plain}), areaEntry(language.Text("failed"), swatch{gray, hatched}), areaEntry(language.Text("unknown"), swatch{gray, crossed})))
	addWarnings(p, stages, false)
	return p, nil
}

// percentTicks marks an axis of percentages, which may reach beyond 100.
var percentTicks = plot.TickerFunc(func(low, high float64) []plot.Tick { return evenTicks(false)(low, min(high, 100)) })

// outcomes counts operations by attempts and by outcome: ok, failed, unknown.
type outcomes [maxAttemptsShown + 1]outcome

type outcome [3]int

// add counts an operation and returns the number of attempts it counts for.
func (ou *outcomes) add(o *runs.Operation) int64 {
	n := min(max(o.Attempts, 0), maxAttemptsShown)
	switch o.Outcome {
	case purchase.OK:
		ou[n][0]++
	case purchase.Failed:
		ou[n][1]++
	default:
		ou[n][2]++
	}
	return n
}

func (o outcome) stack(at float64, stage color.NRGBA, operations int) stackedBar {
	b := stackedBar{at: at, width: .8}
	total := 0
	for i, n := range o {
		share := 100 * float64(n) / float64(max(operations, 1))
		b.parts = append(b.parts, part{size: share, swatch: swatch{stage, pattern(i)}}) // plain ok, hatched failed, crossed unknown
		total += n
	}
	if total > 0 {
		b.label = formatCount(total)
	}
	return b
}

func attemptsName(n int64) string {
	if n == maxAttemptsShown {
		return strconv.FormatInt(n, 10) + "+"
	}
	return strconv.FormatInt(n, 10)
}

// padLines gives all labels the same number of lines: gonum hangs a tick's label from its
// own top, and those of fewer lines would stand too low.
func padLines(ticks plot.ConstantTicks) plot.ConstantTicks {
	most := 0
	for _, t := range ticks {
		most = max(most, strings.Count(t.Label, "\n"))
	}
	for i, t := range ticks {
		ticks[i].Label += strings.Repeat("\n ", most-strings.Count(t.Label, "\n"))
	}
	return ticks
}
