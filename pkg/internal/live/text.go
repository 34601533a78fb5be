package live

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
)

// The widths of what is shown, in characters.
const (
	defaultWidth = 80
	minWidth     = 20
	maxWidth     = 200

	labelWidth = 9
	valueWidth = 10
	cellLabel  = 7
	cellValue  = 8
	cellWidth  = 2 + cellLabel + 1 + cellValue
	minSpark   = 10
)

// Text returns the view as four lines of at most width characters, 0 for 80: the state
// of the stage, and rate, p99 and failures over time, with sums beside them. Figures
// keep their places from one call to the next.
func (v *View) Text(width int) string { return v.text(width, v.ASCII) }

func (v *View) text(width int, ascii bool) string {
	if width <= 0 {
		width = defaultWidth
	}
	width = min(max(width, minWidth), maxWidth)
	s := v.snapshot
	lines := []string{v.head(width, ascii)}
	for _, r := range [][]string{
		{"rate", cell(finite(s.Recent.Rate)) + "/s", "success", strconv.Itoa(s.Success), "failure", strconv.Itoa(s.Failure), "unknown", strconv.Itoa(s.Unknown)},
		{"p99", latency(s.Recent.P99), "p50", cell(positive(s.P50)), "p99 all", cell(positive(s.P99)), "p90", cell(positive(s.P90))},
		{"failures", strconv.Itoa(s.Recent.Failures) + "/s", "retries", strconv.Itoa(s.Retries), "dropped", strconv.Itoa(s.Dropped), "lag p99", cell(positive(s.LagP99))},
	} {
		lines = append(lines, v.row(r, width))
	}
	text := strings.Join(lines, "\n")
	if ascii {
		text = strings.Map(toASCII, text)
	}
	return text
}

// row is a label, a value, the sparkline that fits, and up to three cells.
func (v *View) row(r []string, width int) string {
	of := map[string]func(point) float64{"rate": rateOf, "p99": p99Of, "failures": failuresOf}[r[0]]
	left := pad(r[0], labelWidth) + padLeft(r[1], valueWidth)
	cells := min(3, max(0, (width-columns(left)-2-minSpark)/cellWidth))
	if room := width - columns(left) - 2 - cells*cellWidth; room > 0 {
		left += "  " + pad(spark(v.history.resample(room), of), room)
	}
	for i := range cells {
		left += "  " + pad(r[2+2*i], cellLabel) + " " + padLeft(r[3+2*i], cellValue)
	}
	return strings.TrimRight(clip(left, width), " ")
}

// head is the first line: the stage on the left, and on the right how far it is.
func (v *View) head(width int, ascii bool) string {
	s := v.snapshot
	parts := []string{fmt.Sprintf("%6d in flight", s.InFlight), fmt.Sprintf("%4.0f%%", s.fractionDone()*100), s.doneText(), s.timeText()}
	if !s.bounded() {
		parts[1] = ""
	}
	room := max(12, width/3) // for the stage, whatever else has to go
	right := strings.Join(parts, "  ")
	for len(parts) > 1 && columns(right)+2+room > width {
		parts = parts[1:]
		right = strings.Join(parts, "  ")
	}
	left := printable.Line(s.Stage)
	for _, more := range []string{checksText(s.Checks), s.othersShort(), s.pollsText(), printable.Line(s.Model)} {
		if more != "" {
			left += "  " + more
		}
	}
	if ascii { // before it is measured, for a wide character becomes a narrow one
		left = strings.Map(toASCII, left)
	}
	if room = width - columns(right) - 2; room < 4 {
		return clip(left, width)
	}
	return pad(clip(left, room), room) + "  " + right
}

// doneText is how many requests ended, as wide as it will ever get.
func (s Snapshot) doneText() string {
	if s.Planned > 0 {
		asked := strconv.Itoa(s.Planned)
		return padLeft(strconv.Itoa(s.Done), len(asked)) + " of " + asked
	}
	return fmt.Sprintf("%7d done", s.Done)
}

