package nb

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/internal/language"
)

// What is shown of a table.
const (
	// Of more than mostRows rows the first someRows are shown, of more than mostColumns
	// columns the first someColumns.
	mostRows, someRows       = 40, 20
	mostColumns, someColumns = 15, 12
	maxCell                  = 2000 // characters of a cell
	// maxTextCell is for text on lines, where a long cell would push the columns
	// right of it out of sight.
	maxTextCell = 100
	// longCell is from where on a cell is given a width to wrap its words in.
	longCell = 60
)

// table is a data frame as text for people.
type table struct {
	names []string
	words []bool // which columns hold text
	rows  [][]string
	marks []mark // of the rows; none are marked when it is empty
	// below has texts that belong to the rows, "" for none: in HTML in a row of their own
	// as wide as the table, in text behind the last cell.
	below []string
	note  string // what is not shown, "" when all is
}

// newTable is a table of a data frame whose rows are marked by their verdicts.
func newTable(df dataframe.DataFrame) table {
	rows, columns := df.Dims()
	if rows > mostRows {
		rows = someRows
	}
	if columns > mostColumns {
		columns = someColumns
	}
	t := table{names: df.Names()[:columns], rows: make([][]string, rows), note: leftOut(df, rows, columns)}
	for _, kind := range df.Types()[:columns] {
		t.words = append(t.words, kind == series.String)
	}
	for i := range t.rows {
		t.rows[i] = make([]string, len(t.names))
		for j := range t.names {
			t.rows[i][j] = cell(df.Elem(i, j))
		}
	}
	t.marks = marksByVerdict(t.names, t.rows)
	return t
}

// leftOut says which rows and columns of a frame are not shown, "" when all are.
func leftOut(df dataframe.DataFrame, rows, columns int) string {
	var parts []string
	allRows, allColumns := df.Dims()
	switch {
	case allRows == 0:
		parts = append(parts, language.Text("no rows"))
	case rows < allRows:
		parts = append(parts, language.Text(fmt.Sprintf("the first %d of %d rows", rows, allRows)))
	}
	if columns < allColumns {
		parts = append(parts, language.Text(fmt.Sprintf("the first %d of %d columns, without %s", columns, allColumns, strings.Join(df.Names()[columns:], ", "))))
	}
	return strings.Join(parts, "; ")
}

// translate puts the table's texts, names of columns included, into the language that is
// chosen: for tables of texts, not of data.
func (t table) translate() {
	for _, texts := range append(slices.Clone(t.rows), t.names, t.below) {
		for i := range texts {
			texts[i] = language.Text(texts[i])
		}
	}
}

// noteColumn holds, in the frames of package frame, texts on how far to rely on a row.
const noteColumn = "note"

// translateNotes puts the notes of a table of data into the language that is chosen.
func (t table) translateNotes() {
	at := slices.Index(t.names, noteColumn)
	if at < 0 {
		return
	}
	for _, row := range t.rows {
		row[at] = language.Text(row[at])
	}
}

// cell writes a value as briefly as a reader needs it: no more than one decimal
// above 10, three digits below.
func cell(e series.Element) string {
	if e.Type() != series.Float {
		return clip(e.String(), maxCell)
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

// clip cuts a text after so many characters; the data frame has it whole.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// html aligns text to the left, so that it can be read, and numbers to the
// right, so that they can be compared. Its styles are inline: an untrusted notebook
// in JupyterLab keeps those and drops style sheets.
func (t table) html() string {
	var b strings.Builder
	b.WriteString("<table class=\"dataframe\" border=\"1\">\n<thead><tr>")
	for i, n := range t.names {
		b.WriteString(openCell("th", t.words[i], n) + html.EscapeString(n) + "</th>")
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for i, row := range t.rows {
		m := t.mark(i)
		b.WriteString(m.openRow())
		for j, c := range row {
			text := html.EscapeString(c)
			if m != unmarked && (t.names[j] == language.Text(verdictColumn) || j == 0) {
				text = "<b>" + text + "</b>"
			}
			b.WriteString(openCell("td", t.words[j], c) + text + "</td>")
		}
		b.WriteString("</tr>\n")
		if i < len(t.below) && t.below[i] != "" {
			fmt.Fprintf(&b, `%s<td colspan="%d" style="text-align: left; overflow-wrap: break-word">%s</td></tr>`+"\n", m.openRow(), len(row), html.EscapeString(t.below[i]))
		}
	}
	b.WriteString("</tbody></table>")
	if t.note != "" {
		fmt.Fprintf(&b, "<p>%s</p>", html.EscapeString(t.note))
	}
	return b.String()
}

// openCell is the tag of a cell. One with a long text gets a width, within which it
// wraps at words, and inside a word only where that is longer than the width; a name
// or an id stays on its line.
func openCell(tag string, words bool, text string) string {
	switch {
	case !words:
		return "<" + tag + ">"
	case len(text) > longCell:
		return "<" + tag + ` style="text-align: left; min-width: 9em; max-width: 36em; overflow-wrap: break-word">`
	}
	if strings.ContainsRune(text, ' ') {
		return "<" + tag + ` style="text-align: left">`
	}
	return "<" + tag + ` style="text-align: left; white-space: nowrap">`
}

// text is a line for each row. Long cells are cut, but not in the last column, where
// they push nothing out of sight.
func (t table) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for n, row := range append([][]string{t.names}, t.rows...) {
		cells := slices.Clone(row)
		if i := n - 1; i >= 0 && i < len(t.below) && t.below[i] != "" {
			cells[len(cells)-1] += ". " + t.below[i]
		}
		for i := range len(cells) - 1 {
			cells[i] = clip(cells[i], maxTextCell)
		}
		fmt.Fprintln(w, strings.ReplaceAll(strings.Join(cells, "\t"), "\n", " "))
	}
	w.Flush()
	if t.note != "" {
		fmt.Fprintf(&b, "(%s)\n", t.note)
	}
	return b.String()
}
