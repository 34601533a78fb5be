package figure

import (
	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// Goodput draws the attempts that each stage sent per second, by their starts, and above
// them the goodput, purchases confirmed per second, by their ends, over time since the
// stage's start. Each has an axis of its own. The spans of a fault are shaded: a retry
// storm shows as a peak of attempts, a service that does not recover as goodput that stays
// low after the shade.
//
// The intervals are common to all stages (compare.BinWidth); the first stage is drawn
// behind the others. Spans that end before they begin, and more than 100, are an error.
func Goodput(stages []runs.Stage, shade []Span) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Goodput and attempts over time"
	if err := checkSpans(shade); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	width := compare.BinWidth(stages...)
	colors := stageColors(stages)
	var goodput, attempts []curve
	for i, s := range stages {
		good, sent := curve{color: colors[i]}, curve{color: colors[i]}
		for _, b := range compare.Bins(s, width) {
			from, to := b.From.Seconds(), b.To.Seconds()
			good.steps = append(good.steps, step{from, to, b.PerSecond(b.Confirmed)})
			sent.steps = append(sent.steps, step{from, to, b.PerSecond(b.Attempts)})
		}
		goodput, attempts = append(goodput, good), append(attempts, sent)
	}
	if noSteps(goodput) {
		return nil, Nothing{title, "these stages have no times: nothing can be drawn over time"}
	}
	p := newPlot(title, overTime(width), "per second")
	addPanels(p, shade, newPanel("attempts sent", attempts, 0, 1), newPanel("goodput: purchases confirmed", goodput, 0, 1))
	p.Add(newLegend(stageLineEntries(stages)...))
	addWarnings(p, stages, false)
	return p, nil
}