func (s Snapshot) timeText() string {
	text := fmt.Sprintf("%6.1f s", s.Elapsed.Seconds())
	if s.Length > 0 {
		text = fmt.Sprintf("%6.1f of %s", s.Elapsed.Seconds(), seconds(s.Length))
	}
	return text
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s" }

// checksText is the first threshold that fails, or how many hold.
func checksText(checks []threshold.Result) string {
	failed, passed, first := 0, 0, ""
	for _, c := range checks {
		switch c.Verdict {
		case threshold.Pass:
			passed++
		case threshold.Fail:
			if failed++; failed == 1 {
				first = c.Threshold.Rule()
			}
		}
	}
	switch {
	case failed > 1:
		return fmt.Sprintf("✗ %s +%d", first, failed-1)
	case failed == 1:
		return "✗ " + first
	case len(checks) > 0:
		return fmt.Sprintf("✓ %d of %d", passed, len(checks))
	}
	return ""
}

// Line returns the view as one line for a log.
func (v *View) Line() string {
	s := v.snapshot
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", printable.Line(s.Stage), strings.TrimSpace(s.doneText()))
	if s.bounded() {
		fmt.Fprintf(&b, " (%.0f%%)", s.fractionDone()*100)
	}
	fmt.Fprintf(&b, " in %s, %s/s, %d in flight, %d success, %d failure", strings.TrimSpace(s.timeText()), rate(s.Recent.Rate), s.InFlight, s.Success, s.Failure)
	v.appendCounts(&b)
	for _, c := range s.Checks {
		if c.Verdict == threshold.Fail {
			fmt.Fprintf(&b, ", %s fails with %s", c.Threshold.Rule(), c.Text())
		}
	}
	if text := s.othersShort(); text != "" {
		b.WriteString(", " + text)
	}
	if v.ASCII {
		return strings.Map(toASCII, b.String())
	}
	return b.String()
}

// appendCounts writes what follows the failures in a line.
func (v *View) appendCounts(b *strings.Builder) {
	s := v.snapshot
	if s.Unknown > 0 {
		fmt.Fprintf(b, " (%d unknown)", s.Unknown)
	}
	fmt.Fprintf(b, ", %d retries", s.Retries)
	if text := s.pollsText(); text != "" {
		b.WriteString(", " + text)
	}
	if s.Dropped > 0 {
		fmt.Fprintf(b, ", %d dropped", s.Dropped)
	}
	fmt.Fprintf(b, ", p50 %s, p99 %s", latencyNumber(s.P50), ms(s.P99))
}

// End returns one line on a stage that is over, with the figures of its last snapshot.
func (v *View) End() string {
	s := v.snapshot
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d requests in %.1f s, %s/s, %d success, %d failure", printable.Line(s.Stage), s.Done, s.Elapsed.Seconds(), rate(s.Recent.Rate), s.Success, s.Failure)
	v.appendCounts(&b)
	if v.ASCII {
		return strings.Map(toASCII, b.String())
	}
	return b.String()
}

// ms is a latency with its unit.
func ms(v float64) string {
	if math.IsNaN(positive(v)) {
		return "–"
	}
	return load.FormatNumber(v) + " ms"
}

// latency is ms as it fits into its place.
func latency(v float64) string {
	if math.IsNaN(positive(v)) {
		return "–"
	}
	return cell(v) + " ms"
}

// latencyNumber is a latency without its unit.
func latencyNumber(v float64) string { return load.FormatNumber(positive(v)) }

// rate is a number a second, without its unit.
func rate(v float64) string { return load.FormatNumber(finite(v)) }

// cell is a number as it fits into its place: what is too long for it loses its
// decimal, and has an exponent in the end.
func cell(v float64) string {
	text := load.FormatNumber(v)
	if len(text) <= cellValue {
		return text
	}
	if v < 99_999_999 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'e', 1, 64)
}

// columns is how wide s is on a terminal.
func columns(s string) (n int) {
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns is how many columns r takes: 2 for wide scripts and pictures, 0 for
// marks on other characters. It approximates Unicode annex 11, whose full table would
// be larger than this package.
func runeColumns(r rune) int {
	switch {
	case r < 0x300, r >= 0x2500 && r <= 0x25ff: // most of what is shown, found fast
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000:
		return 2
	}
	return 1
}

// clip cuts s to a width, and shows that it did.
func clip(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	at := 0
	for i, r := range s {
		if at += runeColumns(r); at > width-1 {
			return s[:i] + "…"
		}
	}
	return s
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-columns(s))) + s
}
