package nb

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/figure"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/language"
	"sagalab/pkg/runs"
)

// showCounterexamples shows what a violated rule's verdict rests on: each
// counterexample as a table of its attempts and the lines of the state, all but the
// first folded, and a figure of the first one's attempts. Of keys and orders it shows
// the ends; `sagalab audit --json` has them whole.
func showCounterexamples(v audit.Verdict) {
	list := v.Counterexamples()
	if len(list) == 0 {
		return
	}
	display(language.Lines(counterexamplesText(v, list)), "text/html", counterexamplesHTML(v, list), nil)
	first := list[0].Counterexample
	if len(first.Attempts) == 0 {
		return
	}
	began, attempts := figureAttempts(first.Attempts)
	p, err := figure.Counterexample("Attempts of the first counterexample to "+v.Rule, began, attempts)
	plotAs(figure.CounterexampleHeight(len(attempts)), p, err)
}

func counterexamplesText(v audit.Verdict, list []audit.NamedCounterexample) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s violated: %s\n", v.Rule, v.Title)
	for _, c := range list {
		fmt.Fprintf(&b, "  %s: %s\n", c.Name, c.Brief())
		if common := commonText(c.Counterexample); common != "" {
			b.WriteString("    " + common + "\n")
		}
		if t := attemptTable(c.Counterexample); len(t.rows) > 0 {
			for line := range strings.Lines(t.text()) {
				b.WriteString("    " + line)
			}
		}
		for _, line := range c.StateLines() {
			b.WriteString("    " + line + "\n")
		}
	}
	return b.String()
}

func counterexamplesHTML(v audit.Verdict, list []audit.NamedCounterexample) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<p><b>%s</b>: %s</p>\n", html.EscapeString(language.Text(v.Rule+" violated")), html.EscapeString(language.Text(v.Title)))
	for i, c := range list {
		head := fmt.Sprintf("<b>%s</b>: %s", html.EscapeString(language.Text(c.Name)), html.EscapeString(language.Text(c.Brief())))
		if body := counterexampleHTML(c.Counterexample); i == 0 || body == "" {
			fmt.Fprintf(&b, "<p>%s</p>\n%s", head, body)
		} else {
			fmt.Fprintf(&b, "<details><summary>%s</summary>\n%s</details>\n", head, body)
		}
	}
	return b.String()
}

// counterexampleHTML is the attempts, and below them the lines of the state.
func counterexampleHTML(c *audit.Counterexample) string {
	var b strings.Builder
	if common := commonText(c); common != "" {
		b.WriteString("<p>" + html.EscapeString(language.Text(common)) + "</p>\n")
	}
	if t := attemptTable(c); len(t.rows) > 0 {
		b.WriteString(t.html() + "\n")
	}
	if len(c.State) > 0 {
		b.WriteString("<ul>\n")
		for _, line := range c.StateLines() {
			b.WriteString("<li>" + html.EscapeString(language.Text(line)) + "</li>\n")
		}
		b.WriteString("</ul>\n")
	}
	return b.String()
}

// wordColumns is the columns of attempts that hold text.
var wordColumns = []string{"stage", "payload", "key", "answer", "order"}

// attemptTable is the attempts without the columns that commonText has in a sentence.
func attemptTable(c *audit.Counterexample) table {
	t := table{names: audit.AttemptHeader(), rows: c.AttemptRows()}
	answer := slices.Index(t.names, "answer")
	for _, row := range t.rows {
		row[answer] = language.Text(row[answer])
	}
	for _, name := range []string{"stage", "payload"} {
		if at := slices.Index(t.names, name); sameInAll(t.rows, at) {
			t.names = slices.Delete(t.names, at, at+1)
			for i := range t.rows {
				t.rows[i] = slices.Delete(t.rows[i], at, at+1)
			}
		}
	}
	for _, name := range t.names {
		t.words = append(t.words, slices.Contains(wordColumns, name))
	}
	return t
}

// commonText is the stage and the purchase that all attempts have in common, "" when
// they have neither.
func commonText(c *audit.Counterexample) string {
	names, rows := audit.AttemptHeader(), c.AttemptRows()
	var words []string
	if at := slices.Index(names, "stage"); sameInAll(rows, at) {
		words = append(words, "times since the start of stage "+rows[0][at])
	}
	if at := slices.Index(names, "payload"); sameInAll(rows, at) {
		words = append(words, "each attempt: "+rows[0][at])
	}
	return strings.Join(words, "; ")
}

// sameInAll reports whether a column has one value in all rows, and at least one row.
func sameInAll(rows [][]string, column int) bool {
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(r []string) bool { return r[column] != rows[0][column] })
}

// figureAttempts is attempts as package figure draws them, and the start of their stage.
func figureAttempts(lines []audit.AttemptLine) (began time.Time, attempts []runs.Attempt) {
	for _, l := range lines {
		a := runs.Attempt{
			Index: l.Operation, Number: l.Number, Key: l.Key, StartTS: began.Add(time.Duration(l.AtMS * float64(time.Millisecond))),
			LatencyMS: l.LatencyMS, WaitMS: l.WaitMS, Status: l.Status, Reason: l.Reason, Sent: l.Sent, OrderID: l.OrderID,
			Meaning: l.Meaning.String(), Step: l.Step,
		}
		if l.Poll {
			a.Kind, a.Reason = runs.Poll, l.Meaning.String()
		}
		if l.Status == 0 {
			a.Class = l.Reason
		}
		attempts = append(attempts, a)
	}
	return began, attempts
}
