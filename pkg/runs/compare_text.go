package runs

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", v.Metric.label(), within(v.A), within(v.B), v, v.Verdict)
	}
	t.Flush()
	for _, v := range c.Changes {
		if v.Note != "" {
			fmt.Fprintf(&b, "%s: %s\n", v.Metric, v.Note)
		}
	}
	fmt.Fprintf(&b, "Intervals cover what varies within the stages, not from one start or hour to the next.\n")
	return b.String()
}

// String is "20260102-150405 heavy, 1000 requests in 5.2 s".
func (s Side) String() string {
	name := s.Stage
	if s.Run != "" {
		name = s.Run + " " + s.Stage
	}
	return fmt.Sprintf("%s, %d requests in %s s, %d blocks", name, s.Operations, digits(s.Seconds), s.Blocks)
}

// String is the change alone, "+12.3% [+8.1, +16.9]".
func (v Change) String() string { return changed(v.Change, v.Metric.ChangeUnit()) }

func (m Metric) label() string { return strings.TrimSpace(string(m) + " " + m.Unit()) }

// within is "812 [790, 830]".
func within(e Estimate) string {
	return fmt.Sprintf("%s [%s, %s]", digits(e.Value), digits(e.Low), digits(e.High))
}

// changed is "+12.3% [+8.1, +16.9]".
func changed(e Estimate, unit string) string {
	return fmt.Sprintf("%s%s [%s, %s]", signed(e.Value), unit, signed(e.Low), signed(e.High))
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

// signed is a change with two digits behind the point below 1, else one.
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
	case math.Abs(v) >= 1000:
		return fmt.Sprintf("%+.0f", v)
	}
	return fmt.Sprintf("%+.1f", v)
}
