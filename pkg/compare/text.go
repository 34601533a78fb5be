package compare

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"sagalab/pkg/load"
)

// String is the comparison for a terminal, 100 columns wide as long as names and numbers
// are of usual length. Sentences, which a terminal wraps, may be longer.
func (c Comparison) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "A  %s\nB  %s\n", c.A, c.B)
	for _, d := range c.Differences {
		fmt.Fprintf(&b, "differs   %s\n", d)
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(&b, "beware    %s\n", w)
	}
	fmt.Fprintf(&b, "\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\tA\tB\tB against A, %g %%\t\n", 100*c.Confidence)
	for _, v := range c.Changes {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", v.Metric.label(), estimateText(v.Metric, v.A), estimateText(v.Metric, v.B), v, v.Verdict)
	}
	t.Flush()
	for _, v := range c.Changes {
		if v.Note != "" {
			fmt.Fprintf(&b, "%s: %s\n", v.Metric, v.Note)
		}
	}
	if c.A.Repeats == 0 {
		fmt.Fprintf(&b, "Intervals cover what varies within the stages, not from one start or hour to the next.\n")
	}
	return b.String()
}

// String is "20260102-150405 heavy, 1000 requests in 5.2 s".
func (s Side) String() string {
	name := s.Stage
	if s.Run != "" {
		name = s.Run + " " + s.Stage
	}
	if s.Repeats > 0 {
		return fmt.Sprintf("%s, %d runs of %d requests in %s s", name, s.Repeats, s.Operations, load.FormatNumber(s.Seconds))
	}
	return fmt.Sprintf("%s, %d requests in %s s, %d blocks", name, s.Operations, load.FormatNumber(s.Seconds), s.Blocks)
}

// String is the change alone, "+12.3% [+8.1, +16.9]"; from ten times as much on it is a
// factor, "×12 [×9.5, ×14]".
func (c Change) String() string {
	e, unit := c.Change, c.Metric.ChangeUnit()
	text := signedText
	switch {
	case c.IsFactor():
		text, unit = factorText, ""
	case unit == "%":
		text = percentText
	}
	return fmt.Sprintf("%s%s [%s, %s]", text(e.Value), unit, text(e.Low), text(e.High))
}

// IsFactor reports whether B is ten times A or more, so that the change is written as a
// factor instead of a percentage.
func (c Change) IsFactor() bool {
	return c.Metric.ChangeUnit() == "%" && c.Change.Value >= minFactorChange && !math.IsInf(c.Change.Value, 1)
}

// minFactorChange is the change, in percent, from which it is written as a factor.
const minFactorChange = 900

// FactorOf converts a change in percent into a factor: 1100 is 12.
func FactorOf(percent float64) float64 { return 1 + percent/100 }

// factorText is "×12".
func factorText(percent float64) string {
	switch f := FactorOf(percent); {
	case math.IsNaN(f):
		return "?"
	case math.IsInf(f, 1):
		return "×∞"
	case f >= 10:
		return fmt.Sprintf("×%.0f", f)
	default:
		return fmt.Sprintf("×%.2g", f)
	}
}

// percentText is a change in percent without its unit, a factor from minFactorChange on.
func percentText(percent float64) string {
	if percent >= minFactorChange && !math.IsInf(percent, 1) {
		return factorText(percent)
	}
	return signedText(percent)
}

func (m Metric) label() string { return strings.TrimSpace(string(m) + " " + m.Unit()) }

// estimateText is "812.4 [790, 830]": a latency as in all lines and tables, and else three
// digits, which is the precision of an interval.
func estimateText(m Metric, e Estimate) string {
	value := threeDigits(e.Value)
	if m.Unit() == "ms" {
		value = load.FormatNumber(e.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", value, threeDigits(e.Low), threeDigits(e.High))
}

// threeDigits is a value with three digits, or all that stand before the point.
func threeDigits(v float64) string {
	switch {
	case math.IsNaN(v):
		return "?"
	case math.IsInf(v, 0):
		return "∞"
	case v == 0:
		return "0"
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	return fmt.Sprintf("%.*f", min(max(decimals, 0), 4), v)
}

// signedText is a change with two decimals below 1, none from 100 on, else one.
func signedText(v float64) string {
	switch {
	case math.IsNaN(v):
		return "?"
	case math.IsInf(v, 1):
		return "+∞"
	case math.IsInf(v, -1):
		return "-∞"
	case math.Abs(v) < 1:
		return fmt.Sprintf("%+.2f", v)
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%+.0f", v)
	}
	return fmt.Sprintf("%+.1f", v)
}
