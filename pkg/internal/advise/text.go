package advise

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// maxShown is how many policies Write shows beside those with a name.
const maxShown = 12

// Write writes the advice as a table: what was measured, what the model gives for that policy, the policies
// that people run, those on the front, and the recommendation.
func (a Advice) Write(out io.Writer) {
	m := a.Measured
	fmt.Fprintf(out, "Stage %s, recorded with %s\n\n", a.Stage, a.Recorded)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "policy\tp50 ms\tp99 ms\tattempts a purchase\tconfirmed\ttime in failed attempts\t")
	fmt.Fprintf(t, "measured\t%s\t%s\t%.3f\t%.1f %%\t%.0f %%\t\n", load.FormatNumber(m.P50), load.FormatNumber(m.P99), m.Amplification, 100*m.Success, 100*m.Wasted)
	a.Fit.writeRow(t, "the model of it", "")
	for _, i := range a.Shown() {
		note := ""
		switch {
		case i == a.Best:
			note = "recommended"
		case slices.Contains(a.Front, i):
			note = "no other is clearly better"
		}
		a.Predictions[i].writeRow(t, a.Predictions[i].Name, note)
	}
	t.Flush()
	fmt.Fprintln(out)
	if a.Best >= 0 {
		fmt.Fprintf(out, "Recommended: %s (%s).\n", a.Predictions[a.Best].Name, a.Predictions[a.Best].Policy)
	}
	fmt.Fprintf(out, "%s.\n", a.Reason)
}

// Shown returns the indices of the predictions that the table shows: Named, and of the front at most
// twelve, evenly chosen.
func (a Advice) Shown() []int {
	list := a.Named()
	step := max(1, (len(a.Front)+maxShown-1)/maxShown)
	for n := 0; n < len(a.Front); n += step {
		if !slices.Contains(list, a.Front[n]) {
			list = append(list, a.Front[n])
		}
	}
	slices.SortStableFunc(list, func(x, y int) int {
		return cmp.Compare(a.Predictions[x].Amplification.Value, a.Predictions[y].Amplification.Value)
	})
	return list
}

// Named returns the indices of the predictions of policies that people run, of the one without retries,
// and of the recommended one.
func (a Advice) Named() (list []int) {
	names := append(retry.PolicyNames(), noRetries)
	for i, p := range a.Predictions {
		if slices.Contains(names, p.Name) || i == a.Best {
			list = append(list, i)
		}
	}
	return list
}

// writeRow writes the row of p under a name.
func (p Prediction) writeRow(out io.Writer, name, note string) {
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, p.P50.text(), p.P99.text(),
		p.Amplification.textWith(threeDigits, p.Amplification.IsNarrow()), p.Success.percent(), p.Wasted.percent(), note)
}

// text returns "612 (580 to 650)", and for a wide interval "cannot tell (580 to 1300)".
func (i Interval) text() string { return i.textWith(load.FormatNumber, i.IsNarrow()) }

// percent is text of a fraction, in percent.
func (i Interval) percent() string {
	return i.textWith(func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }, i.IsNarrowFraction())
}

func (i Interval) textWith(format func(float64) string, narrow bool) string {
	switch {
	case narrow:
		return fmt.Sprintf("%s (%s to %s)", format(i.Value), format(i.Low), format(i.High))
	case math.IsInf(i.High, 1):
		return fmt.Sprintf("cannot tell (%s or more)", format(i.Low))
	}
	return fmt.Sprintf("cannot tell (%s to %s)", format(i.Low), format(i.High))
}

func threeDigits(v float64) string { return fmt.Sprintf("%.3f", v) }
