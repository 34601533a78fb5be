package figure

import (
	"slices"

	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// Amplification draws how many attempts each stage made per operation, over time since
// its start: the attempts that began in an interval ÷ the operations, or the steps of theirs, that
// began in it; 1 means no retries. Retries count when they are sent, so that the quotient can exceed the
// attempts that a policy allows: while many retry, few new operations begin. An interval
// in which fewer than ten operations began is joined with the next ones up to ten, so that
// no attempt is left out and chance does not decide; a long step in the figure is a time
// of few new operations.
//
// Intervals and spans are as in Goodput.
func Amplification(stages []runs.Stage, shade []Span) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Amplification over time"
	if err := checkSpans(shade); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	width := compare.BinWidth(stages...)
	var curves []curve
	for i, c := range stageColors(stages) {
		curves = append(curves, curve{color: c, steps: amplification(compare.Bins(stages[i], width))})
	}
	if noSteps(curves) {
		return nil, Nothing{title, "no attempts recorded in these stages"}
	}
	p := newPlot(title, overTime(width), perOperation(stages))
	addPanels(p, shade, newPanel("", curves, 1, 2))
	p.Add(newLegend(stageLineEntries(stages)...))
	addWarnings(p, stages, false)
	return p, nil
}

// perOperation is the title of an axis of the amplification.
func perOperation(stages []runs.Stage) string {
	if slices.ContainsFunc(stages, func(s runs.Stage) bool { return len(s.Steps) > 0 }) {
		return "attempts per step begun"
	}
	return "attempts per operation"
}

// minOperations is how many operations a quotient is of, at least.
const minOperations = 10

// amplification is the quotient of each bin, or of bins that are joined; what remains at
// the end is joined with the last one.
func amplification(bins []compare.Bin) (steps []step) {
	var joined []compare.Bin
	var open compare.Bin
	for _, b := range bins {
		if open.Attempts == 0 { // a time without any attempts is in no step
			open.From = b.From
		}
		open = mergeBins(open, b)
		if open.FirstAttempts >= minOperations {
			joined, open = append(joined, open), compare.Bin{}
		}
	}
	if n := len(joined); open.Attempts > 0 && n > 0 {
		joined[n-1] = mergeBins(joined[n-1], open)
	} else if open.FirstAttempts > 0 {
		joined = append(joined, open)
	}
	for _, b := range joined {
		steps = append(steps, step{b.From.Seconds(), b.To.Seconds(), float64(b.Attempts) / float64(b.FirstAttempts)})
	}
	return steps
}

// mergeBins adds two bins up.
func mergeBins(a, b compare.Bin) compare.Bin {
	return compare.Bin{From: a.From, To: b.To, Attempts: a.Attempts + b.Attempts, FirstAttempts: a.FirstAttempts + b.FirstAttempts}
}
