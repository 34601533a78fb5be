package compare

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"sagalab/pkg/load"
)

// String is the comparison for a terminal, 100 columns wide as long as names and
// numbers are ordinary. Sentences, which a terminal breaks, may be longer.
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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", v.Metric.label(), within(v.Metric, v.A), within(v.Metric, v.B), v, v.Verdict)
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
		return fmt.Sprintf("%s, %d runs of %d requests in %s s", name, s.Repeats, s.Operations, load.Digits(s.Seconds))
	}
	return fmt.Sprintf("%s, %d requests in %s s, %d blocks", name, s.Operations, load.Digits(s.Seconds), s.Blocks)
}

// String is the change alone, "+12.3% [+8.1, +16.9]"; from ten times as much on it is
// a factor, "×12 [×9.5, ×14]".
func (v Change) String() string {
	e, unit := v.Change, v.Metric.ChangeUnit()
	text := signed
	switch {
	case v.Factor():
		text, unit = times, ""
	case unit == "%":
		text = relative
	}
	return fmt.Sprintf("%s%s [%s, %s]", text(e.Value), unit, text(e.Low), text(e.High))
}

// Factor reports whether B is ten times A or more, so that the change is read as a
// factor and not in percent.
func (v Change) Factor() bool {
	return v.Metric.ChangeUnit() == "%" && v.Change.Value >= leastFactor && !math.IsInf(v.Change.Value, 1)
}

// leastFactor is the change, in percent, from which it is read as a factor.
const leastFactor = 900

// Times is a change in percent as a factor: 1100 is 12.
func Times(percent float64) float64 { return 1 + percent/100 }

// times is "×12".
func times(percent float64) string {
	switch f := Times(percent); {
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

// relative is a change in percent without its unit, a factor from leastFactor on.
func relative(percent float64) string {
	if percent >= leastFactor && !math.IsInf(percent, 1) {
		return times(percent)
	}
	return signed(percent)
}

func (m Metric) label() string { return strings.TrimSpace(string(m) + " " + m.Unit()) }

// within is "812.4 [790, 830]": a latency as in all lines and tables, and else three
// digits, which is what an interval is good for.
func within(m Metric, e Estimate) string {
	value := digits(e.Value)
	if m.Unit() == "ms" {
		value = load.Digits(e.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", value, digits(e.Low), digits(e.High))
}

// digits is a value with three digits, or all that stand before the point.
func digits(v float64) string {
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

// signed is a change with two digits behind the point below 1, none from 100 on, else one.
func signed(v float64) string {
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
