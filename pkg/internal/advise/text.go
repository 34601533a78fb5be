package advise

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"sagalab/pkg/compare"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// maxShown is how many policies Write shows beside those with a name.
const maxShown = 12

// Columns are those of Rows.
var Columns = []string{"policy", "p50 ms", "p99 ms", "amplification", "error_ratio %", "time in retryable failures %", "note"}

// Rows returns the rows of the table: what was measured, what the model gives for the same policy, and the
// policies of Shown.
func (a Advice) Rows() (rows [][]string) {
	m := a.Measured
	rows = append(rows,
		[]string{"measured", load.FormatNumber(m.P50), load.FormatNumber(m.P99), threeDecimals(m.Amplification), inPercent(1 - m.Success), inPercent(m.Wasted), ""},
		a.Fit.row("simulated, same policy", ""))
	for _, i := range a.Shown() {
		rows = append(rows, a.Predictions[i].row(a.Predictions[i].Name, a.note(i)))
	}
	return rows
}

// note returns what the table remarks on a prediction.
func (a Advice) note(i int) string {
	var notes []string
	p := &a.Predictions[i]
	if i == a.Best {
		notes = append(notes, "recommended")
	}
	switch {
	case slices.Contains(a.Front, i):
		notes = append(notes, "no other is clearly better")
	case p.Unknown >= .0005:
		notes = append(notes, fmt.Sprintf("%s %% of purchases not known", inPercent(p.Unknown)))
	case !p.IsKnown():
		notes = append(notes, "simulations differ")
	}
	return strings.Join(notes, "; ")
}

// Heading returns the line above the table: the stage, and the policy that it was recorded with.
func (a Advice) Heading() string {
	return fmt.Sprintf("Stage %s, recorded with %s", a.Stage, a.Recorded)
}

// Conclusion returns the lines below the table: the recommended policy, if any, and the reason.
func (a Advice) Conclusion() string {
	text := a.Reason + ".\n"
	if a.Best >= 0 {
		text = fmt.Sprintf("Recommended: %s (%s).\n", a.Predictions[a.Best].Name, a.Predictions[a.Best].Policy) + text
	}
	return text
}

// Write writes Heading, Rows under Columns, and Conclusion.
func (a Advice) Write(out io.Writer) {
	fmt.Fprintf(out, "%s\n\n", a.Heading())
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{Columns}, a.Rows()...) {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	t.Flush()
	fmt.Fprintf(out, "\n%s", a.Conclusion())
}

// WritePredictions writes a table of predictions beside what was measured, and how many agree.
func WritePredictions(out io.Writer, list []compare.Prediction) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "policy\tmetric\tpredicted\tmeasured\toff\tstages\tverdict\tnote")
	for _, p := range list {
		format := load.FormatNumber
		if p.Metric == compare.Amplification {
			format = threeDecimals
		}
		low, high := p.LowestAndHighest()
		fmt.Fprintf(t, "%s\t%s\t%s (%s to %s)\t%s (%s to %s)\t%s\t%d\t%s\t%s\n", p.Policy, strings.TrimSpace(string(p.Metric)+" "+p.Metric.Unit()),
			format(p.Predicted.Value), format(p.Predicted.Low), format(p.Predicted.High), format(p.MeanMeasured()), format(low), format(high), offText(p.OffPercent()), len(p.Measured), p.Verdict(), strings.Join(p.Notes, "; "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s.\n", compare.PredictionsText(list))
	return err
}

// offText returns a distance in percent with its sign, "" for NaN.
func offText(percent float64) string {
	if math.IsNaN(percent) {
		return ""
	}
	return fmt.Sprintf("%+.1f %%", percent)
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

// Named returns the indices of the predictions of the named policies, of the one without retries,
// and of the recommended one.
func (a Advice) Named() (list []int) {
	names := append(retry.PolicyNames(), NoRetries)
	for i, p := range a.Predictions {
		if slices.Contains(names, p.Name) || i == a.Best {
			list = append(list, i)
		}
	}
	return list
}

// row returns the row of p under a name.
func (p Prediction) row(name, note string) []string {
	return []string{name, p.P50.text(), p.P99.text(), p.Amplification.textWith(threeDecimals, p.Amplification.IsNarrow()), p.errorRatio().percent(), p.Wasted.percent(), note}
}

// text returns "612 (580 to 650)", and for a wide interval "cannot tell (580 to 1300)".
func (i Interval) text() string { return i.textWith(load.FormatNumber, i.IsNarrow()) }

// percent is text of a fraction, in percent, without the sign.
func (i Interval) percent() string {
	return i.textWith(inPercent, i.IsNarrowFraction())
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

func threeDecimals(v float64) string { return fmt.Sprintf("%.3f", v) }

func inPercent(v float64) string { return fmt.Sprintf("%.1f", 100*v) }
