package figure

import (
	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// Goodput is what each stage sent and what came of it, over time since its start:
// below the attempts per second, by their starts, above the goodput, which is
// purchases confirmed per second, by their ends. Both have an axis of their own. A
// fault's spans are shaded: a retry storm is a hill of attempts, and goodput that
// stays low behind the shade is a service that does not recover.
//
// The intervals are common to all stages (runs.Interval); the first stage is
// drawn behind the others. Spans that end before they begin, and more than 100,
// are refused.
func Goodput(stages []runs.Stage, shade []Span) (*plot.Plot, error) {
	const title = "Goodput and attempts over time"
	if err := checkSpans(shade); err != nil {
		return nil, err
	}
	if err := nothing(title, stages); err != nil {
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
	if empty(goodput) {
		return nil, Nothing{title, "these stages have no times: nothing can be drawn over time"}
	}
	p := blank(title, overTime(width), "per second")
	addPanels(p, shade, newPanel("attempts sent", attempts, 0, 1), newPanel("goodput: purchases confirmed", goodput, 0, 1))
	p.Add(newLegend(strokes(stages)...))
	beware(p, stages, false)
	return p, nil
}
