package figure

import (
	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// Amplification is how many attempts each stage made for an operation, over time
// since its start: the attempts that began in an interval ÷ the operations that
// did. 1 is no retries. Retries count when they are sent, so that the quotient can
// exceed the attempts that a policy allows: while many retry, few set out anew.
// An interval in which fewer than ten operations began is joined with the next
// ones up to ten, so that no attempt is left out, and chance does not decide; a
// long step in the figure is a time of few new operations.
//
// Intervals and spans are as in Goodput.
func Amplification(stages []runs.Stage, shade []Span) (*plot.Plot, error) {
	const title = "Amplification over time"
	if err := checkSpans(shade); err != nil {
		return nil, err
	}
	if err := nothing(title, stages); err != nil {
		return nil, err
	}
	width := compare.BinWidth(stages...)
	var curves []curve
	for i, c := range stageColors(stages) {
		curves = append(curves, curve{color: c, steps: amplification(compare.Bins(stages[i], width))})
	}
	if empty(curves) {
		return nil, Nothing{title, "no attempts recorded in these stages"}
	}
	p := blank(title, overTime(width), "attempts per operation")
	addPanels(p, shade, newPanel("", curves, 1, 2))
	p.Add(newLegend(strokes(stages)...))
	beware(p, stages, false)
	return p, nil
}

// fewestBegun is how many operations a quotient is of, at least.
const fewestBegun = 10

// amplification is the quotient of each bin, or of bins that are joined; what is
// left at the end is joined with the last one.
func amplification(bins []compare.Bin) (steps []step) {
	var joined []compare.Bin
	var open compare.Bin
	for _, b := range bins {
		if open.Attempts == 0 { // a time without any attempts is in no step
			open.From = b.From
		}
		open = add(open, b)
		if open.Begun >= fewestBegun {
			joined, open = append(joined, open), compare.Bin{}
		}
	}
	if n := len(joined); open.Attempts > 0 && n > 0 {
		joined[n-1] = add(joined[n-1], open)
	} else if open.Begun > 0 {
		joined = append(joined, open)
	}
	for _, b := range joined {
		steps = append(steps, step{b.From.Seconds(), b.To.Seconds(), float64(b.Attempts) / float64(b.Begun)})
	}
	return steps
}

// add is two bins as one.
func add(a, b compare.Bin) compare.Bin {
	return compare.Bin{From: a.From, To: b.To, Attempts: a.Attempts + b.Attempts, Begun: a.Begun + b.Begun}
}
