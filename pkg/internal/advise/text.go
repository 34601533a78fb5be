package advise

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"sagalab/pkg/load"
)

// maxShown is how many policies Write shows beside those with a name.
const maxShown = 12

// Write writes the advice for a person: what was measured, what the model says of that, the policies
// that people run, those on the front, and the recommendation.
func (a Advice) Write(out io.Writer) {
	m := a.Measured
	fmt.Fprintf(out, "Stage %s, recorded with %s\n\n", a.Stage, a.Recorded)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "policy\tp50 ms\tp99 ms\tattempts a purchase\tconfirmed\ttime in failed attempts\t")
	fmt.Fprintf(t, "measured\t%s\t%s\t%.3f\t%.1f %%\t%.0f %%\t\n", load.FormatNumber(m.P50), load.FormatNumber(m.P99), m.Amplification, 100*m.Success, 100*m.Wasted)
	a.Fit.writeRow(t, "the model of it")
	for _, i := range a.Shown() {
		note := ""
		switch {
		case i == a.Best:
			note = "recommended"
		case slices.Contains(a.Front, i):
			note = "none is better in all"
		}
		a.Predictions[i].writeRow(t, a.Predictions[i].Name+"\t"+note)
	}
	t.Flush()
	fmt.Fprintln(out)
	if a.Best >= 0 {
		fmt.Fprintf(out, "Recommended: %s (%s).\n", a.Predictions[a.Best].Name, a.Predictions[a.Best].Policy)
	}
	fmt.Fprintf(out, "%s.\n", sentence(a.Reason))
}

// Shown returns the indices of the predictions that tables and figures name: policies that people run,
// the recommended one, and of the front at most twelve, evenly chosen.
func (a Advice) Shown() (list []int) {
	names := named()
	for i, p := range a.Predictions {
		if names[p.Name] || i == a.Best {
			list = append(list, i)
		}
	}
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

// writeRow writes the row of p; its name may be followed by a note, after a tab.
func (p Prediction) writeRow(out io.Writer, name string) {
	name, note := cutNote(name)
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, p.P50.text(), p.P99.text(),
		p.Amplification.textWith(threeDigits, p.Amplification.Told()), p.Success.percent(), p.Wasted.percent(), note)
}

// text returns "612 (580 to 650)", or that it cannot be told.
func (i Interval) text() string { return i.textWith(load.FormatNumber, i.Told()) }

// percent is text of a fraction, which is told when it is within 5 points.
func (i Interval) percent() string {
	return i.textWith(func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }, i.toldFraction())
}

func (i Interval) textWith(format func(float64) string, told bool) string {
	switch {
	case told:
		return fmt.Sprintf("%s (%s to %s)", format(i.Value), format(i.Low), format(i.High))
	case math.IsInf(i.High, 1):
		return fmt.Sprintf("cannot tell (%s or more)", format(i.Low))
	}
	return fmt.Sprintf("cannot tell (%s to %s)", format(i.Low), format(i.High))
}

func threeDigits(v float64) string { return fmt.Sprintf("%.3f", v) }
