package nb

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// What is shown of a table.
const (
	maxRows = 100
	maxCell = 100 // characters of a cell
)

// table is a data frame as text for people.
type table struct {
	names []string
	words []bool // which columns hold text
	rows  [][]string
	more  int // rows that are not shown
}

func newTable(df dataframe.DataFrame) table {
	n := min(df.Nrow(), maxRows)
	t := table{names: df.Names(), rows: make([][]string, n), more: df.Nrow() - n}
	for _, kind := range df.Types() {
		t.words = append(t.words, kind == series.String)
	}
	for i := range t.rows {
		t.rows[i] = make([]string, len(t.names))
		for j := range t.names {
			t.rows[i][j] = cell(df.Elem(i, j))
		}
	}
	return t
}

// cell writes a value as briefly as a reader needs it: no more than one decimal
// above 10, three digits below.
func cell(e series.Element) string {
	if e.Type() != series.Float {
		return clip(e.String())
	}
	v := e.Float()
	switch {
	case math.IsNaN(v):
		return "–"
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case math.Abs(v) >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// clip cuts a text that would push the other columns out of sight; the data
// frame has it whole.
func clip(s string) string {
	if r := []rune(s); len(r) > maxCell {
		return string(r[:maxCell-1]) + "…"
	}
	return s
}

// html aligns text to the left, so that it can be read, and numbers to the
// right, so that they can be compared.
func (t table) html() string {
	open := func(tag string, column int) string {
		if t.words[column] {
			return "<" + tag + " style=\"text-align: left\">"
		}
		return "<" + tag + ">"
	}
	var b strings.Builder
	b.WriteString("<table class=\"dataframe\" border=\"1\">\n<thead><tr>")
	for i, n := range t.names {
		b.WriteString(open("th", i) + html.EscapeString(n) + "</th>")
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range t.rows {
		b.WriteString("<tr>")
		for i, c := range row {
			b.WriteString(open("td", i) + html.EscapeString(c) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table>")
	if t.more > 0 {
		fmt.Fprintf(&b, "<p>… and %d rows more</p>", t.more)
	}
	return b.String()
}

func (t table) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.names}, t.rows...) {
		fmt.Fprintln(w, strings.ReplaceAll(strings.Join(row, "\t"), "\n", " "))
	}
	w.Flush()
	if t.more > 0 {
		fmt.Fprintf(&b, "… and %d rows more\n", t.more)
	}
	return b.String()
}
